"""What is asked where plain openai has no counterpart: of our own names; and what the answer should be.

What there is to ask about and to answer is read from the package itself, so that a new resource is asked about, too.
Each question has a control: the same question about names in the file, where every server that can answer does.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from language_servers.places import Document, Kind, laid_out

__all__ = ["CONTROLS", "OPTIONS", "OWNERS", "Own", "expected", "fits", "own_file", "owns_of", "suits"]

OWNERS = ("VLMRun", "AsyncVLMRun")

OPTIONS = ("extra_body=", "extra_headers=", "extra_query=", "timeout=")
"""The keyword arguments of each native method."""

_OPENAIS = ("openai", "async_openai")

_MODULES = ("vlmrun.client.exceptions", "vlmrun.content", "vlmrun.protocols", "vlmrun.results")


@dataclass(frozen=True)
class Own:
    """A question: an expression with a `|` where it is asked, and the control that shows whether it can be answered."""

    kind: Kind
    code: str
    control: str
    title: str = ""
    """How the table calls it; by default by its code."""
    wanted: str = ""
    """Names that have to be among the answer; by default all that the package has there, and no other."""
    is_native: bool = True
    """Whether it is about native calls, which are the same whatever openai is installed."""

    @property
    def name(self) -> str:
        """How the table calls it."""
        if self.title:
            return f"{self.kind.value}: {self.title}"
        return f"{self.kind.value}: {re.sub(r'[.(]?[|][)]?', '.', self.code).strip('.').removeprefix('vlmrun_client.')}"


_RESULTS = {
    "a response_model": (
        "document.generate(file='f', domain='document.invoice', response_model=Invoice)",
        "answer.response.|",
        "total",
    ),
    "a response_model of images": (
        "image.generate('document.invoice', ['a.png'], response_model=Invoice)",
        "answer.response.|",
        "total",
    ),
    "a page of a MarkdownDocument": (
        "document.generate(file='f', domain='document.markdown')",
        "answer.response.pages[0].|",
        "content\ntables\nfigures\nrender",
    ),
    "a segment of audio": (
        "audio.generate(file='f', domain='audio.transcription')",
        "answer.response.segments[0].|",
        "start_time\nend_time\ncontent",
    ),
    "a segment of a video": (
        "video.generate(file='f', domain='video.transcription')",
        "answer.response.segments[0].|",
        "start_time\nend_time\naudio\nvideo",
    ),
    "a response_model that is waited for": (
        "predictions.wait('p', response_model=Invoice)",
        "answer.response.|",
        "total",
    ),
}
"""Answers of predictions: the call, where its answer is looked at, and what has to be offered there."""

_HEADER = '''\
import vlmrun.client.exceptions
import vlmrun.content
import vlmrun.protocols
import vlmrun.results
from pydantic import BaseModel
from vlmrun import {owner}


class Invoice(BaseModel):
    total: float


class Control:
    @property
    def documented(self) -> int:
        """The words of a property."""
        return 1

    def explained(self, *, timeout: int, extra_headers: int, extra_query: int, extra_body: int) -> int:
        """The words of a method."""
        return 1


vlmrun_client = {owner}()
control = Control()
'''

# By name, where it is asked, and what the answer has in it.
CONTROLS: dict[str, tuple[Kind, str, str]] = {
    "a property": (Kind.HOVER, "control.|documented", "The words of a property."),
    "a method": (Kind.HOVER, "control.|explained", "The words of a method."),
    "its keywords": (Kind.KEYWORDS, "control.explained(|)", "\n".join(OPTIONS)),
    "its members": (Kind.MEMBERS, "control.|", "documented\nexplained"),
    "its definition": (Kind.DEFINITION, "control.|explained", "def explained("),
}


@cache  # as each of a thousand questions has it
def own_file(owner: str) -> Document:
    """The file about our own names, from `VLMRun` or `AsyncVLMRun`, and the controls."""
    snippets = [(name, code) for name, (_, code, _) in CONTROLS.items()]
    snippets += [(own.name, own.code) for own in owns_of(owner)]
    define = "async def" if owner.startswith("Async") else "def"
    places = [(name, f"{define} place() -> None:\n    " + code.replace("\n", "\n    ")) for name, code in snippets]
    text, positions = laid_out(_HEADER.format(owner=owner), places)
    return Document(f"own_{owner}".lower(), "vlmrun_client", text, positions)


@cache
def owns_of(owner: str) -> tuple[Own, ...]:
    """What is asked about a client, its resources and the modules that people import."""
    return tuple(_owns_of(owner))


def _owns_of(owner: str) -> Iterator[Own]:
    client = _client(owner)
    yield Own(Kind.DEFINITION, f"|{owner}", "its definition", is_native=False)
    yield from (Own(Kind.HOVER, f"vlmrun_client.|{name}", "a property", is_native=False) for name in _OPENAIS)
    yield from (Own(Kind.MEMBERS, f"{module}.|", "its members", is_native=False) for module in _MODULES)
    yield Own(Kind.MEMBERS, "vlmrun_client.|", "its members", is_native=False)
    await_, awaited = ("await ", ", awaited") if owner.startswith("Async") else ("", "")
    for title, (call, place, names) in _RESULTS.items():
        yield Own(
            Kind.MEMBERS, f"answer = {await_}vlmrun_client.{call}\n{place}", "its members", title + awaited, names
        )
    for name in sorted({*_public(client)} - {*_OPENAIS}):
        resource: object = getattr(client, name)
        if not hasattr(resource, "with_raw_response"):
            continue
        path = f"vlmrun_client.{name}"
        yield Own(Kind.HOVER, f"vlmrun_client.|{name}", "a property")
        yield Own(Kind.MEMBERS, f"{path}.|", "its members")
        yield Own(Kind.MEMBERS, f"{path}.with_raw_response.|", "its members")
        for member in _public(resource):
            is_method = inspect.isfunction(getattr(type(resource), member))
            yield Own(Kind.HOVER, f"{path}.|{member}", "a method" if is_method else "a property")
            if is_method:
                yield Own(Kind.KEYWORDS, f"{path}.{member}(|)", "its keywords")
                yield Own(Kind.DEFINITION, f"{path}.|{member}", "its definition")


def expected(owner: str, own: Own) -> str:
    """The answer, from the package that is installed.

    Raises:
        ValueError: What is asked about has no docstring.
    """
    if own.wanted:
        return own.wanted
    path = re.sub(r"[.(]?[|][)]?", ".", own.code).strip(".")
    if own.kind is Kind.KEYWORDS:
        return "\n".join(OPTIONS)
    if own.kind is Kind.MEMBERS:
        return "\n".join(sorted(_public(_value(owner, path))))
    member = _member(owner, path)
    if own.kind is Kind.DEFINITION:
        _, line = inspect.getsourcelines(member)
        file = Path(inspect.getsourcefile(member) or "")
        return f"{file}: {file.read_text(encoding='utf-8').splitlines()[line - 1].strip()}"
    words = inspect.getdoc(member)
    if not words:
        raise ValueError(f"{own.name} has no docstring")
    return words


def fits(kind: Kind, expected: str, answer: str) -> bool:
    """Whether an answer has what is expected: all the words of a docstring, the very names, at least the arguments.

    A definition is in the source, and nowhere else.
    """
    if kind is Kind.DEFINITION:
        return set(map(_within_package, answer.splitlines())) == {_within_package(expected)}
    if kind is Kind.HOVER:
        return _words(expected) in _words(answer)
    names = set(re.findall(r"^(\S+) (?:\(\d+\)| |$)", answer, flags=re.MULTILINE))  # details have lines of their own
    if kind is Kind.KEYWORDS:
        return set(expected.splitlines()) <= names
    if kind is Kind.MEMBERS:
        return {name for name in names if not re.fullmatch(r"__\w+__", name)} == set(expected.splitlines())
    raise ValueError(f"nothing is expected of a {kind.value}")


def suits(own: Own, expected: str, answer: str) -> bool:
    """Whether a question has the answer that is expected: where some names are wanted, there may be others."""
    return fits(Kind.KEYWORDS if own.wanted else own.kind, expected, answer)


def _within_package(place: str) -> str:
    """A place without the folder that the package lies in, and without comments, which overloads have.

    A server may open the tree that it runs in.
    """
    return re.sub(r"\s+#.*$", "", re.sub(r"^.*/(?=vlmrun/)", "", place))


def _words(text: str) -> str:
    """The words of a docstring, whatever markdown a server makes of it; ty has a heading of its own for arguments."""
    text = re.sub(r"^\W*(Args|Arguments)\W*$", "", text.replace("\\", ""), flags=re.MULTILINE)
    return " ".join(re.findall(r"\w+", re.sub(r"&\w+;", " ", text)))


def _client(owner: str) -> object:
    import vlmrun

    return getattr(vlmrun, owner)("k")


def _value(owner: str, path: str) -> object:
    """What an expression is worth."""
    import importlib

    if not path.startswith("vlmrun_client"):
        return importlib.import_module(path)
    value = _client(owner)
    for name in path.split(".")[1:]:
        value = getattr(value, name)
    return value


def _member(owner: str, path: str) -> Any:
    """What the class of an object has under a name: a property and not its value. `Any`, for `inspect`."""
    import vlmrun

    before, _, name = path.rpartition(".")
    return getattr(type(_value(owner, before)), name) if before else getattr(vlmrun, name)


def _public(value: object) -> list[str]:
    return [name for name in dir(value) if not name.startswith("_")]
