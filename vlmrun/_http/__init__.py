"""How a native call is sent: the call as a value, the request made of it, attempts, retries, timeouts, errors, pages.

`_async` is written by hand; `_sync` is generated from it. What they decide is in the modules beside them.

May import: client.exceptions, _arguments, _lifetimes.
"""
