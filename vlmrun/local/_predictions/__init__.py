"""Generating predictions: the answers of domains, of named agents and of skills, and schemas of what arrived.

May import: _wire, _requests, _media, _store, _inputs, _answers, _catalogue, _script.
"""
