"""From a request to facts: message parts, agent inputs, skill bundles and uploads are opened here.

May import: _wire, _requests, _media, _store.
"""
