"""What `vlmrun.content` is handed, read and checked: a source in, the URL that it is sent as out.

Types are promises that only checked callers keep: hence `object`, and a check of each. No message quotes bytes, which
may be a document, or a URL, which may be signed; only paths are named.

Source: API.md §8.
"""

from __future__ import annotations

import binascii
import os
import re
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, cast

from vlmrun.client import _media
from vlmrun.client._checks import type_name
from vlmrun.client.exceptions import ClientError, DependencyError, InputError

if TYPE_CHECKING:
    from typing import IO, Protocol, TypeGuard

    from typing_extensions import Buffer

    class _Image(Protocol):
        @property
        def mode(self) -> str: ...

        def save(self, fp: IO[bytes], /, *, format: str) -> object: ...


__all__ = [
    "MAX_INLINE_BYTES",
    "array_png",
    "data_url",
    "file_id",
    "image_png",
    "is_bytes",
    "is_path",
    "looks_like_url",
    "pdf_pages",
    "url",
]

MAX_INLINE_BYTES = 32 * 1024 * 1024

_UPLOAD = "upload it with client.files.upload(...), and pass content.file(uploaded)."
_CHUNK = 1024 * 1024

# Of the modes that PNG has, those that Pillow writes without loss.
_PNG_MODES = {"1", "L", "LA", "P", "RGB", "RGBA", "I;16", "I;16B"}

# What else a function takes.
_MORE = {"image": ", a Pillow image, a NumPy array", "file": ", an uploaded file"}

_ARRAY_MODES = {1: "L", 3: "RGB", 4: "RGBA"}


# URLs -----------------------------------------------------------------------------------------------------------------


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
        with _put_back(source):
            data = _read(kind, source, MAX_INLINE_BYTES)
            return data_url(_media_type(kind, data, declared), data)
    if declared is not None:
        raise InputError(
            "media_type is given, and source is a URL, which has its own.", suggestion="leave media_type out."
        )
    if source[:5].lower() == "data:":
        _check_data_url(kind, source)
    else:
        _check_http_url(source)
    return source


def data_url(media_type: str, data: bytes, hint: str = _UPLOAD) -> str:
    """Bytes as a `data:` URL; an InputError with a hint where they are too many."""
    _check_size(len(data), MAX_INLINE_BYTES, hint)
    return f"data:{media_type};base64,{binascii.b2a_base64(data, newline=False).decode()}"


def looks_like_url(value: str) -> bool:
    """Whether a str is meant as a URL, and not as a path."""
    return re.match(r"\s*(?:https?:|data:|[a-z][a-z0-9+.-]+://)", value, re.IGNORECASE) is not None


def _check_http_url(value: str) -> None:
    from urllib.parse import urlsplit

    hint = "pass a URL such as https://example.com/invoice.pdf, or a path."
    if not re.match(r"\s*https?:", value, re.IGNORECASE):
        raise InputError("source is a URL that does not begin with http:, https: or data:.", suggestion=hint)
    try:
        parts = urlsplit(value)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:  # of the host or the port
        usable = False
    if not usable or " " in value or not value.isprintable():
        raise InputError("source is a URL without a usable host, or with white space in it.", suggestion=hint)


