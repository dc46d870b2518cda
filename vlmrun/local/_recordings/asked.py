"""Requests as they are recorded and compared: readable, without secrets, and with digests in place of files."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import Message

from vlmrun.local._recordings.exchange import RecordedRequest
from vlmrun.local._recordings.secrets import HERE, at_any_depth
from vlmrun.local._requests.json_body import Body
from vlmrun.local._requests.reading import origin_of
from vlmrun.local._wire.errors import RefusalError

__all__ = ["read_all", "recorded_request"]

_DATA_URL = re.compile(r"data:([\w.+/-]*)(?:;[\w.=+-]+)*;base64,([A-Za-z0-9+/_=%-]*)", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{256,}={0,2}")
"""Bytes in other members of a body, such as bundles of skills: words are shorter."""


async def read_all(request: Request) -> bytes:
    """The body of a request. The gate has read it, unless it is an upload."""
    data: bytes | None = getattr(request.state, "data", None)
    return await request.body() if data is None else data


async def recorded_request(request: Request, data: bytes, without_secrets: Callable[[str], str]) -> RecordedRequest:
    """A request as it is recorded.

    Args:
        request: The request.
        data: Its body.
        without_secrets: What takes the secrets out of a text.

    Raises:
        RefusalError: 400, the body is a malformed form.
    """
    origin = origin_of(request)

    def shown(text: str) -> str:
        text = _DATA_URL.sub(lambda found: f"data:{found[1]} ({_digest(_decoded(found[2]))})", text)
        text = _BASE64.sub(lambda found: f"base64 ({_digest(_decoded(found[0]))})", text)
        return without_secrets(text.replace(origin, HERE))

    query = sorted((name, shown(value)) for name, value in parse_qsl(request.url.query, keep_blank_values=True))
    return RecordedRequest(
        method=request.method,
        path=shown(request.scope["path"]),
        query=without_secrets(urlencode(query)),
        json=at_any_depth(await _body(request, data), shown),
    )


async def _body(request: Request, data: bytes) -> object:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not data:
        return None
    if media_type == "multipart/form-data":
        return await _parts(request, data)
    read: Body | None = getattr(request.state, "body", None)
    value = None if read is None else read.value
    return f"bytes ({_digest(data)})" if value is None else value


async def _parts(request: Request, data: bytes) -> dict[str, object]:
    """The parts of a form, whose boundary is another one each time."""

    async def receive() -> Message:
        return {"type": "http.request", "body": data, "more_body": False}

    parts: dict[str, object] = {}
    try:
        async with Request(request.scope, receive).form() as form:
            for name, part in form.multi_items():
                if isinstance(part, UploadFile):
                    parts[name] = f"{part.filename} ({_digest(await part.read())})"
                else:
                    parts[name] = part
    except MultiPartException as error:
        raise RefusalError(400, f"The form cannot be read: {error.message}") from error
    return parts


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/"))
    except binascii.Error:
        return text.encode()


def _digest(data: bytes) -> str:
    return f"{len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}"
