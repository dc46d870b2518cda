"""Recorded answers: forwards requests to a real server, writes what it answered to files, and answers from them.

May import: _wire, _requests.
"""
