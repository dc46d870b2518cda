"""What a request holds, as the parts that any server of OpenAI's API understands: texts and images."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from typing_extensions import assert_never

from vlmrun.local._inputs.contents import Source
from vlmrun.local._inputs.opening import Content
from vlmrun.local._media.data_urls import UnreadableError
from vlmrun.local._media.facts import BytesFact, ImageFact, PDFFact, ReferenceFact, TextFact, ValuesFact
from vlmrun.local._media.images import as_png
from vlmrun.local._media.pdf import page_images
from vlmrun.local._upstream.upstream import Upstream
from vlmrun.local._wire.errors import Location, Problem, RefusalError

__all__ = ["PlainPart", "Translator", "joined", "text_part"]

PlainPart = dict[str, object]
"""A part of OpenAI's API: a text or an image."""

_SENT_AS_THEY_ARE = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
"""The formats of images that such servers read."""

_TEXT_LIMIT = 1_000_000  # bytes of a text file

_TEXTS = ("application/json", "application/xml", "application/yaml")


class Translator:
    """Translates what one request holds. It reads files: call it in a thread.

    Args:
        upstream: What may be sent.
    """

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._pages = 0

    def parts(self, source: Source, loc: Location, pages: Sequence[int] | None = None) -> list[PlainPart]:
        """A text, an image, or the pages of a PDF as images.

        Args:
            source: What was sent.
            loc: Where it stands in the request.
            pages: Which pages of a PDF, from 0; `None` for all.

        Raises:
            RefusalError: 422, the model cannot read it, or there are too many pages.
        """
        match source.fact:
            case TextFact():
                return [text_part(source.fact.text)]
            case ReferenceFact():
                if source.fact.kind == "an image":
                    # The upstream may know how to fetch it; this server fetches nothing.
                    return [_image(source.fact.reference)]
                raise _unreadable(loc, f"this server does not fetch the URL of {source.fact.kind}")
            case ImageFact():
                return [_image(_data_url(*self._readable(source.fact, _content(source), loc)))]
            case PDFFact():
                return self._drawn(source.fact, _content(source), loc, pages)
            case BytesFact():
                return [text_part(_text(source.fact, _content(source), loc))]
            case ValuesFact():  # no single source is one
                return []
            case _:
                assert_never(source.fact)

    def _readable(self, fact: ImageFact, content: Content, loc: Location) -> tuple[str, bytes]:
        media_type = _SENT_AS_THEY_ARE.get(fact.format)
        if media_type is not None:
            return media_type, content.read()
        try:
            return "image/png", as_png(content.read(), self._upstream.max_side)
        except UnreadableError as error:
            raise RefusalError(422, [Problem(loc, str(error), "unreadable_data")]) from error

    def _drawn(self, fact: PDFFact, content: Content, loc: Location, pages: Sequence[int] | None) -> list[PlainPart]:
        wanted = range(fact.pages) if pages is None else pages
        self._pages += len(wanted)
        if self._pages > self._upstream.max_pages:
            raise RefusalError(
                422,
                [
                    Problem(
                        loc,
                        f"This request has at least {self._pages} pages, and {self._upstream.max_pages} are sent to the"
                        " upstream at most: send fewer, or raise max_pages (--upstream-pages)",
                        "too_many_pages",
                    )
                ],
            )
        try:
            images = page_images(content.read(), wanted, self._upstream.max_side)
        except UnreadableError as error:
            raise RefusalError(422, [Problem(loc, str(error), "unreadable_data")]) from error
        return [_image(_data_url("image/png", image)) for image in images]


def text_part(text: str) -> PlainPart:
    """A text as a part."""
    return {"type": "text", "text": text}


def joined(parts: Sequence[PlainPart]) -> str | list[PlainPart]:
    """Parts as the content of a message: a text where they are nothing else, which every server understands."""
    if all(part["type"] == "text" for part in parts):
        return "\n".join(str(part["text"]) for part in parts)
    return list(parts)


def _image(url: str) -> PlainPart:
    return {"type": "image_url", "image_url": {"url": url}}


def _data_url(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"


def _content(source: Source) -> Content:
    assert source.content is not None, "only a text and a reference have no bytes"  # noqa: S101  # for the type checker
    return source.content


def _text(fact: BytesFact, content: Content, loc: Location) -> str:
    is_text = fact.media_type.startswith("text/") or fact.media_type in _TEXTS
    if fact.kind == "file" and is_text and fact.size <= _TEXT_LIMIT:
        try:
            return content.read().decode()
        except UnicodeDecodeError:
            pass
    raise _unreadable(loc, f"it is {fact.describe()}")


def _unreadable(loc: Location, reason: str) -> RefusalError:
    message = f"The upstream cannot read this: {reason}. It reads text, images and PDFs"
    return RefusalError(422, [Problem(loc, message, "unreadable_for_upstream")])
