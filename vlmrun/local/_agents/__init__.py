"""Answering chats, and creating and executing agents.

May import: _wire, _requests, _media, _store, _inputs, _answers, _script.
"""
