"""What all tests stand on besides the root's `conftest.py`."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from support.wire import few_certificates
from vlmrun._lifetimes import waiting

collect_ignore = ["ecosystem", "engines"]  # their libraries are installed where `make ecosystem engines` runs them


@pytest.fixture(autouse=True, scope="session")
def _few_certificates(tmp_path_factory: pytest.TempPathFactory) -> Generator[None, None, None]:
    """Clients are made quickly, in this process and in those that it starts."""
    with few_certificates(tmp_path_factory.mktemp("certificates")):
        yield


@pytest.fixture(autouse=True)
def _gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients of the tests, which are not VLM Run's, have a gateway."""
    monkeypatch.setenv("VLMRUN_GATEWAY_BASE_URL", "https://gateway.vlm.run/v1")


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries and polls come at once."""

    def sleep(_: float) -> None:
        pass

    async def async_sleep(_: float) -> None:
        pass

    monkeypatch.setattr(waiting, "sleep", sleep)
    monkeypatch.setattr(waiting, "async_sleep", async_sleep)
