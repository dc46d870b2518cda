"""Pages of lists: read one page, or iterate over all items.

```python
page = client.files.list(limit=100)
page.data                 # the items of this page
for file in page: ...     # these items, then those of all further pages, fetched one page at a time
```

The API returns bare arrays that do not say whether more follows, so iterating ends with an empty page, or with a page
whose items have all come before.
"""

from vlmrun._http.pages import AsyncPage, AsyncPages, Page

__all__ = ["AsyncPage", "AsyncPages", "Page"]
