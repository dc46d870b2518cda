"""From facts to an answer: as text, as a JSON object, or as a valid instance of a JSON schema.

May import: _wire, _media.
"""
