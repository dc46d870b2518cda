"""Telling a callback URL that a job has ended.

May import: _wire.
"""
