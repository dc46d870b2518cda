"""Webhooks: checking that VLM Run has sent one, and reading it.

```python
from vlmrun import webhooks

if not webhooks.verify(body, headers.get(webhooks.SIGNATURE_HEADER), secret):
    ...  # answer with 401
event = webhooks.parse(body, headers.get(webhooks.SIGNATURE_HEADER), secret, response_model=Invoice)
```

`body` is the body as it arrived. See `examples/webhooks` for FastAPI and Flask.
"""

from vlmrun._resources.webhooks import SIGNATURE_HEADER, WebhookEvent, parse, verify

__all__ = ["SIGNATURE_HEADER", "WebhookEvent", "parse", "verify"]


def __dir__() -> list[str]:
    return __all__  # and not what is imported here
