"""The errors: the tree in the docstring is the tree of the classes, and an error loses nothing on its way."""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import re
from collections.abc import Callable
from typing import Any

import pytest
import respx

from support.colours import BASE_URL, Colour, both_colours
from vlmrun.client import exceptions
from vlmrun.client.exceptions import APIError, ClientError, DependencyError, ServerError, VLMRunError
from vlmrun.client.types import AgentExecutionResponse, PredictionResponse

# Every name of the package's errors; that each is a class of them is tested below.
ERRORS: list[type[VLMRunError]] = [getattr(exceptions, name) for name in exceptions.__all__]

each_error = pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: str(kind.__name__))

# The tree -------------------------------------------------------------------------------------------------------------


def tree(docstring: str) -> dict[str, str | None]:
    """The parent of each error, as the tree in a docstring draws it."""
    parents: dict[str, str | None] = {}
    path: list[str] = []
    lines = docstring.splitlines()
    margin = next((found[1] for line in lines if (found := re.fullmatch(r"( *)\w+Error(?:  .*)?", line))), "")
    for line in lines:
        if found := re.fullmatch(margin + r"((?:[│ ]   )*)(├── |└── )?(\w+Error)(?:  .*)?", line):
            depth = len(found[1]) // 4 + bool(found[2])
            path[depth:] = [found[3]]
            assert found[3] not in parents, f"{found[3]} is in the tree twice"
            parents[found[3]] = path[depth - 1] if depth else None
    return parents


TREE = tree(exceptions.__doc__ or "")


def _parents(classes: list[type[VLMRunError]]) -> dict[str, str | None]:
    return {kind.__name__: None if kind is VLMRunError else kind.__mro__[1].__name__ for kind in classes}


def test_tree_is_the_hierarchy() -> None:
    """The docstring has every error, below the one it derives from."""
    assert _parents(ERRORS) == TREE


def test_misdrawn_tree_is_noticed() -> None:
    """An error that is missing from the tree, or hangs on another branch, is noticed."""
    drawn = exceptions.__doc__ or ""
    assert tree(drawn.replace("├── ConflictError", "├── ConflictXError")) != _parents(ERRORS)
    assert tree(drawn.replace("│   ├── InputError", "├── InputError")) != _parents(ERRORS)
    assert tree(drawn.replace("│   └── UnprocessableEntityError", "├── UnprocessableEntityError")) != _parents(ERRORS)


def test_every_error_is_exported() -> None:
    """Every class of the module is in `__all__`, and everything there is an error."""
    classes = {
        name for name, value in vars(exceptions).items() if isinstance(value, type) and issubclass(value, Exception)
    }
    assert classes == set(exceptions.__all__)


def test_errors_hide_no_builtin() -> None:
    """No error has the name of one that Python has: `from vlmrun.client.exceptions import *` is safe."""
    builtins = vars(importlib.import_module("builtins"))
    assert [name for name in exceptions.__all__ if name in builtins] == []


def _statuses() -> list[tuple[str, int]]:
    """The errors that the tree gives a status, with that status; of 5xx a few."""
    found = re.findall(r"── (\w+Error) +(\d{3}|5xx)$", exceptions.__doc__ or "", flags=re.MULTILINE)
    return [
        (name, int(status))
        for name, text in found
        for status in (["500", "502", "503", "529"] if text == "5xx" else [text])
    ]


def test_tree_gives_statuses() -> None:
    """The statuses that API.md names are in the tree."""
    assert {400, 401, 402, 403, 404, 409, 413, 422, 429, 500} <= {status for _, status in _statuses()}


@both_colours
@pytest.mark.parametrize(("name", "status"), _statuses())
def test_status_raises_the_error_of_the_tree(colour: Colour, name: str, status: int) -> None:
    """An answer with a status of the tree raises exactly the error beside it, for both clients."""
    with respx.mock() as router:
        router.get(f"{BASE_URL}/agent").respond(status, json={"detail": "no"})
        with pytest.raises(APIError) as caught:
            colour.run(lambda client: client.agent.list())
    assert type(caught.value).__name__ == name
    assert caught.value.http_status == status


# What an error carries ------------------------------------------------------------------------------------------------


VALUES: dict[str, Any] = {
    "message": "It broke.",
    "suggestion": "turn it off and on again",
    "error_type": "a_kind",
    "http_status": 418,
    "headers": {"x-a": "b"},
    "body": {"detail": [{"loc": ["body", "x"], "msg": "no", "more": None}]},
    "request_id": "r-1",
    "method": "POST",
    "url": "https://api.vlm.run/v1/agent/lookup",
    "attempts": 3,
    "seconds": 1.23,
    "finish_reason": "length",
    "text": "what the agent said",
    "errors": [{"loc": ("total",), "msg": "Field required", "type": "missing"}],
    "execution_id": "e-1",
    "prediction_id": "p-1",
    "execution": AgentExecutionResponse.model_validate(
        {"id": "e-1", "status": "failed", "created_at": "2026-05-19T00:00:00Z"}
    ),
    "prediction": PredictionResponse.model_validate({"id": "p-1", "status": "failed"}),
    "status": "failed",
}
"""Something for every attribute."""


def _made(kind: type[VLMRunError]) -> VLMRunError:
    """An error with something in every attribute."""
    return kind(**{name: VALUES[name] for name in inspect.signature(kind).parameters})


def _carried(error: VLMRunError) -> dict[str, object]:
    return {**vars(error), "str": str(error), "args": error.args}


