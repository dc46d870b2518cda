"""From a source to the URL that is sent."""

from __future__ import annotations

import binascii
import re
from typing import TypeGuard

from vlmrun._arguments.checks import type_name
from vlmrun._inputs import media
from vlmrun._inputs.addresses import check_http_url, looks_like_url
from vlmrun._inputs.reading import UPLOAD_HINT, check_size, file_name, named, put_back, read
from vlmrun.client.exceptions import InputError

__all__ = ["MAX_INLINE_BYTES", "content_of", "data_url", "file_id", "is_url", "pass_it_to", "url"]

MAX_INLINE_BYTES = 32 * 1024 * 1024


def url(kind: str, source: object, media_type: object) -> str:
    """Return the URL that is sent for a source.

    Args:
        kind: `image`, `video`, `audio` or `document`; or `file`, which accepts any format.
        source: A URL or path, bytes, or an open binary file.
        media_type: The MIME type of the bytes, or `None` to detect it.

    Raises:
        InputError: An argument is invalid, or the source cannot be read, is of another kind or is too large.
    """
    if not is_url(source):
        return data_url(*content_of(kind, source, media_type))
    if media_type is not None:
        _declared(media_type)
        raise InputError("media_type is not allowed if source is a URL.", suggestion="omit media_type.")
    if source[:5].lower() == "data:":
        _check_data_url(kind, source)
    else:
        check_http_url(source)
    return source


def is_url(source: object) -> TypeGuard[str]:
    """Whether a source is a URL, which is sent as it is."""
    return isinstance(source, str) and looks_like_url(source)


def content_of(kind: str, source: object, media_type: object) -> tuple[str, bytes]:
    """Return the media type and the bytes of a source that is no URL; the arguments and errors are those of `url`."""
    declared = None if media_type is None else _declared(media_type)
    with put_back(source):
        data = read(kind, source, MAX_INLINE_BYTES)
        return _media_type(kind, data, declared, source), data


def data_url(media_type: str, data: bytes, hint: str = UPLOAD_HINT) -> str:
    """Encode bytes as a `data:` URL; raise `InputError` with a hint if there are too many."""
    check_size(len(data), MAX_INLINE_BYTES, hint)
    return f"data:{media_type};base64,{binascii.b2a_base64(data, newline=False).decode()}"


def _check_data_url(kind: str, value: str) -> None:
    import base64

    header, _, payload = value.partition(",")
    form = re.fullmatch(r"data:([\w.+-]+/[\w.+-]+)(?:;[\w.+=-]+)*;base64", header, re.IGNORECASE | re.ASCII)
    check_size(len(payload) // 4 * 3 - payload[-2:].count("="), MAX_INLINE_BYTES)
    try:
        data = base64.b64decode(payload, validate=True) if form else b""
    except ValueError:
        data = b""
    if form is None or not data:
        raise InputError(
            "source is a data: URL that does not have the form data:<type>/<subtype>;base64,<data>.",
            suggestion="pass the bytes.",
        )
    _media_type(kind, data, form[1].lower(), None)


def _media_type(kind: str, data: bytes, given: str | None, source: object) -> str:
    """The media type that is sent: the declared type, or else the detected one."""
    found = media.media_type_of(media.Window.of(data), file_name(source))
    spoken, where = given or found, named(source)
    if found in media.UNREAD and given is None and kind != "file":
        what, other = media.UNREAD[found]
        raise InputError(
            f"source: expected {_A[kind]}, got {what}{where}.",
            suggestion=f"convert it to {other} first: VLM Run does not read {what}.",
        )
    if spoken is None:
        example = {"image": "image/png", "video": "video/mp4", "audio": "audio/mpeg", "document": "text/plain"}
        raise InputError(
            f"source: unrecognised file format{where}.",
            suggestion=f'pass the type if you know it, such as media_type="{example.get(kind, "text/csv")}".',
        )
    if kind != "file":
        if found is not None and not media.fits(found, kind, given):
            raise InputError(f"source: expected {_A[kind]}, got {found}{where}.", suggestion=pass_it_to(found))
        if media.kind_of(spoken) != kind:
            raise InputError(f"media_type: expected {_A[kind]}, got {spoken}.", suggestion=pass_it_to(spoken))
    return spoken


_A = {"image": "an image", "video": "a video", "audio": "audio", "document": "a document"}


def _declared(value: object) -> str:
    hint = 'pass a MIME type such as "image/png", or omit it.'
    if not isinstance(value, str):
        raise InputError(f"media_type must be a str or None, not {type_name(value)}.", suggestion=hint)
    if not re.fullmatch(r"[\w.+-]+/[\w.+-]+", value, re.ASCII):
        raise InputError("media_type must have the form <type>/<subtype>.", suggestion=hint)
    return value.lower()


def pass_it_to(media_type: str) -> str:
    return f"pass it to content.{media.kind_of(media_type) or 'file'}."


def file_id(source: object) -> str | None:
    """Return the id of an uploaded file, or `None` if the source is a URL or must be read.

    Raises:
        InputError: The source is a `str` that is neither an id nor a URL, or an uploaded file without an id.
    """
    value = source
    if not isinstance(source, str):
        if not hasattr(source, "id"):
            return None
        value = getattr(source, "id", None)
    elif looks_like_url(source):
        return None
    if not (isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_-]+", value)):
        whose = "source is a str that is neither a URL nor the" if value is source else "the id of source is not an"
        raise InputError(
            f"{whose} id of an uploaded file.",
            suggestion="wrap a path in pathlib.Path, or upload the file first.",
        )
    return value
