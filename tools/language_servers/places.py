"""What is asked, and where: pairs of files that differ in one expression, and the positions in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cache

__all__ = [
    "ACCESSORS",
    "Accessor",
    "Document",
    "Kind",
    "Place",
    "laid_out",
    "our_file",
    "places_of",
    "plain_file",
]


class Kind(Enum):
    """What is asked of a server."""

    MEMBERS = "members"
    KEYWORDS = "keyword arguments"
    SIGNATURE = "signature"
    HOVER = "hover"
    DEFINITION = "definition"


@dataclass(frozen=True)
class Accessor:
    """One of our accessors, and the client of openai that it has to look like."""

    owner: str
    path: str
    twin: str

    @property
    def name(self) -> str:
        """How the table calls it."""
        return f"{self.owner}().{self.path}"

    @property
    def is_client(self) -> bool:
        """Whether it is a client of openai, rather than the chat completions of one."""
        return self.path.endswith("openai")


ACCESSORS = (
    Accessor("VLMRun", "agent.completions", "OpenAI"),
    Accessor("VLMRun", "agent.async_completions", "AsyncOpenAI"),
    Accessor("VLMRun", "openai", "OpenAI"),
    Accessor("VLMRun", "async_openai", "AsyncOpenAI"),
    Accessor("AsyncVLMRun", "agent.completions", "AsyncOpenAI"),
    Accessor("AsyncVLMRun", "agent.async_completions", "AsyncOpenAI"),
    Accessor("AsyncVLMRun", "openai", "AsyncOpenAI"),
    Accessor("AsyncVLMRun", "async_openai", "AsyncOpenAI"),
)


@dataclass(frozen=True)
class Place:
    """A question: `code` with a `|` where it is asked.

    `{x}` stands for the accessor, `{c}` for its chat completions. `async~` and `await~` are left out of files about
    synchronous clients.

    `witness` is a word that an answer worth comparing has in it: two servers' shrugs are not an agreement.
    """

    name: str
    kind: Kind
    code: str
    witness: str


_ANSWER = "answer = await~{c}.create(model='m', messages=[])\n"
_CHUNKS = "chunks = await~{c}.create(model='m', messages=[], stream=True)\n"
_PARSED = "parsed = await~{c}.parse(model='m', messages=[], response_format=City)\n"
_CITY = "city = parsed.choices[0].message.parsed\nassert city is not None\n"
_PAGE = "page = await~{c}.list()\n"
_RAW = "raw = await~{c}.with_raw_response.create(model='m', messages=[])\n"
_EVENTS = "async~with {c}.stream(model='m', messages=[]) as events:\n    events"

# Each call with a word of its signature.
_CALLS = {
    "create": "messages",
    "parse": "response_format",
    "stream": "messages",
    "list": "after",
    "retrieve": "completion_id",
    "with_raw_response.create": "messages",
}

_PLACES = (
    Place("members", Kind.MEMBERS, "{c}.|", "create"),
    Place("members of with_raw_response", Kind.MEMBERS, "{c}.with_raw_response.|", "create"),
    Place("members of with_streaming_response", Kind.MEMBERS, "{c}.with_streaming_response.|", "create"),
    Place("members of an answer", Kind.MEMBERS, _ANSWER + "answer.|", "choices"),
    Place("members of its message", Kind.MEMBERS, _ANSWER + "answer.choices[0].message.|", "tool_calls"),
    Place("members of a chunk", Kind.MEMBERS, _CHUNKS + "async~for chunk in chunks:\n    chunk.|", "choices"),
    Place("members of a parsed model", Kind.MEMBERS, _PARSED + _CITY + "city.|", "population"),
    Place("members of a stream", Kind.MEMBERS, _EVENTS + ".|", "get_final_completion"),
    Place("members of a page", Kind.MEMBERS, _PAGE + "page.|", "data"),
    Place("members of a raw answer", Kind.MEMBERS, _RAW + "raw.|", "http_response"),
    *(Place(f"signature in {call}(", Kind.SIGNATURE, f"{{c}}.{call}(|)", word) for call, word in _CALLS.items()),
    *(Place(f"keywords in {call}(", Kind.KEYWORDS, f"{{c}}.{call}(|)", f"{word}=") for call, word in _CALLS.items()),
    Place("hover: the completions", Kind.HOVER, "|resource = {c}", "(Async)?Completions"),
    Place("hover: create", Kind.HOVER, "{c}.|create(model='m', messages=[])", "messages"),
    Place("hover: an answer", Kind.HOVER, "|" + _ANSWER, "ChatCompletion"),
    Place("hover: chunks", Kind.HOVER, "|" + _CHUNKS, "(Async)?Stream"),
    Place("hover: parsed", Kind.HOVER, "|" + _PARSED, "ParsedChatCompletion"),
    Place("hover: a page", Kind.HOVER, "|" + _PAGE, "(Async|Sync)CursorPage"),
)

_PLACES_OF_CLIENTS = (
    Place("members of the client", Kind.MEMBERS, "{x}.|", "chat"),
    Place("members of its with_raw_response", Kind.MEMBERS, "{x}.with_raw_response.|", "chat"),
    Place("hover: the client", Kind.HOVER, "|whole = {x}", "(Async)?OpenAI"),
)


def places_of(accessor: Accessor) -> tuple[Place, ...]:
    """What is asked of an accessor."""
    return _PLACES + _PLACES_OF_CLIENTS if accessor.is_client else _PLACES


@dataclass(frozen=True)
class Document:
    """A file, its one expression that others have not, and by place the line and column to ask at."""

    name: str
    expression: str
    text: str
    positions: dict[str, tuple[int, int]]

    @property
    def own_names(self) -> dict[str, str]:
        """What the file that it is compared with has other names for, and one for both."""
        last = self.expression.rpartition(".")[2]
        # jedi names the property that a variable's value came from: `async_completions(self) -> AsyncCompletions`.
        return {self.name: "<file>", self.expression: "<accessor>", f"{last}(self)": "<accessor>(self)"}


_HEADER = """\
from {module} import {owner}
from pydantic import BaseModel


