"""Message parts and messages for `messages=`: text, images, video, audio, documents and files.

```python
from vlmrun import content

message = content.user("What is the total?", content.document("invoice.pdf"))
client.agent.completions.create(model="vlmrun-orion-1:auto", messages=[message])
```

A source is a URL, a path, bytes or an open binary file. A URL is sent as it is, and the server fetches it. Any other
source is read locally and sent as a `data:` URL with its bytes unmodified. The type is detected from the content; the
file name counts only for text, and for what is in a container such as a zip archive.

`content.Message` and `content.Part` are the types of what these functions return. They are OpenAI's own types, so
`messages=` accepts lists of them.

The forms of the parts are documented at https://docs.vlm.run/agents/inputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import IO, TYPE_CHECKING, Annotated, Literal, Protocol, TypeAlias, TypeVar, cast, runtime_checkable

from vlmrun._arguments.checks import require_str, type_name
from vlmrun._arguments.discretion import discreet_errors
from vlmrun._inputs import addresses, sources
from vlmrun._inputs.answers import answer_message
from vlmrun._inputs.documents import pdf_pages
from vlmrun._inputs.pixels import PIXELS_HINT, Encoding, encode_array, encode_file, encode_image
from vlmrun._inputs.reading import Source, SupportsFile, SupportsRead, SupportsStream, is_bytes
from vlmrun._inputs.unchanged import UNCHANGED
from vlmrun._lifetimes.names import later
from vlmrun.client.exceptions import InputError

if TYPE_CHECKING:
    from collections.abc import Generator

    from openai.types.chat import ChatCompletionContentPartParam, ChatCompletionMessage, ChatCompletionMessageParam
else:
    Generator = later("collections.abc", "Generator")
    ChatCompletionContentPartParam = later("openai.types.chat", "ChatCompletionContentPartParam")
    ChatCompletionMessage = later("openai.types.chat", "ChatCompletionMessage")
    ChatCompletionMessageParam = later("openai.types.chat", "ChatCompletionMessageParam")

__all__ = [
    "MAX_INLINE_BYTES",
    "FileSource",
    "ImageSource",
    "Input",
    "Inputs",
    "Message",
    "Part",
    "Source",
    "SupportsArray",
    "SupportsFile",
    "SupportsId",
    "SupportsImage",
    "SupportsRead",
    "SupportsStream",
    "assistant",
    "audio",
    "check_detail",
    "document",
    "document_pages",
    "document_url",
    "file",
    "image",
    "input_part",
    "system",
    "text",
    "user",
    "video",
]

MAX_INLINE_BYTES: int = sources.MAX_INLINE_BYTES
"""The maximum size of a source inside a message, in bytes before base64 encoding. Upload larger files."""

# Sources --------------------------------------------------------------------------------------------------------------


@runtime_checkable
class SupportsImage(Protocol):
    """An object that can be saved as an image: a Pillow image."""

    @property
    def mode(self) -> str:
        """The pixel format, such as `RGB`."""
        ...

    def save(self, fp: IO[bytes], /, *, format: str) -> object:
        """Write the image in a format, such as `PNG`."""
        ...


@runtime_checkable
class SupportsArray(Protocol):
    """The pixels of an image: a NumPy array, (height, width) or (height, width, 1, 3 or 4 channels).

    Its values are uint8 or bool, or uint16 with one channel.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each dimension."""
        ...

    @property
    def __array_interface__(self) -> Mapping[str, object]:
        """NumPy's description of the memory. It only identifies arrays: the pixels are read through `memoryview`."""
        ...


@runtime_checkable
class SupportsId(Protocol):
    """An object with an id: an uploaded file, as `client.files` returns it."""

    @property
    def id(self) -> str | None:
        """The id, or `None` if the server sent none."""
        ...


ImageSource: TypeAlias = Annotated[Source | SupportsImage | SupportsArray, UNCHANGED]
"""A source, a Pillow image, or a NumPy array."""

FileSource: TypeAlias = Annotated[Source | SupportsId, UNCHANGED]
"""A URL or the id of an uploaded file, a path, bytes, an open binary file, or an uploaded file."""

