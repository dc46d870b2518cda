"""What a test has told the server to answer, and which requests get it.

May import: _wire, _requests, _faults.
"""
