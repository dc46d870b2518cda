"""Opening what a request holds: the parts of messages, and an agent's inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, cast

from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import assert_never

from vlmrun.local._inputs.opening import Content, load_file, load_url, open_content, open_url
from vlmrun.local._media.data_urls import UnreadableError, looks_like_data_url
from vlmrun.local._media.facts import Fact, TextFact, ValuesFact
from vlmrun.local._requests.parts import (
    PART_TYPES,
    AttachmentPart,
    AudioPart,
    FilePart,
    ImagePart,
    InputFilePart,
    Message,
    Part,
    SoundPart,
    TextPart,
    VideoPart,
)
from vlmrun.local._store.file_store import FileStore
from vlmrun.local._wire.errors import Location, Problem, RefusalError, problems_of

__all__ = ["Opener", "Source"]


_PART: TypeAdapter[Part] = TypeAdapter(Annotated[Part, Field(discriminator="type")])


@dataclass(frozen=True)
class Source:
    """What a prediction is made from."""

    fact: Fact
    """What was found."""
    content: Content | None
    """Its bytes; `None` where they are elsewhere."""


class Opener:
    """Opens what requests hold.

    Args:
        files: Where uploaded files are kept.
    """

    def __init__(self, files: FileStore) -> None:
        self._files = files

    def messages(self, messages: Sequence[Message]) -> list[Fact]:
        """Open all that the messages of a chat hold, in order.

        Args:
            messages: The messages.

        Returns:
            The facts.

        Raises:
            RefusalError: 422, something does not open; 404, there is no file of an id.
        """
        facts: list[Fact] = []
        for index, message in enumerate(messages):
            if isinstance(message.content, str):
                facts.append(TextFact(message.content))
            for number, part in enumerate(message.content if isinstance(message.content, list) else ()):
                facts.append(self._part(part, ("body", "messages", index, "content", number)))
        return facts

    def inputs(self, inputs: Mapping[str, object]) -> list[Fact]:
        """Open all that an agent's inputs hold, at any depth and in order.

        A message part is opened like one of a chat, and so is a `data:` URL that stands alone; other texts are read.

        Args:
            inputs: The inputs.

        Returns:
            The facts.

        Raises:
            RefusalError: 422, a part is malformed, or something does not open; 404, there is no file of an id.
        """
        facts: list[Fact] = []
        others = sum(self._value(value, ("body", "inputs", name), facts) for name, value in inputs.items())
        return [*facts, ValuesFact(others)] if others else facts

    def source(self, url: str | None, file_id: str | None, kind: str, loc: Location) -> Source:
        """Open what a prediction is made from.

        Args:
            url: Its URL, or `None` for an uploaded file.
            file_id: The id of the file.
            kind: What it should be: `image`, `video`, `audio` or `file` (which may be anything).
            loc: Where the URL or the id stands.

        Returns:
            What was found, with its bytes.

        Raises:
            RefusalError: 422, it does not open; 404, there is no file of that id.
        """
        if url is None:
            return self._file(file_id or "", kind, loc)
        try:
            content = load_url(url)
            fact = open_url(url, kind) if content is None else open_content(content, kind)
        except UnreadableError as error:
            raise _unreadable(error, loc) from error
        return Source(fact, content)

    def _value(self, value: object, loc: Location, facts: list[Fact]) -> int:
        """Append the facts of one value; the result counts the values that are neither text nor parts."""
        if isinstance(value, str):
            facts.append(_open(value, "file", loc) if looks_like_data_url(value) else TextFact(value))
            return 0
        # Casts: what comes from JSON is made of dicts and lists and nothing narrower is known of them.
        if isinstance(value, list):
            items = cast("list[object]", value)
            return sum(self._value(item, (*loc, index), facts) for index, item in enumerate(items))
        if isinstance(value, dict):
            members = cast("dict[str, object]", value)
            if _is_part(members):
                facts.append(self._part(_read_part(members, loc), loc))
                return 0
            return sum(self._value(item, (*loc, name), facts) for name, item in members.items())
        return 1

    def _part(self, part: Part, loc: Location) -> Fact:
        match part:
            case TextPart():
                return TextFact(part.text)
            case ImagePart():
                return _open(part.image_url.url, "image", (*loc, "image_url", "url"))
            case VideoPart():
                return _open(part.video_url.url, "video", (*loc, "video_url", "url"))
            case AudioPart():
                return _open(part.audio_url.url, "audio", (*loc, "audio_url", "url"))
            case FilePart():
                return _open(part.file_url.url, "file", (*loc, "file_url", "url"))
            case InputFilePart():
                # The id is preferred where both are given.
                if part.file_id is not None or part.file_url is None:
                    return self._file(part.file_id or "", "file", (*loc, "file_id")).fact
                return _open(part.file_url.url, "file", (*loc, "file_url", "url"))
            case AttachmentPart():
                if part.file.file_data is None:
                    return self._file(part.file.file_id or "", "file", (*loc, "file", "file_id")).fact
                return _open(_as_data_url(part.file.file_data), "file", (*loc, "file", "file_data"))
            case SoundPart():
                sound = part.input_audio
                return _open(f"data:audio/{sound.format};base64,{sound.data}", "audio", (*loc, "input_audio", "data"))
            case _:
                assert_never(part)

    def _file(self, id_: str, kind: str, loc: Location) -> Source:
        file = self._files.by_id(id_)
        try:
            if file is not None:
                content = load_file(file)
                return Source(open_content(content, kind), content)
        except UnreadableError as error:
            raise _unreadable(error, loc) from error
        # It was removed between the look and the opening.
        except OSError:
            pass
        place = ".".join(str(step) for step in loc[1:])
        raise RefusalError(404, f"File not found: {place} is {id_[:100]!r}, and this server has no file of that id.")


def _is_part(members: Mapping[str, object]) -> bool:
    kind = members.get("type")
    # Free data may well have a "type" that is "text" or "file", and no text or file.
    return isinstance(kind, str) and kind in PART_TYPES and (kind not in ("text", "file") or kind in members)


def _as_data_url(data: str) -> str:
    """OpenAI's `file_data`, which is base64; most clients send it as a data: URL."""
    return data if data[:5].lower() == "data:" else f"data:application/octet-stream;base64,{data}"


def _read_part(members: Mapping[str, object], loc: Location) -> Part:
    try:
        return _PART.validate_python(members)
    except ValidationError as error:
        problems = problems_of(error, "part")
        raise RefusalError(422, [Problem((*loc, *item.loc[1:]), item.msg, item.type) for item in problems]) from error


def _open(url: str, kind: str, loc: Location) -> Fact:
    try:
        return open_url(url, kind)
    except UnreadableError as error:
        raise _unreadable(error, loc) from error


def _unreadable(error: UnreadableError, loc: Location) -> RefusalError:
    return RefusalError(422, [Problem(loc, str(error), "unreadable_data")])