# What messages are made of --------------------------------------------------------------------------------------------

Part: TypeAlias = ChatCompletionContentPartParam
"""A part of a message, as `content.image` and other functions return it. It is OpenAI's own type."""

Message: TypeAlias = ChatCompletionMessageParam
"""A message, as `content.user` and other functions return it. It is OpenAI's own type, which `messages=` accepts."""

Input: TypeAlias = str | Part
"""What `content.user` and the `inputs` of `agent.run` accept: a part, or a `str`, which becomes a text part."""

if TYPE_CHECKING:
    _T_co = TypeVar("_T_co", covariant=True)

    class _SequenceNotStr(Protocol[_T_co]):
        """A list, a tuple or the like, and not a `str`, which is a sequence of `str` to type checkers."""

        def __contains__(self, value: object, /) -> bool: ...  # a str looks only for a str

        def __iter__(self) -> Iterator[_T_co]: ...

        def __getitem__(self, index: int, /) -> _T_co: ...  # a part is a dict, and so iterates over its names

    Inputs: TypeAlias = _SequenceNotStr[Input] | Iterator[Input] | Iterable[Part]
else:
    Inputs: TypeAlias = Iterable[Input]  # pydantic knows no such protocol
"""Several of them: a list, a tuple or an iterator, such as `content.document_pages` returns."""

# Parts ----------------------------------------------------------------------------------------------------------------


def text(text: str) -> Part:
    """Build a text part.

    Args:
        text: The text.

    Raises:
        InputError: The text is not a `str`, or contains a lone surrogate.
    """
    return {"type": "text", "text": _text("text", text)}


def image(
    source: ImageSource,
    *,
    media_type: str | None = None,
    detail: Literal["auto", "low", "high"] | None = None,
    quality: int | None = None,
    max_pixels: int | None = None,
) -> Part:
    """Build an image part.

    URLs and the bytes of files are sent unmodified. Pillow images and arrays are encoded: an image that was opened from
    a JPEG as JPEG, with the same quality; any other as PNG, which is lossless. They are sent upright, as their EXIF
    says, and with their colour profile. Other metadata is not sent.

    Args:
        source: A URL or path, bytes, an open binary file, a Pillow image, or a NumPy array that is (height, width), or
            has 1 (gray), 3 (RGB) or 4 (RGBA) channels after them: of uint8 or bool, or gray of uint16.
        media_type: MIME type, if it cannot be detected.
        detail: The level of detail of the analysis; by default, the server chooses.
        quality: The quality of a JPEG, from 1 to 100, to encode the image as one.
        max_pixels: The most pixels to send: a larger image is made smaller, and keeps its aspect ratio.

    Raises:
        InputError: An argument is invalid, or the source cannot be read, is not an image or is too large; or a Pillow
            image or an array has values without a scale, such as floats.
        DependencyError: Pillow is missing, and the source is an array, or `quality` or `max_pixels` needs it.
    """
    check_detail(detail)
    encoding = Encoding(quality, max_pixels)
    with discreet_errors():
        url = _encoded_url(source, media_type, encoding) or sources.url("image", source, media_type)
    image_url = {"url": url} if detail is None else {"url": url, "detail": detail}
    return _as_part({"type": "image_url", "image_url": image_url})


def video(source: Source, *, media_type: str | None = None) -> Part:
    """Build a video part.

    Args:
        source: A URL or path, bytes, or an open binary file.
        media_type: MIME type, if it cannot be detected or only the container can.

    Raises:
        InputError: An argument is invalid, or the source cannot be read, is not a video or is too large.
    """
    return _url_part("video", _url("video", source, media_type))


def audio(source: Source, *, media_type: str | None = None) -> Part:
    """Build an audio part.

    Args:
        source: A URL or path, bytes, or an open binary file.
        media_type: MIME type, if it cannot be detected or only the container can, such as `audio/mp4`.

    Raises:
        InputError: An argument is invalid, or the source cannot be read, is not audio or is too large.
    """
    return _url_part("audio", _url("audio", source, media_type))


