"""Hostile values, and what may come of them: a call works, or an error of this package names the argument."""

from __future__ import annotations

import datetime
import decimal
import enum
import io
import math
import os
import re
import tempfile
import types
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import ClassVar, TypeAlias, cast

import pydantic
import pytest

from support.wire import Sent
from vlmrun import Skill, VLMRun
from vlmrun.client.exceptions import ClientError, OutputValidationError, VLMRunError
from vlmrun.client.types import AgentExecutionConfig, AgentExecutionResponse, CreditUsage, WireModel

# All that is optional has to be there.
np = pytest.importorskip("numpy", reason="arrays are sources")
Image = pytest.importorskip("PIL.Image", reason="images are sources")
chat = pytest.importorskip("openai.types.chat", reason="chats are OpenAI's")

Arguments: TypeAlias = Mapping[str, object]


# What is hostile ------------------------------------------------------------------------------------------------------


class Theirs(RuntimeError):  # noqa: N818  # whose it is, is all that it says
    """What the code of a caller raises."""

    raised: ClassVar[list[Theirs]] = []
    """All that were raised since the last attack began."""

    def __init__(self) -> None:
        super().__init__()
        self.raised.append(self)


class _Raises:
    """Raises whatever is done with it."""

    def __str__(self) -> str:
        raise Theirs

    __repr__ = __fspath__ = __str__

    def __iter__(self) -> Iterator[object]:
        raise Theirs

    def __len__(self) -> int:
        raise Theirs

    def __bool__(self) -> bool:
        raise Theirs

    def __eq__(self, other: object) -> bool:
        raise Theirs

    def __hash__(self) -> int:
        raise Theirs

    def read(self, _: int = -1) -> bytes:
        raise Theirs


class _RaisesPath(os.PathLike[str]):
    def __fspath__(self) -> str:
        raise Theirs


class _RaisesMapping(Mapping[str, object]):
    def __getitem__(self, key: str) -> object:
        raise Theirs

    def __iter__(self) -> Iterator[str]:
        raise Theirs

    def __len__(self) -> int:
        raise Theirs


class _RaisesId:
    @property
    def id(self) -> str:
        raise Theirs


class _BytesPath(os.PathLike[bytes]):
    def __fspath__(self) -> bytes:
        return b"invoice.pdf"


class _IntPath(os.PathLike[str]):
    def __fspath__(self) -> str:
        return cast("str", 5)


def _released() -> memoryview:
    view = memoryview(b"bytes")
    view.release()
    return view


class _NoSchema(pydantic.BaseModel):
    """A model that JSON schema cannot say."""

    call: Callable[[], int]


class _AnyAttribute:
    """Has every attribute, none of which is what it should be."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return self


class _Text(str):
    """A str of the caller's own."""


class _Colour(enum.Enum):
    RED = object()


def _loop() -> list[object]:
    loop: list[object] = []
    loop.append(loop)
    return loop


def _loop_of_dicts() -> dict[str, object]:
    loop: dict[str, object] = {"type": "text", "prompt": "Read it."}
    loop["itself"] = loop
    return loop


@cache
def _deep() -> list[object]:
    deep: list[object] = []
    for _ in range(5_000):
        deep = [deep]
    return deep


@cache
def _deep_dict() -> dict[str, object]:
    deep: dict[str, object] = {"type": "text", "prompt": "Read it."}
    for _ in range(5_000):
        deep = {"type": "text", "prompt": "Read it.", "deep": deep}
    return deep


def generator_that_raises() -> Generator[object]:
    yield {"type": "text", "text": "Hello!"}
    raise Theirs


def _file(mode: str, *, closed: bool = False) -> Callable[[ExitStack], object]:
    def opened(stack: ExitStack) -> object:
        file = tempfile.TemporaryFile(mode)  # noqa: SIM115  # it is left to the stack
        stack.callback(file.close)
        if closed:
            file.close()
        return file

    return opened


def _pipe(stack: ExitStack) -> object:
    """A file that cannot seek."""
    end, other = os.pipe()
    with os.fdopen(other, "wb") as writing:
        writing.write(b"%PDF-1.7 ")
    return stack.enter_context(os.fdopen(end, "rb"))


