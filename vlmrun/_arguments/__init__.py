"""Validation of arguments: base URLs, the configuration of a client, the options of a call.

Pure functions of values. Every error names the argument and quotes no value.

May import: client.exceptions, _lifetimes.
"""
