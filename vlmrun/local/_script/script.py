"""Which requests get which of the answers that a test has set."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar, cast

from pydantic import BaseModel

from vlmrun.client.exceptions import ClientError, InputError
from vlmrun.local._faults.arguments import is_a, is_int, is_text
from vlmrun.local._requests.received import ReceivedFile, ReceivedRequest
from vlmrun.local._script.answer import Answer, Reply, answer_of
from vlmrun.local._wire.errors import RefusalError, ScriptError

__all__ = ["Condition", "Script", "When"]

T = TypeVar("T")

_OK = 200


@dataclass(frozen=True)
class When:
    """Which requests get an answer: those that meet all that is given.

    Args:
        prompt: A text or a pattern that occurs in the prompt: in any message of a chat, or in the prompt and the inputs
            of an execution or a prediction.
        model: The name of the model.
        path: The prefix of the path, such as `/v1/agent/execute` or `/v1/openai`.
        file: The name, the id, the URL, or the SHA-256 in hex of a file in the request. Most files that are sent along
            have no name: only uploads, recordings to transcribe and OpenAI's `file` parts do.

    Raises:
        InputError: An argument is invalid.
    """

    prompt: str | re.Pattern[str] | None = None
    model: str | None = None
    path: str | None = None
    file: str | None = None

    def __post_init__(self) -> None:
        if not is_a(self.prompt, (str, re.Pattern, type(None))):
            raise InputError("prompt must be a text or a compiled pattern.")
        for name in ("model", "file"):
            if getattr(self, name) is not None and not is_text(getattr(self, name), bool):
                raise InputError(f"{name} must be a non-empty string.")
        if self.path is not None and not is_text(self.path, lambda path: path.startswith("/")):
            raise InputError("path must begin with a slash, such as /v1/agent.")

    def __call__(self, request: ReceivedRequest) -> bool:
        """Whether a request meets it."""
        if self.model not in (None, request.model) or not request.path.startswith(self.path or "/"):
            return False
        if isinstance(self.prompt, str) and self.prompt not in request.prompt_text:
            return False
        if isinstance(self.prompt, re.Pattern) and self.prompt.search(request.prompt_text) is None:
            return False
        return self.file is None or any(_is(file, self.file) for file in request.files)


Condition: TypeAlias = str | re.Pattern[str] | When | Callable[[ReceivedRequest], bool]
"""Which requests get an answer: a text or a pattern in the prompt, a `When`, or a function of the request."""


@dataclass
class _Rule:
    reply: Callable[[ReceivedRequest], Answer]
    when: Callable[[ReceivedRequest], bool]
    left: int | None


class Script:
    """The answers that a test has set. Any thread may call it.

    Args:
        strict: Whether a request that no answer fits is refused.
    """

    def __init__(self, *, strict: bool = False) -> None:
        self._strict = strict
        self._lock = threading.Lock()
        self._rules: list[_Rule] = []
        self.chunk_size: int | None = None
        self.stream_delay = 0.0

    chunk_size: int | None
    """How many characters a piece of a stream has; `None` for a word."""

    stream_delay: float
    """Seconds before each piece of a stream."""

    def add(self, reply: Reply, when: Condition | None, times: int | None) -> None:
        """Set one more answer.

        Args:
            reply: What to answer, or a function of the request that says so.
            when: Which requests get it; `None` for all.
            times: How many requests get it; `None` for any number.

        Raises:
            InputError: An argument is invalid.
        """
        if times is not None and not is_int(times, 1):
            raise InputError("times must be an int from 1, or None for every request.")
        rule = _Rule(_answers(reply), _condition(when), times)
        with self._lock:
            self._rules.append(rule)

    async def told(self, request: ReceivedRequest) -> Answer | None:
        """The answer to a request, from the event loop; the functions of a test run in a thread.

        Raises:
            RefusalError: As `reply`; also where the answer is an error, or a class where no schema is asked for.
        """
        answer = await asyncio.to_thread(self.reply, request) if self._rules or self._strict else None
        if answer is not None and answer.status != _OK:
            raise RefusalError(answer.status, answer.error or "This server was told to fail.", answer.headers)
        if answer is not None and answer.model_class is not None and not request.asks_for_schema:
            name = answer.model_class.__name__
            raise ScriptError(
                f"The reply {name} is a class, which does not fit {request.path}. Pass an instance: {name}(...)."
            )
        return answer

    def clear(self) -> None:
        """Forget all answers, and how streams are sent."""
        with self._lock:
            self._rules.clear()
        self.chunk_size, self.stream_delay = None, 0.0

    def reply(self, request: ReceivedRequest) -> Answer | None:
        """The answer to a request: of the first rule that fits and has times left.

        Args:
            request: The request.

        Returns:
            The answer; `None` if none fits.

        Raises:
            ScriptError: A function of the test raised or returned no reply, or the server is strict and no answer fits.
        """
        with self._lock:
            rules = list(self._rules)
        for rule in rules:
            if rule.left != 0 and _told("when", rule.when, request) and self._take(rule):
                return _told("reply", rule.reply, request)
        if self._strict:
            raise ScriptError(_unexpected(request, rules))
        return None

    def _take(self, rule: _Rule) -> bool:
        """Take one of the times of a rule; `False` if another request has taken the last."""
        with self._lock:
            if rule.left == 0:
                return False
            rule.left = None if rule.left is None else rule.left - 1
            return True


def _told(argument: str, function: Callable[[ReceivedRequest], T], request: ReceivedRequest) -> T:
    """What a function of the test says of a request."""
    try:
        return function(request)
    except Exception as error:
        raise ScriptError(f"The function {argument} of the test raised {type(error).__name__}: {error}") from error


def _answers(reply: Reply) -> Callable[[ReceivedRequest], Answer]:
    """The function of a request that a reply stands for."""
    # An instance of a model may be callable too, and a class of one stands for its schema.
    if not isinstance(reply, (str, BaseModel, Mapping, Answer, type)) and callable(reply):
        return lambda request: answer_of(reply(request))
    answer = answer_of(cast("object", reply))
    return lambda _: answer


def _condition(when: Condition | None) -> Callable[[ReceivedRequest], bool]:
    if when is None:
        return When()
    if callable(when):
        return when
    if is_a(when, str) or isinstance(when, re.Pattern):
        return When(prompt=when)
    raise InputError(
        f"when must be a text, a pattern, a When or a function, not {type(when).__name__}.",
        suggestion="pass When(model=..., path=..., file=...).",
    )


def _is(file: ReceivedFile, name: str) -> bool:
    if name in (file.filename, file.file_id, file.url):
        return True
    if re.fullmatch(r"[0-9a-fA-F]{64}", name) is None:
        return False
    try:
        return file.sha256 == name.lower()
    except ClientError:
        return False  # its bytes are not here


def _unexpected(request: ReceivedRequest, rules: list[_Rule]) -> str:
    """What came, and what was expected."""
    prompt = request.prompt_text
    came = (
        f"{request.method} {request.path}, model {request.model}, {len(request.files)} files, prompt {prompt[:200]!r}"
    )
    told = "; ".join(f"{rule.when} ({'any number of times' if rule.left is None else rule.left})" for rule in rules)
    return f"This server is strict, and no answer fits {came}. Answers are set for: {told or 'nothing'}."