def document(source: Source, *, media_type: str | None = None) -> Part:
    """Build a document part: PDF, Word or text.

    Args:
        source: A URL or path, bytes, or an open binary file.
        media_type: MIME type, if it cannot be detected; of text without a file name, such as `text/plain`.

    Raises:
        InputError: An argument is invalid, or the source cannot be read, is not a document or is too large.
    """
    return _url_part("file", _url("document", source, media_type))


def document_url(source: Source, *, media_type: str | None = None) -> Part:
    """Build a document part for the gateway: `client.gateway.completions`. Agents take `document`, and not this one.

    Args:
        source: A URL or path, bytes, or an open binary file.
        media_type: MIME type, if it cannot be detected; required for text: `text/plain`.

    Raises:
        InputError: An argument is invalid, or the source cannot be read, is not a document or is too large.
    """
    return _url_part("document", _url("document", source, media_type))


def file(source: FileSource, *, media_type: str | None = None) -> Part:
    """Build a part for a file of any kind, including an uploaded file.

    Args:
        source: An uploaded file or its id, a URL, a `pathlib.Path`, bytes, or an open binary file. A `str` that is not
            a URL is an id, never a path.
        media_type: MIME type, if it cannot be detected.

    Raises:
        InputError: An argument is invalid, or the source cannot be read or is too large.
    """
    file_id = sources.file_id(source)
    if file_id is None:
        return _url_part("file", _url("file", source, media_type))
    if media_type is not None:
        raise InputError("media_type is not allowed for an uploaded source.", suggestion="omit media_type.")
    return _as_part({"type": "input_file", "file_id": file_id})


def document_pages(
    source: Source,
    *,
    dpi: float = 150,
    timeout: float | None = 60.0,
    on_error: Literal["raise", "skip"] = "raise",
) -> Iterator[Part]:
    """Render the pages of a PDF locally, one at a time, as image parts.

    A PDF can keep the renderer busy for ever, or crash it. So pages are rendered in another process, which is started
    for the first page (about 0.3 s and 50 MB), kept for later ones and ended with this program; threads that render at
    the same time use one each. After that, a page takes as long as in this process.

    Args:
        source: A path, bytes or an open binary file of any size: only the rendered pages are sent. A file is read as
            pages need it, and must stay unchanged until the last one; bytes and open files are copied to a temporary
            file first.
        dpi: Pixels per inch, from 1 to 2400. Sizes are rounded to the nearest pixel.
        timeout: Seconds that opening the PDF may take, and each page. `None` renders in this process, without a limit:
            other threads wait meanwhile. Frozen programs (PyInstaller) require it.
        on_error: Whether a page that cannot be rendered raises, which ends the iteration, or is left out. Pages that
            are left out are logged as warnings by the logger `vlmrun`.

    Returns:
        An image part for each page, in order.

    Raises:
        InputError: An argument is invalid, or the source is not a readable PDF. While iterating: a page is empty, too
            large, cannot be rendered, or not within `timeout`; the message says which.
        DependencyError: pypdfium2 or Pillow is missing.
    """
    with discreet_errors():
        pages = pdf_pages(source, dpi, timeout, on_error)
    return _page_parts(pages)


# Messages -------------------------------------------------------------------------------------------------------------


def user(*parts: Input) -> Message:
    """Build a user message.

    Args:
        *parts: The parts of the message, in order; a `str` is a text part.

    Raises:
        InputError: There is no part, or an argument is not a part.
    """
    if not parts:
        raise InputError("parts is empty.", suggestion='pass at least one part, such as content.user("Hello!").')
    return {"role": "user", "content": [input_part(f"parts[{index}]", part) for index, part in enumerate(parts)]}


def system(text: str) -> Message:
    """Build a system message: instructions for the conversation.

    Args:
        text: The text.

    Raises:
        InputError: The text is not a `str`, or contains a lone surrogate.
    """
    return {"role": "system", "content": _text("text", text)}


