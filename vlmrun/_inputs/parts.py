"""What a message is made of: text, images, video, audio, documents and files, ready for `messages=`.

    from vlmrun._inputs import parts as content

    message = content.user("What is the total?", content.document(Path("invoice.pdf")))
    client.agent.completions.create(model="vlmrun-orion-1:auto", messages=[message])

A source is a URL, a path, bytes or an open binary file. A URL goes out as it is and is fetched by the server; the rest
is read here and goes out as a `data:` URL, byte for byte. What it is, its bytes tell, never its name.

Source: API.md §8.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import IO, TYPE_CHECKING, Literal, Protocol, TypeAlias, TypeGuard, cast, runtime_checkable

from vlmrun._arguments.checks import require_str
from vlmrun._arguments.discretion import discreet_errors
from vlmrun._inputs import addresses, sources
from vlmrun._inputs.documents import pdf_pages
from vlmrun._inputs.pixels import array_png, image_png
from vlmrun._inputs.reading import is_bytes
from vlmrun.client.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Generator

    from openai.types.chat import (
        ChatCompletionContentPartParam,
        ChatCompletionSystemMessageParam,
        ChatCompletionUserMessageParam,
    )

__all__ = [
    "MAX_INLINE_BYTES",
    "FileSource",
    "ImageSource",
    "Source",
    "SupportsArray",
    "SupportsId",
    "SupportsImage",
    "SupportsRead",
    "audio",
    "document",
    "document_pages",
    "file",
    "image",
    "system",
    "text",
    "user",
    "video",
]

MAX_INLINE_BYTES: int = sources.MAX_INLINE_BYTES
"""The bytes that a message takes inside it, before base64 makes them a third longer; upload what is larger."""

# Sources --------------------------------------------------------------------------------------------------------------


@runtime_checkable
class SupportsRead(Protocol):
    """Can be read as bytes: a file opened with "rb"."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


@runtime_checkable
class SupportsImage(Protocol):
    """Can be saved as an image: a Pillow image."""

    @property
    def mode(self) -> str:
        """How its pixels are made up, such as `RGB`."""
        ...

    def save(self, fp: IO[bytes], /, *, format: str) -> object:
        """Write it in a format, such as `PNG`."""
        ...


@runtime_checkable
class SupportsArray(Protocol):
    """Holds the pixels of an image: a NumPy array of uint8, (height, width), or with 1, 3 or 4 channels after them."""

    @property
    def shape(self) -> tuple[int, ...]:
        """How long each dimension is."""
        ...

    @property
    def __array_interface__(self) -> Mapping[str, object]:
        """NumPy's description of the memory. Not read: the memory itself is, as a `memoryview`."""
        ...


@runtime_checkable
class SupportsId(Protocol):
    """Has an id: an uploaded file, as `client.files` returns it."""

    @property
    def id(self) -> str | None:
        """The id, or `None` where the server gave none."""
        ...


Source: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | SupportsRead
"""A URL or path, a path, bytes, or an open binary file."""

ImageSource: TypeAlias = Source | SupportsImage | SupportsArray
"""A source, a Pillow image, or a NumPy array."""

FileSource: TypeAlias = Source | SupportsId
"""A URL or the id of an uploaded file, a path, bytes, an open binary file, or an uploaded file."""

# Parts ----------------------------------------------------------------------------------------------------------------


def text(text: str) -> ChatCompletionContentPartParam:
    """A text part.

    Args:
        text: The text.

    Raises:
        InputError: It is no str, or holds half of a surrogate pair.
    """
    return {"type": "text", "text": _text("text", text)}


def image(
    source: ImageSource, *, media_type: str | None = None, detail: Literal["auto", "low", "high"] | None = None
) -> ChatCompletionContentPartParam:
    """An image part.

    Args:
        source: A URL or path, bytes, an open binary file, a Pillow image, or a NumPy array of uint8 that is
            (height, width), or has 1 (gray), 3 (RGB) or 4 (RGBA) channels after them. Pillow images and arrays become
            PNG, which keeps every pixel.
        media_type: What the bytes are, where they do not tell.
        detail: How closely the image is to be looked at, or `None` to leave that to the server.

    Raises:
        InputError: An argument cannot be used, or the source cannot be read, is no image or is too large.
        DependencyError: The source is an array, and Pillow is missing.
    """
    _check_detail(detail)
    with discreet_errors():
        url = _png_url(source, media_type) or sources.url("image", source, media_type)
    image_url = {"url": url} if detail is None else {"url": url, "detail": detail}
    return _as_part({"type": "image_url", "image_url": image_url})


def video(source: Source, *, media_type: str | None = None) -> ChatCompletionContentPartParam:
    """A video part.

    Args:
        source: A URL or path, bytes, or an open binary file.
        media_type: What the bytes are, where they do not tell, or tell only the container.

    Raises:
        InputError: An argument cannot be used, or the source cannot be read, is no video or is too large.
    """
    return _url_part("video", _url("video", source, media_type))


def audio(source: Source, *, media_type: str | None = None) -> ChatCompletionContentPartParam:
    """An audio part.

    Args:
        source: A URL or path, bytes, or an open binary file.
        media_type: What the bytes are, where they do not tell, or tell only the container: `audio/mp4`.

    Raises:
        InputError: An argument cannot be used, or the source cannot be read, is no audio or is too large.
    """
    return _url_part("audio", _url("audio", source, media_type))


