"""A real model: requests become those of OpenAI's API, and its answers become `Answer`s.

May import: _wire, _requests, _faults, _script, _media, _store, _inputs, _answers, _catalogue, _agents, _predictions.
"""