def assistant(answer: str | ChatCompletionMessage) -> Message:
    """Build an assistant message: an earlier answer, to continue the conversation.

    ```python
    messages.append(content.assistant(completion.choices[0].message))
    ```

    Args:
        answer: The text of the answer, or the message of an answer. Of a message, the text, the refusal, the calls of
            tools and the id of the audio are sent.

    Raises:
        InputError: The answer is neither a `str` nor a message of the assistant, or it is empty.
    """
    if isinstance(answer, str):
        return {"role": "assistant", "content": _text("answer", answer)}
    with discreet_errors():
        return cast("Message", answer_message(answer))


# Callers without a type checker may pass anything: hence `object`, and a check of each argument.


def input_part(argument: str, value: object) -> Part:
    """The part that an `Input` is: what `user` and `agent.run` take.

    Raises:
        InputError: It is none.
    """
    if isinstance(value, str):
        return {"type": "text", "text": _text(argument, value)}
    kind = type_name(value)
    part: Mapping[str, object] = cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}
    if "type" not in part:
        raise InputError(
            f"{argument} must be a str or a part, not {kind}.",
            suggestion="pass a str or content.image(...); unpack a list of parts with *.",
        )
    return cast("Part", part if isinstance(part, dict) else dict(part))  # JSON has no other mappings


def _text(argument: str, value: object) -> str:
    return require_str(argument, value, 'pass text such as "Hello!".')


def check_detail(value: object) -> None:
    """Raise `InputError` unless a value is a level of detail or `None`."""
    if value is not None and not (isinstance(value, str) and value in ("auto", "low", "high")):
        raise InputError("detail must be auto, low, high or None.", suggestion='pass detail="high", or omit it.')


def _encoded_url(source: object, media_type: object, encoding: Encoding) -> str | None:
    """Return the `data:` URL of an image that is encoded here, or `None` for sources that are sent as they are."""
    # In this order: the attributes of a released memoryview raise, and reading the array interface of a Pillow image
    # creates an array.
    if not is_bytes(source) and isinstance(source, SupportsImage) and not isinstance(source, SupportsRead):
        made = encode_image(source, encoding)
    elif not is_bytes(source) and isinstance(source, SupportsArray):
        made = encode_array(source, encoding)
    elif not encoding.is_asked_for:
        return None
    elif sources.is_url(source):
        raise InputError(
            "quality and max_pixels are not allowed if source is a URL.", suggestion="omit them, or pass the bytes."
        )
    else:
        found, data = sources.content_of("image", source, media_type)
        return sources.data_url(*encode_file(data, found, encoding), PIXELS_HINT)
    if media_type is not None:
        raise InputError("media_type is not allowed: this source is encoded here.", suggestion="omit media_type.")
    return sources.data_url(*made, PIXELS_HINT)


def _url(kind: str, source: object, media_type: object) -> str:
    with discreet_errors():
        return sources.url(kind, source, media_type)


def _url_part(name: str, url: str) -> Part:
    return _as_part({"type": f"{name}_url", f"{name}_url": {"url": url}})


def _as_part(part: dict[str, object]) -> Part:
    # A cast: VLM Run's own kinds of part are not in OpenAI's union, which is what `messages=` takes; OpenAI sends them
    # as is. And to checkers a dict that prints itself in short is no TypedDict.
    return cast("Part", _Part(part))


class _Part(dict[str, object]):
    """A dict with a short `repr`: without the base64 of a file, and without the query of a URL, which may be signed."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr({name: _shown(value) for name, value in self.items()})


def _shown(value: object) -> object:
    if isinstance(value, dict):
        return {name: _shown(inner) for name, inner in cast("dict[str, object]", value).items()}
    return addresses.shown(value) if isinstance(value, str) and addresses.looks_like_url(value) else value


def _page_parts(pages: Generator[bytes, None, None]) -> Iterator[Part]:
    try:
        with discreet_errors():
            yield from map(_page_part, pages)
    finally:
        pages.close()


def _page_part(png: bytes) -> Part:
    return _as_part(
        {"type": "image_url", "image_url": {"url": sources.data_url("image/png", png, "pass a lower dpi.")}}
    )
