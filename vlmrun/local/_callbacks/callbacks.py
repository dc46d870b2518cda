"""The callbacks of jobs: the only connections that this server opens, and only to this machine."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from contextlib import aclosing

import httpx2
from starlette.background import BackgroundTask

from vlmrun.local._wire.loopback import loopback_address

__all__ = ["Callbacks"]

_PAUSES = (1.0, 2.0)
"""Seconds before each of the retries that follow a failure."""

_TIMEOUT = 30.0
"""Seconds that a receiver has to answer."""


class Callbacks:
    """POSTs jobs to callback URLs when they have ended. Of one event loop.

    Args:
        secret: What the bodies are signed with; without it they are not signed.
    """

    def __init__(self, secret: str | None) -> None:
        self._secret = None if secret is None else secret.encode()
        self._running: set[asyncio.Task[None]] = set()

    def after(self, url: str | None, finish: Callable[[], Mapping[str, object]]) -> BackgroundTask | None:
        """What is to be done after the response of a job was sent.

        Args:
            url: The callback URL of the job. Only an `http:` URL of a loopback address is called.
            finish: Ends the job, and returns it as it is on the wire.

        Returns:
            A background task for the response, or `None` where nobody is called.
        """
        target = _target(url)
        return None if target is None else BackgroundTask(self._begin, target, finish)

    async def _begin(self, url: httpx2.URL, finish: Callable[[], Mapping[str, object]]) -> None:
        # A task of its own: the connection that the job came on must not wait for the receiver.
        task = asyncio.create_task(self._deliver(url, json.dumps(finish()).encode()))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _deliver(self, url: httpx2.URL, body: bytes) -> None:
        headers = {"content-type": "application/json"}
        if self._secret is not None:
            signature = hmac.new(self._secret, body, hashlib.sha256).hexdigest()
            headers["x-vlmrun-signature"] = f"sha256={signature}"
        # No proxy, and no redirect: either could lead elsewhere. Without TLS there is no certificate to read.
        async with aclosing(httpx2.AsyncClient(timeout=_TIMEOUT, trust_env=False, verify=False)) as client:
            for pause in (0.0, *_PAUSES):
                await asyncio.sleep(pause)
                try:
                    answer = await client.post(url, content=body, headers=headers)
                except httpx2.TransportError:
                    continue
                if answer.is_success:
                    return


def _target(url: str | None) -> httpx2.URL | None:
    """A callback URL, with the address of its host, if that is this machine."""
    if url is None:
        return None
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL:
        return None
    address = loopback_address(parsed.host)
    return parsed.copy_with(host=address) if parsed.scheme == "http" and address is not None else None
