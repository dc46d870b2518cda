"""What a REPL and a notebook show: short, useful, and nothing that may be a secret."""

from __future__ import annotations

import copy
import json
import pickle
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from support.colours import Colour, both_colours
from support.wire import AGENT
from vlmrun import content
from vlmrun.client.pages import AsyncPage, Page
from vlmrun.client.types import (
    AgentCreationResponse,
    AgentExecutionResponse,
    CreditUsage,
    FileResponse,
    MarkdownDocument,
    MarkdownPage,
    PredictionResponse,
)
from vlmrun.client.types._predictions import with_response

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20_000)


def test_a_part_is_short() -> None:
    """`content.image("receipt.png")` in a REPL: what it is and how large, not its base64."""
    part: Any = content.image(PNG, detail="high")
    size = f"{len(part['image_url']['url']) - len('data:image/png;base64,'):,}"
    shown = f"data:image/png;base64,... ({size} characters)"
    assert repr(part) == repr({"type": "image_url", "image_url": {"url": shown, "detail": "high"}})
    assert len(repr(content.user("Read it.", part))) < 300


def test_a_part_shows_no_query() -> None:
    """A URL may be signed."""
    shown = repr(content.document("https://s.test/a.pdf?signature=4711"))
    assert shown == "{'type': 'file_url', 'file_url': {'url': 'https://s.test/a.pdf?...'}}"
    assert "https://s.test/a.pdf'" in repr(content.document("https://s.test/a.pdf"))


def test_a_part_is_a_plain_dict_otherwise(tmp_path: Path) -> None:
    """It is JSON, equal to a dict of the same members, and survives copies and pickles with its `repr`."""
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    part: Any = content.image(path)
    plain = json.loads(json.dumps(part))
    assert issubclass(type(part), dict)
    assert part == plain
    for same in (copy.copy(part), copy.deepcopy(part), pickle.loads(pickle.dumps(part))):  # noqa: S301  # our own bytes
        assert same == part
        assert repr(same) == repr(part)
    assert part["image_url"]["url"].startswith("data:image/png;base64,iVBOR")


@both_colours
@pytest.mark.parametrize("name", ["agent", "files", "executions", "artifacts"])
def test_a_resource_says_what_it_is(colour: Colour, name: str) -> None:
    """Its class, and where it sends its requests; and so does what returns its raw responses."""
    resource = getattr(colour.client(api_key="k", base_url="https://a.test/v1"), name)
    for value in (resource, resource.with_raw_response):
        assert repr(value) == f"<{type(value).__name__} of https://a.test/v1>"


def _kinds() -> Iterator[type[object]]:
    """The clients and resources, whose constructors may raise."""
    for module in ("_sync", "_async"):
        package = import_module(f"vlmrun._resources.{module}")
        for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            for value in vars(import_module(found.name)).values():
                # A generic model belongs to the module that first named its argument.
                if isinstance(value, type) and value.__module__ == found.name and not issubclass(value, BaseModel):
                    yield value


@pytest.mark.parametrize("kind", [*_kinds(), Page, AsyncPage], ids=lambda kind: kind.__name__)
def test_what_was_not_made_can_be_shown(kind: type[object]) -> None:
    """A debugger and an error tracker show `self` of a constructor that raised."""
    assert repr(object.__new__(kind)) == f"<{kind.__name__} that was not made>"


def test_a_long_answer_is_cut_short() -> None:
    """In a REPL: the text of a whole document would fill the screen."""
    prediction = PredictionResponse.model_validate(
        {"id": "p-1", "created_at": "2026-05-19T08:30:00Z", "status": "completed", "response": {"text": "word " * 1000}}
    )
    shown = repr(prediction)
    assert "response={'text': 'word word" in shown
    assert "word ... (5,012 characters), status='completed'" in shown
    assert len(shown) < 1000


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("# Total", "# Total"),
        ({"total": 12.5}, '```json\n{\n  "total": 12.5\n}\n```'),
        (MarkdownDocument(pages=[MarkdownPage(content="# Page")]), "# Page"),
    ],
    ids=["text", "JSON", "document"],
)
def test_a_prediction_is_its_answer_in_a_notebook(answer: object, shown: str) -> None:
    """And not a line of fields."""
    made = with_response(PredictionResponse(id="p-1", status="completed"), answer)
    assert made._repr_markdown_() == shown  # pyright: ignore[reportPrivateUsage]  # IPython calls it


def test_an_execution_is_its_answer_in_a_notebook() -> None:
    """And shows its status while it has none, where what may be a secret stays hidden."""
    sent = {"id": "e-1", "created_at": "2026-05-19T08:30:00Z", "status": "running", "url": "https://s.test/?4711"}
    running = AgentExecutionResponse.model_validate(sent)
    shown = running._repr_markdown_()  # pyright: ignore[reportPrivateUsage]  # IPython calls it
    assert shown == f"```\n{running!r}\n```"
    assert "4711" not in shown
    done = AgentExecutionResponse.model_validate({**sent, "response": {"total": 1}})
    assert done._repr_markdown_() == '```json\n{\n  "total": 1\n}\n```'  # pyright: ignore[reportPrivateUsage]  # as above


def files(count: int) -> Page[FileResponse]:
    """A page of that many files."""
    return Page(lambda skip, limit: [FileResponse(id=f"f-{n}") for n in range(skip, min(skip + limit, count))], 0, 10)


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "<Page of 0>"),
        (2, "<Page of 2 FileResponse: f-0, f-1>"),
        (4, "<Page of 4 FileResponse: f-0, f-1, f-2, ...>"),
    ],
)
def test_a_page_says_what_is_on_it(count: int, shown: str) -> None:
    """How many items of which kind, and the first ids."""
    assert repr(files(count)) == shown


def test_an_empty_page_says_so_in_a_notebook() -> None:
    """An empty table would show nothing at all."""
    assert files(0)._repr_html_() == "<p>No items</p>"  # pyright: ignore[reportPrivateUsage]  # IPython calls it


def test_an_unknown_field_is_shown_if_it_cannot_be_a_secret() -> None:
    """Numbers and the like are; texts, lists and mappings are not."""
    made = FileResponse.model_validate(
        {"id": "f-1", "pages": 3, "ok": True, "more": None, "url": "https://s.test/?4711"}
    )
    shown = repr(made)
    assert "pages=3, ok=True, more=None, url=...)" in shown
    assert "Ellipsis" not in shown


def test_token_counts_have_names() -> None:
    """Of the usage of a chat."""
    usage = CreditUsage.model_validate({"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7})
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (3, 4, 7)
    assert usage.model_extra == {}


def test_what_a_created_agent_is_has_names() -> None:
    """Where the server says all of it, as of any other agent."""
    made = AgentCreationResponse.model_validate(AGENT)
    assert made.model_extra == {}
    assert (made.description, made.prompt) == (AGENT["description"], AGENT["prompt"])
    assert (made.json_schema, made.json_sample) == (AGENT["json_schema"], AGENT["json_sample"])
    assert "Ellipsis" not in repr(made)
