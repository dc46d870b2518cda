"""What `on_request` and `on_response` are called with: requests and their outcomes, without secrets, for logs.

```python
client = VLMRun(on_response=lambda response: print(response.method, response.url, response.status, response.seconds))
```
"""

from vlmrun._arguments.hooks import RequestInfo, ResponseInfo

__all__ = ["RequestInfo", "ResponseInfo"]
