"""A source in, the URL that it is sent as out."""

from __future__ import annotations

import binascii
import os
import re

from vlmrun._arguments.checks import type_name
from vlmrun._inputs import media
from vlmrun._inputs.addresses import check_http_url, looks_like_url
from vlmrun._inputs.reading import UPLOAD_HINT, check_size, put_back, read
from vlmrun.client.exceptions import InputError

__all__ = ["MAX_INLINE_BYTES", "data_url", "file_id", "pass_it_to", "url"]

MAX_INLINE_BYTES = 32 * 1024 * 1024


def url(kind: str, source: object, media_type: object) -> str:
    """The URL that a source is sent as.

    Args:
        kind: `image`, `video`, `audio`, `document` or `file`, which is any of them and all others.
        source: A URL or path, bytes, or an open binary file.
        media_type: What its bytes are, or `None` for what they begin like.

    Raises:
        InputError: An argument cannot be used, or the source cannot be read, is of another kind or is too large.
    """
    declared = None if media_type is None else _declared(media_type)
    if not (isinstance(source, str) and looks_like_url(source)):
        with put_back(source):
            data = read(kind, source, MAX_INLINE_BYTES)
            return data_url(_media_type(kind, data, declared, _named(source)), data)
    if declared is not None:
        raise InputError(
            "media_type is given, and source is a URL, which has its own.", suggestion="leave media_type out."
        )
    if source[:5].lower() == "data:":
        _check_data_url(kind, source)
    else:
        check_http_url(source)
    return source


def data_url(media_type: str, data: bytes, hint: str = UPLOAD_HINT) -> str:
    """Bytes as a `data:` URL; an InputError with a hint where they are too many."""
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
            "source is a data: URL that is not data:<type>/<subtype>;base64,<data>.",
            suggestion="pass the bytes themselves.",
        )
    _media_type(kind, data, form[1].lower(), "")


def _media_type(kind: str, data: bytes, given: str | None, named: str) -> str:
    """The media type that bytes are sent with: the declared one, else the one that they begin like."""
    found = media.sniff(data)
    spoken = given or found
    if spoken is None and kind != "file" and media.is_svg(data):
        raise InputError(
            f"source: expected {_KINDS[kind]}, got SVG{named}.",
            suggestion="convert it to PNG first: SVG is not supported.",
        )
    if spoken is None:
        example = {"document": "text/plain", "file": "text/csv"}.get(kind, f"{kind}/...")
        raise InputError(f"source: unrecognised file format{named}.", suggestion=f'pass media_type="{example}".')
    if kind != "file":
        if found is not None and not media.fits(found, kind, given):
            raise InputError(f"source: expected {_KINDS[kind]}, got {found}{named}.", suggestion=pass_it_to(found))
        if media.kind_of(spoken) != kind:
            raise InputError(f"media_type: expected {_KINDS[kind]}, got {spoken}.", suggestion=pass_it_to(spoken))
    return spoken


_KINDS = {"image": "an image", "video": "a video", "audio": "audio", "document": "a document"}


def _named(source: object) -> str:
    """The path of a source, for messages. Bytes and open files have none."""
    return f": {os.fspath(source)}" if isinstance(source, (str, os.PathLike)) else ""


def _declared(value: object) -> str:
    hint = 'pass one such as "image/png", or None.'
    if not isinstance(value, str):
        raise InputError(f"media_type must be a str or None, not {type_name(value)}.", suggestion=hint)
    if not re.fullmatch(r"[\w.+-]+/[\w.+-]+", value, re.ASCII):
        raise InputError("media_type must be <type>/<subtype>.", suggestion=hint)
    return value.lower()


def pass_it_to(media_type: str) -> str:
    return f"pass it to content.{media.kind_of(media_type) or 'file'}."


def file_id(source: object) -> str | None:
    """The id that a source is or has, or `None` where it is to be read, or is a URL.

    Raises:
        InputError: The source is a str that is neither an id nor a URL, or an uploaded file without an id.
    """
    value = source
    if not isinstance(source, str):
        if not hasattr(source, "id"):
            return None
        value = getattr(source, "id", None)
    elif looks_like_url(source):
        return None
    if not (isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_-]+", value)):
        whose = "source is a str that is neither a URL nor" if value is source else "source has an id that is not"
        raise InputError(
            f"{whose} the id of an uploaded file.", suggestion="wrap a path in pathlib.Path, or upload the file first."
        )
    return value
