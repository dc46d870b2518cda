"""`LocalServer`: a socket on a loopback address, a thread that serves it, and the gate that checks every request.

May import: _wire, _requests, _store, _callbacks, _faults, _script, _recordings, _upstream, _routes.
"""
