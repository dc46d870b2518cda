"""What a server keeps: agents, executions, sessions and artifacts in memory, uploaded files on disk.

May import: _wire, _media.
"""
