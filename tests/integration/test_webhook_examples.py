"""The examples of webhooks receive what VLM Run sends: each event is kept once, and nothing that is not signed."""

from __future__ import annotations

import hashlib
import hmac
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from support.wire import COMPLETED, EXECUTION, PREDICTION

EXAMPLES = Path(__file__).parents[2] / "examples" / "webhooks"
SECRET = "whsec-4711"

# A body and its headers, to a status and what the app says. `Any`, because it is JSON.
Post = Callable[[bytes, dict[str, str]], tuple[int, Any]]


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _fastapi() -> tuple[ModuleType, Post]:
    pytest.importorskip("fastapi", reason="the example needs it")
    from starlette.testclient import TestClient

    module = _module("fastapi_app")
    client = TestClient(module.app)

    def post(body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
        answer = client.post("/webhook", content=body, headers=headers)
        return answer.status_code, answer.json()

    return module, post


def _flask() -> tuple[ModuleType, Post]:
    pytest.importorskip("flask", reason="the example needs it")
    module = _module("flask_app")
    client = module.app.test_client()

    def post(body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
        answer = client.post("/webhook", data=body, headers=headers)
        return answer.status_code, answer.get_json(silent=True)

    return module, post


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the test client of Starlette
@pytest.mark.parametrize("app", [_fastapi, _flask])
def test_an_example_keeps_each_event_once(
    app: Callable[[], tuple[ModuleType, Post]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signed ones only, completed ones only, and a delivery that comes twice counts once."""
    monkeypatch.setenv("VLMRUN_WEBHOOK_SECRET", SECRET)
    module, post = app()

    def signed(event: object, secret: str = SECRET) -> tuple[int, Any]:
        body = json.dumps(event).encode()
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return post(body, {"x-vlmrun-signature": f"sha256={digest}"})

    assert post(json.dumps(COMPLETED).encode(), {})[0] == 401
    assert signed(COMPLETED, "another")[0] == 401
    assert signed({**COMPLETED, "response": {"total": "none"}})[0] == 422
    assert module.invoices == {}
    assert signed({**EXECUTION, "status": "failed"}) == (200, {"status": "ignored: failed"})
    assert signed(COMPLETED) == (200, {"status": "kept"})
    assert signed(COMPLETED) == (200, {"status": "seen before"})
    assert signed(PREDICTION) == (200, {"status": "kept"})
    assert signed(PREDICTION) == (200, {"status": "seen before"})
    assert {key: invoice.total for key, invoice in module.invoices.items()} == {
        f"{COMPLETED['id']}:completed": 12.5,
        f"{PREDICTION['id']}:completed": 12.5,
    }