@dataclass(frozen=True)
class Hostile:
    """A value that is made when it is needed, as some can be used only once."""

    name: str
    """What it is called in a report."""
    make: Callable[[ExitStack], object] = field(repr=False)
    """Makes it; what has to be closed is put on the stack."""


def _always(**values: Callable[[], object]) -> list[Hostile]:
    return [Hostile(name, lambda _, make=make: make()) for name, make in values.items()]  # type: ignore[misc]  # a default


HOSTILE = [
    *_always(
        none=lambda: None,
        true=lambda: True,
        false=lambda: False,
        zero=lambda: 0,
        minus_one=lambda: -1,
        beyond_64_bits=lambda: 2**64,
        beyond_float=lambda: 10**400,
        beyond_printing=lambda: -(10**5_000),
        nan=lambda: math.nan,
        infinity=lambda: math.inf,
        minus_infinity=lambda: -math.inf,
        complex=lambda: 1j,
        empty=lambda: "",
        blank=lambda: " \t\n",
        dots=lambda: "..",
        control=lambda: "a\0b\x1b[31m\r\nX-Header: 1",
        lone_surrogate=lambda: "invoice-\ud800",
        long=lambda: "a" * 100_000,
        text_of_ones_own=lambda: _Text("invoice"),
        slash=lambda: "a/b?c#d%e",
        url_without_host=lambda: "https://",
        url_with_bad_port=lambda: "https://example.com:99999/",
        url_with_bad_bracket=lambda: "http://[::1",
        url_that_is_long=lambda: "https://example.com/" + "a/" * 50_000,
        data_url_of_nothing=lambda: "data:,",
        no_bytes=lambda: b"",
        bytes=lambda: b"\xff\x00bytes",
        bytearray=lambda: bytearray(b"bytes"),
        memory=lambda: memoryview(b"bytes"),
        memory_with_steps=lambda: memoryview(b"bytes")[::2],
        memory_that_was_released=_released,
        truncated_zip=lambda: b"PK\x03\x04" + b"\0" * 30,
        list=list,
        list_of_texts=lambda: ["a"],
        list_of_objects=lambda: [object()],
        list_of_none=lambda: [None],
        list_of_nan=lambda: [math.nan],
        list_of_dicts=lambda: [dict[str, object]()],
        list_of_half_parts=lambda: [{"type": 5, "image_url": object()}],
        list_of_lone_surrogates=lambda: ["\udfff"],
        loop=_loop,
        loop_of_dicts=_loop_of_dicts,
        list_of_loops=lambda: [_loop_of_dicts()],
        deep=_deep,
        deep_dict=_deep_dict,
        list_of_deep_dicts=lambda: [_deep_dict()],
        tuple=lambda: (1, 2),
        dict=dict,
        dict_of_ints=lambda: {1: 2},
        dict_of_tuples=lambda: {(1, 2): 3, None: 4},
        dict_of_lone_surrogates=lambda: {"\ud800": "\ud800"},
        dict_of_a_bad_prompt=lambda: {"prompt": object(), "skills": 5},
        dict_without_schema=lambda: {"prompt": "Read it.", "response_model": _NoSchema},
        dict_with_skills_that_are_none=lambda: {"prompt": "Read it.", "skills": [None]},
        mapping_proxy=lambda: types.MappingProxyType({"type": "text", "a": object()}),
        set=lambda: {1},
        frozenset=lambda: frozenset({"a"}),
        range=lambda: range(3),
        date=lambda: datetime.date(2026, 5, 19),
        timedelta=lambda: datetime.timedelta(days=1),
        decimal=lambda: decimal.Decimal("NaN"),
        uuid=lambda: uuid.UUID(int=5),
        enum=lambda: _Colour.RED,
        object=object,
        ellipsis=lambda: ...,
        builtin=lambda: len,
        function=lambda: _deep,
        module=lambda: types,
        type=lambda: int,
        type_of_model=lambda: WireModel,
        type_of_base_model=lambda: pydantic.BaseModel,
        type_of_model_without_schema=lambda: _NoSchema,
        type_of_path=lambda: Path,
        type_of_file=lambda: io.BytesIO,
        type_of_client=lambda: VLMRun,
        type_of_config=lambda: AgentExecutionConfig,
        type_of_skill=lambda: Skill,
        list_alias=lambda: list[int],
        model=lambda: WireModel(),
        model_that_was_constructed=lambda: AgentExecutionConfig.model_construct(prompt=5, skills=object()),
        answer_that_was_constructed=lambda: chat.ChatCompletion.model_construct(id=5, choices=[None], usage=5),
        execution_that_was_constructed=lambda: AgentExecutionResponse.model_construct(status="completed"),
        credits_beyond_float=lambda: CreditUsage.model_construct(credits_used=cast("float", 10**400)),
        half_a_skill=lambda: Skill({"type": 5}),
        list_of_half_skills=lambda: [Skill({"skill_id": object()})],
        any_attribute=_AnyAttribute,
        generator=lambda: (part for part in [5]),
        generator_that_raises=generator_that_raises,
        raises=_Raises,
        raises_as_path=_RaisesPath,
        raises_as_mapping=_RaisesMapping,
        raises_id=_RaisesId,
        list_of_raises=lambda: [_Raises()],
        path_of_bytes=_BytesPath,
        path_of_int=_IntPath,
        path_that_is_missing=lambda: Path("missing/invoice.pdf"),
        path_of_folder=lambda: Path("."),
        path_with_nul=lambda: Path("a\0b"),
        path_that_is_long=lambda: Path("a" * 5_000),
        text_stream=lambda: io.StringIO("text"),
        array_of_floats=lambda: np.zeros((2, 2)),
        array_of_no_pixels=lambda: np.zeros((0, 3), np.uint8),
        array_of_objects=lambda: np.array([object()]),
        array_of_dates=lambda: np.zeros(3, "M8[s]"),
        array_of_records=lambda: np.zeros(3, "i4,f8"),
        array_of_five_dimensions=lambda: np.zeros((1, 1, 1, 1, 1), np.uint8),
        array_without_dimensions=lambda: np.array(5, np.uint8),
        number_of_numpy=lambda: np.float64("nan"),
        image_of_no_pixels=lambda: Image.new("RGB", (0, 0)),
        image_of_odd_mode=lambda: Image.new("CMYK", (1, 1)),
    ),
    Hostile("file_of_text", _file("w+")),
    Hostile("file_that_is_closed", _file("w+b", closed=True)),
    Hostile("file_to_write", _file("wb")),
    Hostile("file_that_is_empty", _file("w+b")),
    Hostile("pipe", _pipe),
]


