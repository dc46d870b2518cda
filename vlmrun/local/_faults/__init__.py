"""Faults on demand: what they are, which requests meet them, and how they break an answer or its connection.

May import: _wire, _requests.
"""
