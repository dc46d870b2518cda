"""What a request must look like: pydantic models of bodies and queries, and the functions that read them.

May import: _wire, _media.
"""