def _check_data_url(kind: str, value: str) -> None:
    import base64

    header, _, payload = value.partition(",")
    form = re.fullmatch(r"data:([\w.+-]+/[\w.+-]+)(?:;[\w.+=-]+)*;base64", header, re.IGNORECASE | re.ASCII)
    _check_size(len(payload) // 4 * 3 - payload[-2:].count("="), MAX_INLINE_BYTES)
    try:
        data = base64.b64decode(payload, validate=True) if form else b""
    except ValueError:
        data = b""
    if form is None or not data:
        raise InputError(
            "source is a data: URL that is not data:<type>/<subtype>;base64,<data>.",
            suggestion="pass the bytes themselves.",
        )
    _media_type(kind, data, form[1].lower())


def _media_type(kind: str, data: bytes, given: str | None) -> str:
    """The media type that bytes are sent with: the declared one, else the one that they begin like."""
    found = _media.sniff(data)
    spoken = given or found
    if spoken is None:
        example = {"document": "text/plain", "file": "text/csv"}.get(kind, f"{kind}/...")
        raise InputError(
            "source does not begin like any format that is known here.", suggestion=f'pass media_type="{example}".'
        )
    if kind != "file":
        if found is not None and not _media.fits(found, kind, given):
            raise InputError(f"source is {found}, and no {kind}.", suggestion=_pass_it_to(found))
        if _media.kind_of(spoken) != kind:
            raise InputError(f"media_type is {spoken}, and no {kind}.", suggestion=_pass_it_to(spoken))
    return spoken


def _declared(value: object) -> str:
    hint = 'pass one such as "image/png", or None.'
    if not isinstance(value, str):
        raise InputError(f"media_type must be a str or None, not {type_name(value)}.", suggestion=hint)
    if not re.fullmatch(r"[\w.+-]+/[\w.+-]+", value, re.ASCII):
        raise InputError("media_type must be <type>/<subtype>.", suggestion=hint)
    return value.lower()


def _pass_it_to(media_type: str) -> str:
    return f"pass it to content.{_media.kind_of(media_type) or 'file'}."


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


# Bytes ----------------------------------------------------------------------------------------------------------------


def _read(kind: str, source: object, most: int) -> bytes:
    """The bytes of a source; more than `most` are refused."""
    if is_bytes(source):
        data = _copy(source, most)
    elif is_path(source):
        data = _read_path(source, most)
    elif (reader := _reader(source)) is not None:
        data = _read_stream(reader, most)
    else:
        raise InputError(
            f"source must be a URL, a path, bytes{_MORE.get(kind, '')} or an open binary file,"
            f" not {type_name(source)}.",
            suggestion='pass a path such as "invoice.pdf", or what open(path, "rb") returns.',
        )
    if not data:
        raise InputError("source is empty.", suggestion="pass bytes, or a file that has not been read to its end.")
    return data


@contextmanager
def _put_back(source: object) -> Generator[None, None, None]:
    """Where a source is refused, leave an open file where it stood, as far as it can seek."""
    file = cast("IO[bytes]", source)  # if it is one: sources are of many makes
    start: int | None = None
    with suppress(Exception):
        start = file.tell()
    try:
        yield
    except ClientError:
        if start is not None:
            with suppress(Exception):
                file.seek(start)
        raise


def is_bytes(source: object) -> TypeGuard[Buffer]:
    """Whether a source is the bytes themselves."""
    return isinstance(source, (bytes, bytearray, memoryview))


def is_path(source: object) -> TypeGuard[str | os.PathLike[str]]:
    """Whether a source is a path, or a str that may be one."""
    return isinstance(source, (str, os.PathLike))


def _copy(source: Buffer, most: int) -> bytes:
    try:
        with memoryview(source) as view:
            _check_size(view.nbytes, most)
            return view.tobytes()
    except ValueError as error:  # a memoryview that was released
        raise InputError(f"source cannot be read: {error}.", suggestion="pass bytes.") from error


def _read_path(source: str | os.PathLike[str], most: int) -> bytes:
    try:
        path: object = os.fspath(source)
    except TypeError:
        path = None
    if not isinstance(path, str):
        raise InputError("source must be a path of str.", suggestion="decode a path of bytes with os.fsdecode.")
    if looks_like_url(path):
        raise InputError("source is a URL made into a path.", suggestion="pass the URL as a str.")
    if path is source and (len(path) > 1024 or "\n" in path):  # not named, as it may be base64, or a text
        raise InputError(
            f"source is a str of {len(path):,} characters that is neither a URL nor a path.",
            suggestion="pass bytes, or wrap a long path in pathlib.Path.",
        )
    try:
        with open(path, "rb") as stream:
            _check_size(os.fstat(stream.fileno()).st_size, most)
            return _read_stream(stream.read, most)
    except (OSError, ValueError) as error:  # ValueError: a character that no path has
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise InputError(
            f"source cannot be read: {path!r}: {reason}.", suggestion="check the path, and that it is a file."
        ) from error


def _reader(source: object) -> Callable[[int], object] | None:
    """How an open file is read, or `None` where a source is none."""
    read = getattr(source, "read", None)
    return read if callable(read) and not isinstance(source, type) else None


def _read_stream(read: Callable[[int], object], most: int) -> bytes:
    """All that is left of a stream, which may hand out less at a time than it is asked for."""
    data = bytearray()
    while len(data) <= most:
        try:
            chunk = read(min(_CHUNK, most + 1 - len(data)))
        except UnicodeDecodeError:
            chunk = ""  # a file opened as text that holds none
        except Exception as error:  # streams are of many makes; what they say may name a URL
            raise InputError(
                f"source cannot be read: {type_name(error)}.", suggestion='pass what open(path, "rb") returns.'
            ) from error
        if not isinstance(chunk, (bytes, bytearray)):
            raise InputError(
                f"source is a file that reads as {type_name(chunk)}, not bytes.", suggestion='open it with "rb".'
            )
        if not chunk:
            break
        data += chunk
    _check_size(len(data), most)
    return bytes(data)


def _check_size(size: int, most: int, hint: str = _UPLOAD) -> None:
    if size > most:
        raise InputError(f"source has more than the {most:,} bytes that a message takes.", suggestion=hint)


# Pixels ---------------------------------------------------------------------------------------------------------------


def image_png(image: _Image) -> bytes:
    """A Pillow image as PNG.

    Raises:
        InputError: It has a mode that PNG has not, or cannot be read.
    """
    import io

    mode = str(image.mode)
    if mode not in _PNG_MODES:
        raise InputError(f"source has the mode {mode}, which PNG has not.", suggestion='pass source.convert("RGB").')
    png = io.BytesIO()
    try:
        image.save(png, format="PNG")
    except Exception as error:  # it may be read only now, and decoders raise all kinds
        raise InputError(
            f"source cannot be saved as PNG: {error}", suggestion="pass an image that is whole."
        ) from error
    if _media.sniff(png.getvalue()) != "image/png":
        raise InputError(
            f"source was asked for a PNG, and is no image: {type_name(image)}.", suggestion="pass an image."
        )
    return png.getvalue()


def array_png(array: object) -> bytes:
    """An array as PNG.

    Args:
        array: Of uint8; (height, width), or with 1, 3 or 4 channels after them.

    Raises:
        InputError: It is of another type or shape, is empty or has too many pixels.
        DependencyError: Pillow is missing.
    """
    try:
        # It is asked what it is, and answers with an error where it is no buffer.
        view = memoryview(array)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    except (TypeError, ValueError, BufferError):  # memory elsewhere, or a dtype that no buffer has
        view = memoryview(b"").cast("b")
    with view:
        shape = tuple(view.shape or ())
        height, width, channels = {2: (*shape, 1), 3: shape}.get(len(shape), (0, 0, 0))
        if view.format != "B" or 0 in shape or channels not in _ARRAY_MODES:
            raise InputError(
                f"source is an array of {getattr(array, 'dtype', 'unknown type')} and shape"
                f" {getattr(array, 'shape', shape)}, and no image.",
                suggestion="pass uint8, and (height, width) or (height, width, channels) with 1, 3 or 4 channels.",
            )
        if height * width > _media.MAX_PIXELS:
            raise InputError(f"source has more than {_media.MAX_PIXELS:,} pixels.", suggestion="make it smaller.")
        try:
            from PIL import Image
        except ImportError as error:
            raise _missing("content.image of an array", error) from error
        return image_png(Image.frombytes(_ARRAY_MODES[channels], (width, height), view.tobytes()))


def pdf_pages(source: object, dpi: object) -> Generator[bytes, None, None]:
    """The pages of a PDF as PNG, drawn as they are asked for; what is wrong with the arguments is said at once.

    Raises:
        InputError: An argument cannot be used, or the source does not open as a PDF.
        DependencyError: pypdfium2 or Pillow is missing.
    """
    hint = "pass pixels per inch such as 150."
    if isinstance(dpi, bool) or not isinstance(dpi, (int, float)):
        raise InputError(f"dpi must be a number, not {type_name(dpi)}.", suggestion=hint)
    if not 1 <= dpi <= 2400:
        raise InputError("dpi must be from 1 to 2400.", suggestion=hint)
    if isinstance(source, str) and looks_like_url(source):
        raise InputError("source is a URL, which is not fetched here.", suggestion="pass a path, or the bytes.")
    with _put_back(source):
        data = _read("document", source, sys.maxsize)
        found = _media.sniff(data)
        if found not in (None, "application/pdf"):
            raise InputError(f"source is {found}, and no PDF.", suggestion=_pass_it_to(found))
        from vlmrun.client import _pdfium

        try:
            return _pdfium.render_pages(data, dpi=dpi)
        except ImportError as error:
            raise _missing("content.document_pages", error) from error


def _missing(what: str, error: ImportError) -> DependencyError:
    return DependencyError(
        f"{what} needs {error.name or 'a package'}, which cannot be imported.",
        suggestion="pip install 'vlmrun[all]'",
        error_type="missing_dependency",
    )