class City(BaseModel):
    population: int


{module}_client = {owner}()
"""


@cache
def our_file(accessor: Accessor) -> Document:
    """The file about an accessor."""
    expression = f"vlmrun_client.{accessor.path}"
    return _file(accessor, "vlmrun", accessor.owner, expression)


@cache
def plain_file(accessor: Accessor) -> Document:
    """The file about what the accessor has to look like."""
    expression = "openai_client" if accessor.is_client else "openai_client.chat.completions"
    return _file(accessor, "openai", accessor.twin, expression)


def _file(accessor: Accessor, module: str, owner: str, expression: str) -> Document:
    words = {
        "{x}": expression,
        "{c}": f"{expression}.chat.completions" if accessor.is_client else expression,
        "async~": "async " if accessor.twin.startswith("Async") else "",
        "await~": "await " if accessor.twin.startswith("Async") else "",
    }
    header = _HEADER.format(module=module, owner=owner)
    snippets = ((place.name, "async~def place() -> None:\n" + _indented(place.code)) for place in places_of(accessor))
    text, positions = laid_out(header, ((name, _replaced(code, words)) for name, code in snippets))
    name = f"probe_{owner}_{expression.replace('.', '_')}".lower()
    return Document(name, expression, text, positions)


def laid_out(header: str, snippets: Iterable[tuple[str, str]]) -> tuple[str, dict[str, tuple[int, int]]]:
    """The snippets under the header without their marks, and where the marks were."""
    text = header
    positions: dict[str, tuple[int, int]] = {}
    for name, code in snippets:
        before, mark, after = code.partition("|")
        if not mark:
            raise ValueError(f"{name} has no mark")
        text += "\n\n" + before
        positions[name] = (text.count("\n"), len(text) - text.rfind("\n") - 1)
        text += after + "\n"
    return text, positions


def _indented(code: str) -> str:
    return "\n".join(f"    {line}" for line in code.rstrip("\n").split("\n"))


def _replaced(text: str, words: dict[str, str]) -> str:
    for word, replacement in words.items():
        text = text.replace(word, replacement)
    return text
