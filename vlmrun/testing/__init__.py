"""Tests of applications that use VLM Run: results, webhooks and chats in one line, and a pytest plugin.

```python
from vlmrun import testing

run = testing.agent_run(Invoice(total=25.0))            # an AgentRun[Invoice]
prediction = testing.prediction(Invoice(total=25.0))    # a PredictionResponse[Invoice]
webhook = testing.webhook(prediction, "whsec_test")     # the body and the signature that VLM Run would send
chat = testing.FakeChat("Twenty-five.")                 # has OpenAI's completions, as client.agent has
```

With pytest, `pip install "vlmrun[local]"` provides fixtures that need no import: `vlmrun_server`, a `vlmrun.local`
server that is reset for each test, and `vlmrun_client` and `async_vlmrun_client`, clients of it. While a test uses one
of them, `VLMRUN_API_KEY` and `VLMRUN_BASE_URL` point to the server, so that code which makes its own `VLMRun()` talks
to it.

```python
def test_total(vlmrun_server):
    vlmrun_server.answer(Invoice(total=25.0))
    assert read_invoice("invoice.png").total == 25.0
```

May import: client, client.exceptions, client.types, _lifetimes, _openai, _resources, local.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vlmrun.testing._chats import FakeAsyncChat, FakeChat
    from vlmrun.testing._results import agent_run, prediction
    from vlmrun.testing._webhooks import Webhook, webhook

__all__ = ["FakeAsyncChat", "FakeChat", "Webhook", "agent_run", "prediction", "webhook"]

# pytest imports this package with the plugin, in sessions that need none of it: each name loads on first use.
_LAZY_NAMES = {
    "FakeAsyncChat": "_chats",
    "FakeChat": "_chats",
    "Webhook": "_webhooks",
    "agent_run": "_results",
    "prediction": "_results",
    "webhook": "_webhooks",
}

if not TYPE_CHECKING:  # a type checker would accept any name

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name in _LAZY_NAMES:
            value = globals()[name] = getattr(import_module(f"vlmrun.testing.{_LAZY_NAMES[name]}"), name)
            return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return __all__
