"""Opening what a request holds: the parts of messages, and an agent's inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, cast

from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import assert_never

from vlmrun.local._inputs.opening import Content, load_file, load_url, open_content, open_url
from vlmrun.local._media.data_urls import UnreadableError, as_data_url, looks_like_data_url
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


_INPUTS: Location = ("body", "inputs")

_PART: TypeAdapter[Part] = TypeAdapter(Annotated[Part, Field(discriminator="type")])


@dataclass(frozen=True)
class Source:
    """A part of a request, opened."""

    fact: Fact
    """What was found."""
    content: Content | None
    """Its bytes; `None` for a text, and where they are elsewhere."""


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
                facts.append(self.part(part, ("body", "messages", index, "content", number)).fact)
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
        leaves = [leaf for _, leaf in self.leaves(inputs)]
        facts: list[Fact] = [leaf.fact for leaf in leaves if isinstance(leaf, Source)]
        others = len(leaves) - len(facts)
        return [*facts, ValuesFact(others)] if others else facts

    def leaves(self, inputs: Mapping[str, object]) -> Iterator[tuple[Location, object]]:
        """What an agent's inputs hold, at any depth and in order, each with its place; what is opened is a `Source`.

        Args:
            inputs: The inputs.

        Yields:
            The texts, parts and `data:` URLs as sources, and the numbers, booleans and nulls as they are.

        Raises:
            RefusalError: As `inputs`.
        """
        return self._leaves(inputs, _INPUTS)

    def part(self, part: Part, loc: Location) -> Source:
        """Open a part of a message.

        Args:
            part: The part.
            loc: Where it stands.

        Raises:
            RefusalError: As `messages`.
        """
        match part:
            case TextPart():
                return Source(TextFact(part.text), None)
            case ImagePart():
                return self.source(part.image_url.url, None, "image", (*loc, "image_url", "url"))
            case VideoPart():
                return self.source(part.video_url.url, None, "video", (*loc, "video_url", "url"))
            case AudioPart():
                return self.source(part.audio_url.url, None, "audio", (*loc, "audio_url", "url"))
            case FilePart():
                return self.source(part.file_url.url, None, "file", (*loc, "file_url", "url"))
            case InputFilePart():
                # The id is preferred where both are given.
                if part.file_id is not None or part.file_url is None:
                    return self._file(part.file_id or "", "file", (*loc, "file_id"))
                return self.source(part.file_url.url, None, "file", (*loc, "file_url", "url"))
            case AttachmentPart():
                if part.file.file_data is None:
                    return self._file(part.file.file_id or "", "file", (*loc, "file", "file_id"))
                return self.source(as_data_url(part.file.file_data), None, "file", (*loc, "file", "file_data"))
            case SoundPart():
                sound = part.input_audio
                url = f"data:audio/{sound.format};base64,{sound.data}"
                return self.source(url, None, "audio", (*loc, "input_audio", "data"))
            case _:
                assert_never(part)

    def source(self, url: str | None, file_id: str | None, kind: str, loc: Location) -> Source:
        """Open what is at a URL, or an uploaded file.

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

    def _leaves(self, value: object, loc: Location) -> Iterator[tuple[Location, object]]:
        # Casts: what comes from JSON is made of dicts and lists and nothing narrower is known of them.
        if isinstance(value, list):
            for index, item in enumerate(cast("list[object]", value)):
                yield from self._leaves(item, (*loc, index))
        elif isinstance(value, dict):
            members = cast("dict[str, object]", value)
            if len(loc) > len(_INPUTS) and _is_part(members):
                yield loc, self.part(_read_part(members, loc), loc)
            else:
                for name, item in members.items():
                    yield from self._leaves(item, (*loc, name))
        elif isinstance(value, str):
            is_url = looks_like_data_url(value)
            yield loc, self.source(value, None, "file", loc) if is_url else Source(TextFact(value), None)
        else:
            yield loc, value

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


def _read_part(members: Mapping[str, object], loc: Location) -> Part:
    try:
        return _PART.validate_python(members)
    except ValidationError as error:
        problems = problems_of(error, "part")
        raise RefusalError(422, [Problem((*loc, *item.loc[1:]), item.msg, item.type) for item in problems]) from error


def _unreadable(error: UnreadableError, loc: Location) -> RefusalError:
    return RefusalError(422, [Problem(loc, str(error), "unreadable_data")])
