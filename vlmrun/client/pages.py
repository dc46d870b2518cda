"""Lists that come in pages: one page at a time, or all that there is by iterating.

    page = client.files.list(limit=100)
    page.data                           # these hundred
    for file in page: ...               # these, and all after them, a page at a time

The API sends bare arrays, so a page that is shorter than asked for is the last.

Source: API.md §12.
"""

from vlmrun._http.pages import AsyncPage, AsyncPages, Page

__all__ = ["AsyncPage", "AsyncPages", "Page"]
