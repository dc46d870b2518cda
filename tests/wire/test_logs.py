"""The logger `vlmrun`: what goes on, a line a request, and nothing secret at any level."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from typing import Any

import httpx2
import pytest

from support.colours import API_KEY, Colour, both_colours
from support.wire import Answer, Answerer, LoopbackServer, Sent, fake_wire, json_answer, vlm_run

pytestmark = pytest.mark.usefixtures("no_pauses")


def logged(
    colour: Colour, caplog: pytest.LogCaptureFixture, *answers: Answer | Exception, use: Any = None
) -> list[str]:
    """The lines that a call logs, where these are the answers."""
    left = iter(answers)
    answerer: Answerer = (lambda _: next(left)) if answers else vlm_run
    caplog.set_level(logging.DEBUG, logger="vlmrun")
    with fake_wire(answerer):
        colour.run(use or (lambda client: client.agent.list()), max_retries=5)
    return [f"{one.levelname} {one.getMessage()}" for one in caplog.records if one.name == "vlmrun"]


def _without_times(line: str) -> str:
    """A line, with its times made alike."""
    words = line.split()
    for unit in ("ms", "s"):
        for index, word in enumerate(words):
            if word == unit:
                words[index - 1] = "N"
    return " ".join(words)


@both_colours
def test_a_request_is_a_line(colour: Colour, caplog: pytest.LogCaptureFixture) -> None:
    """Method, path, status, milliseconds, attempt and request id at INFO."""
    lines = logged(colour, caplog, json_answer([], x_request_id="r-1"))
    assert [_without_times(line) for line in lines] == [
        "DEBUG GET /v1/agent: sending (attempt 1)",
        "INFO GET /v1/agent: 200 in N ms (attempt 1, request id r-1)",
    ]


@both_colours
def test_a_retry_is_a_line(colour: Colour, caplog: pytest.LogCaptureFixture) -> None:
    """With its reason, and how long it waits."""
    lines = logged(colour, caplog, Answer(503), httpx2.ReadError("https://s.test/?4711"), json_answer([]))
    assert [_without_times(line) for line in lines if line.startswith("INFO")] == [
        "INFO GET /v1/agent: 503 in N ms (attempt 1)",
        "INFO GET /v1/agent: retrying in N s after 503",
        "INFO GET /v1/agent: ReadError in N ms (attempt 2)",
        "INFO GET /v1/agent: retrying in N s after ReadError",
        "INFO GET /v1/agent: 200 in N ms (attempt 3)",
    ]
    assert "4711" not in caplog.text


@both_colours
def test_nothing_secret_is_logged(colour: Colour, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the key, nor a query, nor a presigned URL, nor what is in a document, at any level."""

    def use(client: Any) -> Any:
        return client.files.upload(
            b"%PDF-1.7 patient-4711", method="presigned-url", force=True, extra_query={"token": "t-4711"}
        )

    lines = logged(colour, caplog, use=use)
    assert any("PUT storage.test: 200" in line for line in lines)
    shown = "\n".join(lines)
    for secret in (API_KEY, "4711", "bucket", "X-Signature"):
        assert secret not in shown


PROGRAM = """
import logging
from vlmrun import VLMRun
client = VLMRun(api_key="k", base_url={base_url!r})
client.agent.list()
print(logging.getLogger("vlmrun").level, len(logging.root.handlers))
"""


@pytest.mark.parametrize(
    ("value", "printed", "state"),
    [
        (None, [], "0 0"),
        ("", [], "0 0"),
        ("nonsense", [], "0 0"),
        ("info", ["vlmrun - INFO"], "20 1"),
        ("DEBUG", ["vlmrun - DEBUG", "vlmrun - INFO"], "10 1"),
    ],
)
def test_the_variable_prints_the_logs(value: str | None, printed: list[str], state: str) -> None:
    """`VLMRUN_LOG=info` prints to stderr; without it no logging configuration is touched."""

    def answer(sent: Sent) -> Answer:
        del sent
        return json_answer([])

    with LoopbackServer(answer) as server:
        environment = {name: text for name, text in os.environ.items() if name != "VLMRUN_LOG"}
        done = subprocess.run(  # noqa: S603  # nothing here comes from outside
            [sys.executable, "-c", PROGRAM.format(base_url=server.base_url)],
            env=environment if value is None else environment | {"VLMRUN_LOG": value},
            capture_output=True,
            text=True,
            check=True,
        )
    assert done.stdout.strip() == state
    lines = done.stderr.splitlines()
    assert len(lines) == len(printed)
    assert all(what in line for what, line in zip(printed, lines, strict=True))
