"""What is written by a program: `make generate`.

An async resource is written by hand. From it come, in this order: the options of a call in its own signatures
(`options`), its blocking twin (`colours`), the classes behind `with_raw_response` (`raw`), and what type checkers and
editors see of it (`stubs`).
"""
