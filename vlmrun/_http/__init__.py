"""Native calls: the call as a value, its request, attempts, retries, timeouts, errors and pages.

`_async` is written by hand; `_sync` is generated from it. Their decisions are pure functions in the other modules.

May import: client.exceptions, _arguments, _lifetimes.
"""
