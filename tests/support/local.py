"""A server of `vlmrun.local` for the tests of a file, and a client of it.

A test file makes its fixtures of these, which are named as their arguments are:

    server = pytest.fixture(serve, scope="module", name="server")
    client = pytest.fixture(connect, scope="module", name="client")

Without the extra `local` whatever imports this is skipped.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx2
import pytest

from vlmrun.client.exceptions import DependencyError

pytest.importorskip("vlmrun.local", reason="needs the extra 'local'", exc_type=DependencyError)

from PIL import Image  # comes with the extra

from vlmrun.local import LocalServer

CHAT = "/openai/chat/completions"


def serve() -> Iterator[LocalServer]:
    """One server for the tests of a file; they do not look at each other's traces."""
    with LocalServer() as started:
        yield started


def connect(server: LocalServer) -> Iterator[httpx2.Client]:
    """A plain HTTP client with the key."""
    headers = {"authorization": f"Bearer {server.api_key}"}
    with closing(httpx2.Client(base_url=server.base_url, headers=headers, timeout=60)) as opened:
        yield opened


def encoded(image: Image.Image, format_: str, **options: Any) -> bytes:
    """An image as the bytes of a file."""
    buffer = io.BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


def data_url(data: bytes, media_type: str) -> str:
    """Bytes as a `data:` URL."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def url_part(kind: str, url: str) -> dict[str, object]:
    """A content part that holds a URL."""
    return {"type": kind, kind: {"url": url}}
