"""The helpers that the official SDK has below `vlmrun.common`: images, pages of PDFs, downloads and webhooks.

May import: client.exceptions, _arguments, _inputs, _lifetimes, _resources.
"""