# What may come of it --------------------------------------------------------------------------------------------------

Call = Callable[[Arguments], object]


@dataclass(frozen=True)
class Attack:
    """Good arguments, all but one."""

    argument: str
    """Which one."""
    good: Arguments
    """The others, and what the one would be."""
    value: Hostile
    """What the one is."""
    others_errors: tuple[type[Exception], ...] = ()
    """What else than an error of this package may come."""


def bad_input_is_named(call: Call, attack: Attack, sent: list[Sent]) -> None:
    """The call works, or fails in a way that the docstring of this module allows."""
    sent.clear()
    Theirs.raised.clear()
    with ExitStack() as stack:
        value = attack.value.make(stack)
        if attack.argument in ("fetch", "on_progress") and callable(value):
            return  # what a function of the caller's own does is the caller's
        error = _error_of(call, {**attack.good, attack.argument: value})
    if isinstance(error, OutputValidationError):
        return  # the arguments are good: it is the answer that is not what they ask for
    if isinstance(error, VLMRunError):
        assert _names(error, attack.argument), f"{attack.argument} is not named: {error}"
        assert not Theirs.raised or Theirs.raised[-1] in _causes(error), "their exception is lost"
        assert not (isinstance(error, ClientError) and sent), f"after a request was sent: {error}"
    elif isinstance(error, Theirs):
        assert not sent, "after a request was sent: their exception"
    elif error is not None and not isinstance(error, attack.others_errors):
        raise error


def _error_of(call: Call, arguments: Arguments) -> Exception | None:
    try:
        call(arguments)
    except Exception as error:  # noqa: BLE001  # whatever it is, it is judged
        return error
    return None


def _names(error: VLMRunError, argument: str) -> bool:
    # What was wrong is in the message; what came of it on the wire may be in the advice.
    text = error.message if isinstance(error, ClientError) else str(error)
    return re.search(rf"(?<![\w.]){argument}(?!\w)", text) is not None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
