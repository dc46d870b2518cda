"""What `on_request` and `on_response` are called with: each request and its outcome, without secrets, for logs and traces.

```python
client = VLMRun(on_response=lambda response: print(response.method, response.url, response.status, response.seconds))
```
"""

from vlmrun._arguments.hooks import RequestInfo, ResponseInfo

__all__ = ["RequestInfo", "ResponseInfo"]