def document(source: Source, *, media_type: str | None = None) -> ChatCompletionContentPartParam:
    """A document part: PDF, Word or text.

    Args:
        source: A URL or path, bytes, or an open binary file.
        media_type: What the bytes are, where they do not tell, as those of text do not: `text/plain`.

    Raises:
        InputError: An argument cannot be used, or the source cannot be read, is no document or is too large.
    """
    return _url_part("file", _url("document", source, media_type))


def file(source: FileSource, *, media_type: str | None = None) -> ChatCompletionContentPartParam:
    """A file of any kind, among them one that was uploaded.

    Args:
        source: An uploaded file or its id, a URL, a `pathlib.Path`, bytes, or an open binary file. A str that is no
            URL is an id, and never a path.
        media_type: What the bytes are, where they do not tell.

    Raises:
        InputError: An argument cannot be used, or the source cannot be read or is too large.
    """
    file_id = sources.file_id(source)
    if file_id is None:
        return _url_part("file", _url("file", source, media_type))
    if media_type is not None:
        raise InputError("media_type is given, and source was uploaded, with its own.", suggestion="leave it out.")
    return _as_part({"type": "input_file", "file_id": file_id})


def document_pages(source: Source, *, dpi: float = 150) -> Iterator[ChatCompletionContentPartParam]:
    """The pages of a PDF as image parts, drawn one at a time as they are asked for.

    Args:
        source: A path, bytes or an open binary file; of any size, as only the pages are sent.
        dpi: Pixels per inch, from 1 to 2400.

    Returns:
        An image part for each page, in order.

    Raises:
        InputError: An argument cannot be used, or the source does not open as a PDF; when its turn comes, a page is
            too large or cannot be drawn.
        DependencyError: pypdfium2 or Pillow is missing.
    """
    with discreet_errors():
        pages = pdf_pages(source, dpi)
    return _page_parts(pages)


# Messages -------------------------------------------------------------------------------------------------------------


def user(*parts: str | ChatCompletionContentPartParam) -> ChatCompletionUserMessageParam:
    """A message of the user.

    Args:
        *parts: What it is made of, in order; a str is a text part.

    Raises:
        InputError: There is no part, or something is none.
    """
    if not parts:
        raise InputError("parts is empty.", suggestion='pass one or more, such as content.user("Hello!").')
    return {"role": "user", "content": [_part(f"parts[{index}]", part) for index, part in enumerate(parts)]}


def system(text: str) -> ChatCompletionSystemMessageParam:
    """A message that says what the conversation is about, and how to answer.

    Args:
        text: The text.

    Raises:
        InputError: It is no str, or holds half of a surrogate pair.
    """
    return {"role": "system", "content": _text("text", text)}


# The types of the arguments below are promises that only checked callers keep: hence `object`, and a check of each.


def _text(argument: str, value: object) -> str:
    return require_str(argument, value, 'pass text such as "Hello!".')


def _part(argument: str, value: str | ChatCompletionContentPartParam) -> ChatCompletionContentPartParam:
    if isinstance(value, str):
        return {"type": "text", "text": _text(argument, value)}
    if not _is_part(value):
        raise InputError(
            f"{argument} must be a str or a part, not {type(value).__name__}.",
            suggestion="pass content.image(...) and its like; unpack several of them with *.",
        )
    return value


def _is_part(value: object) -> TypeGuard[ChatCompletionContentPartParam]:
    return isinstance(value, dict) and "type" in value


def _check_detail(value: object) -> None:
    if value is not None and not (isinstance(value, str) and value in ("auto", "low", "high")):
        raise InputError("detail must be auto, low, high or None.", suggestion='pass detail="high", or leave it out.')


def _png_url(source: object, media_type: object) -> str | None:
    """The URL of a Pillow image or an array, or `None` for other sources."""
    if is_bytes(source):  # a memoryview that was released cannot be asked what it has
        return None
    # In this order: a Pillow image that is asked for its array makes one.
    if isinstance(source, SupportsImage) and not isinstance(source, SupportsRead):
        png = image_png(source)
    elif isinstance(source, SupportsArray):
        png = array_png(source)
    else:
        return None
    if media_type is not None:
        raise InputError("media_type is given, and source is sent as PNG.", suggestion="leave media_type out.")
    return sources.data_url("image/png", png)


def _url(kind: str, source: object, media_type: object) -> str:
    with discreet_errors():
        return sources.url(kind, source, media_type)


def _url_part(name: str, url: str) -> ChatCompletionContentPartParam:
    return _as_part({"type": f"{name}_url", f"{name}_url": {"url": url}})


def _as_part(part: dict[str, object]) -> ChatCompletionContentPartParam:
    # A cast: VLM Run's own kinds of part are not in OpenAI's union, which is what `messages=` takes; OpenAI sends them
    # as is. And to checkers a dict that prints itself in short is no TypedDict.
    return cast("ChatCompletionContentPartParam", _Part(part))


class _Part(dict[str, object]):
    """A dict with a short `repr`: without the base64 of a file, and without the query of a URL, which may be signed."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr({name: _shown(value) for name, value in self.items()})


def _shown(value: object) -> object:
    if isinstance(value, dict):
        return {name: _shown(inner) for name, inner in cast("dict[str, object]", value).items()}
    return addresses.shown(value) if isinstance(value, str) and addresses.looks_like_url(value) else value


def _page_parts(pages: Generator[bytes, None, None]) -> Iterator[ChatCompletionContentPartParam]:
    try:
        with discreet_errors():
            yield from map(_page_part, pages)
    finally:
        pages.close()


def _page_part(png: bytes) -> ChatCompletionContentPartParam:
    return _as_part(
        {"type": "image_url", "image_url": {"url": sources.data_url("image/png", png, "pass a lower dpi.")}}
    )
