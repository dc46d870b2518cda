"""Inputs of requests: paths, bytes, files, images and arrays become message parts, uploads and skills.

May import: client.exceptions, _arguments, _http, _lifetimes.
"""
