"""The HTTP routes, one module for each group of endpoints, and the ASGI app that has all of them.

May import: _wire, _requests, _media, _store, _inputs, _answers, _catalogue, _agents, _predictions, _callbacks, _script,
_upstream.
"""