@each_error
def test_error_has_an_attribute_for_each_argument(kind: type[VLMRunError]) -> None:
    """What an error is given is what it has, and the class says so."""
    given = set(inspect.signature(kind).parameters)
    assert {name: getattr(_made(kind), name) for name in given} == {name: VALUES[name] for name in given}
    assert given == {name for one in kind.__mro__ if issubclass(one, VLMRunError) for name in one.__annotations__}


def _pickled(protocol: int) -> Callable[[Any], Any]:
    return lambda error: pickle.loads(pickle.dumps(error, protocol))  # noqa: S301  # our own bytes


def _raised(error: VLMRunError) -> VLMRunError:
    with pytest.raises(VLMRunError) as caught:
        raise error from OSError("below")
    assert isinstance(caught.value.__cause__, OSError)
    return caught.value


WAYS: dict[str, Callable[[Any], Any]] = {
    **{f"pickle-{protocol}": _pickled(protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)},
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "raise-from": _raised,
}


@each_error
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_error_survives(kind: type[VLMRunError], way: Callable[[Any], Any]) -> None:
    """An error that is pickled (to another process), copied or chained is the same error, with all it carries."""
    error = _made(kind)
    before = _carried(error)
    after = way(error)
    assert type(after) is kind
    assert _carried(after) == before


class _ForgetfulError(VLMRunError):
    """Wrong: takes two arguments, and hands on one."""

    def __init__(self, message: str, where: str) -> None:
        super().__init__(message)
        self.where = where


@pytest.mark.parametrize("way", [WAYS["pickle-4"], WAYS["copy"], WAYS["deepcopy"]], ids=["pickle", "copy", "deepcopy"])
def test_careless_error_does_not_survive(way: Callable[[Any], Any]) -> None:
    """An error that is not made for it fails the test above."""
    with pytest.raises(TypeError):
        way(_ForgetfulError("It broke.", "here"))


@each_error
def test_error_shows_message_and_suggestion(kind: type[VLMRunError]) -> None:
    """What an error prints is what went wrong, and what to do about it."""
    call = "(POST /agent/lookup: 418 after 3 attempts in 1.2 s, request id r-1) " if issubclass(kind, APIError) else ""
    assert str(_made(kind)) == f"It broke. {call}Try: turn it off and on again"
    assert str(kind("It broke.")) == "It broke."


@each_error
def test_error_can_be_made_without_arguments(kind: type[VLMRunError]) -> None:
    """Whatever is not known is `None`, or empty, and never missing."""
    error = kind()
    assert (error.message, error.suggestion, error.error_type, str(error)) == ("", None, None, "")
    if isinstance(error, APIError):
        assert (error.http_status, dict(error.headers), error.body, error.request_id) == (None, {}, None, None)
        assert (error.method, error.url, error.attempts, error.seconds) == (None, None, None, None)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"method": "GET", "url": "https://a.test/v1/agent"}, "(GET /agent: no response)"),
        (
            {"method": "GET", "url": "https://a.test/v1/agent", "attempts": 1, "seconds": 0.04},
            "(GET /agent: no response)",
        ),
        ({"method": "PUT", "url": "https://s.test/...", "http_status": 403}, "(PUT https://s.test/...: 403)"),
        ({"method": "GET", "url": "https://a.test/agent", "http_status": 404}, "(GET /agent: 404)"),
        ({"method": "GET", "url": "https://a.test/vlm/v1/agent"}, "(GET /vlm/v1/agent: no response)"),
        ({"method": "GET", "url": f"https://a.test/v1/{'x' * 200}"}, f"(GET /{'x' * 99}...: no response)"),
        ({"request_id": "r-1"}, "(request id r-1)"),
        ({"http_status": 500, "seconds": 61.04}, "(500 in 61.0 s)"),
    ],
)
def test_error_says_what_it_knows_of_the_call(values: dict[str, Any], text: str) -> None:
    """`str(error)` is short, and leaves out what is not known."""
    assert str(APIError("It broke.", **values)) == f"It broke. {text}"


@pytest.mark.parametrize(
    ("name", "builtin"),
    [
        ("RequestTimeoutError", TimeoutError),
        ("ExecutionTimeoutError", TimeoutError),
        ("InputError", ValueError),
        ("MissingFileError", FileNotFoundError),
        ("DependencyError", ImportError),
    ],
)
def test_error_is_also_the_builtin_that_fits(name: str, builtin: type[Exception]) -> None:
    """`except TimeoutError`, and its like, catch what a Python programmer expects."""
    with pytest.raises(builtin, match="It broke"):
        raise getattr(exceptions, name)("It broke.")


def test_missing_dependency_is_an_import_error() -> None:
    """`except ImportError` around an optional feature catches what is raised where its dependency is missing."""
    with pytest.raises(ImportError):
        raise _made(DependencyError)
    assert issubclass(DependencyError, ClientError)


def test_one_except_catches_them_all() -> None:
    """`VLMRunError` is the base of all, and it tells what was sent from what was not."""
    assert all(issubclass(kind, VLMRunError) for kind in ERRORS)
    assert not any(issubclass(kind, APIError) and issubclass(kind, ClientError) for kind in ERRORS)
    assert not issubclass(ServerError, ClientError)


def test_headers_of_an_error_are_its_own() -> None:
    """An error keeps a copy: what happens to the answer's headers afterwards does not change it."""
    headers = {"x-a": "b"}
    error = APIError("It broke.", headers=headers)
    headers.clear()
    assert dict(error.headers) == {"x-a": "b"}
