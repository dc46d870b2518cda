"""What goes into a request: from paths, bytes, files, images and arrays to parts of a message, uploads and skills.

May import: client.exceptions, _arguments, _http, _lifetimes.
"""
