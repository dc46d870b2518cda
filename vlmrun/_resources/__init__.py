"""The resources of a client, and what they share.

`_async` is written by hand. `make generate` writes `_sync`, its blocking twin, and `_raw_async` and `_raw_sync`, the
classes behind `with_raw_response`.

May import: client.exceptions, client.types, protocols, _arguments, _http, _inputs, _lifetimes, _openai.
"""
