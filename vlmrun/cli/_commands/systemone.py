"""`vlmrun gateway systemone`, or `gw s1`: typed decisions, with exit codes for scripts."""

from __future__ import annotations

import json
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer
from pydantic import BaseModel, JsonValue

from vlmrun._inputs.questions import Question
from vlmrun.cli import _errors, _gates
from vlmrun.cli._commands import examples
from vlmrun.cli._errors import UsageError
from vlmrun.cli._frames import frames_of
from vlmrun.cli._json import object_of
from vlmrun.cli._media import is_url, kind_of_input
from vlmrun.cli._session import Session, session_of
from vlmrun.client.exceptions import VLMRunError
from vlmrun.client.types import SystemOneModel, SystemOneResponse

if TYPE_CHECKING:
    from vlmrun.client.systemone import DecisionStream

__all__ = ["EXAMPLES", "EXAMPLES_OF_S1", "OUTPUTS", "Decision", "Decisions", "DryRun", "systemone"]

PASSED, GATE_FAILED, REQUEST_FAILED = 0, 1, 2
"""The exit codes of this command."""

_EXAMPLES = (
    "door.jpg -Q 'Is the door open?' --gate 'answer>=0.5'",
    "-s @mail.txt --choice team=billing,sales --gate team=billing --json",
    "models",
)
EXAMPLES = examples(*(f"vlmrun gateway systemone {rest}" for rest in _EXAMPLES))
EXAMPLES_OF_S1 = examples(*(f"vlmrun gateway s1 {rest}" for rest in _EXAMPLES))


class Decision(BaseModel):
    """A decision, with what it is about."""

    input: str | None
    """The path of the input, with the number of the frame for a video; `None` for the state, or all inputs together."""
    passed: bool
    """Whether it passes all gates."""
    failed_gates: list[str]
    """The gates that it does not pass."""
    response: SystemOneResponse
    """The answers of the server."""


class Decisions(BaseModel):
    """What `vlmrun gateway systemone` prints."""

    passed: bool
    """Whether the gates are passed, as `--gate-mode` says."""
    decisions: list[Decision]
    """The decisions, in the order of the inputs."""


class DryRun(BaseModel):
    """What `--dry-run` prints."""

    state: JsonValue
    """What the questions are about."""
    model: str | None
    """The model; `None` for the default."""
    questions: dict[str, JsonValue]
    """The questions by their names."""
    inputs: list[str]
    """What would be decided about."""
    gates: list[str]
    """The gates."""


OUTPUTS: dict[str, object] = {
    "gateway systemone": Decisions | list[SystemOneModel],
    "gateway systemone --jsonl": Decision,
    "gateway systemone --dry-run": DryRun,
}


@dataclass(frozen=True)
class _Item:
    """What one decision is about."""

    name: str | None
    images: list[Path]
    document: Path | str | None = None


def systemone(  # each is a flag
    context: typer.Context,
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="INPUT", help="Images, a PDF or a video; or `models`, which lists the models."),
    ] = None,
    question: Annotated[
        str | None, typer.Option("--question", "-Q", metavar="TEXT", help="A yes-or-no question, named `answer`.")
    ] = None,
    noul: Annotated[
        list[str] | None, typer.Option(metavar="NAME[=TEXT]", help="A yes-or-no question; repeatable.")
    ] = None,
    choice: Annotated[
        list[str] | None, typer.Option(metavar="NAME=A,B[=TEXT]", help="A question with labels; repeatable.")
    ] = None,
    score: Annotated[
        list[str] | None, typer.Option(metavar="NAME=A,B[=TEXT]", help="One with levels, lowest first; repeatable.")
    ] = None,
    state: Annotated[
        str | None, typer.Option("--state", "-s", metavar="TEXT", help="What it is about: text, JSON, @FILE or -.")
    ] = None,
    body: Annotated[
        str | None, typer.Option("--body", "-B", metavar="JSON", help="The body of a request, as JSON or a file.")
    ] = None,
    model: Annotated[str | None, typer.Option("--model", "-m", metavar="MODEL", help="A model of System One.")] = None,
    detail: Annotated[str | None, typer.Option(metavar="LEVEL", help="Detail of images: auto, low or high.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, max=8, metavar="N", help="Steps that a model takes.")] = None,
    samples: Annotated[int | None, typer.Option(min=1, max=32, metavar="N", help="Answers to average.")] = None,
    gate: Annotated[
        list[str] | None, typer.Option("--gate", "-g", metavar="CONDITION", help="Such as answer>=0.8; repeatable.")
    ] = None,
    gate_mode: Annotated[str, typer.Option(metavar="MODE", help="Whether all decisions must pass, or any.")] = "all",
    repeat: Annotated[int, typer.Option("--repeat", "-r", min=1, metavar="N", help="Decide N times.")] = 1,
    fps: Annotated[float, typer.Option(min=0.01, metavar="N", help="Frames of each second of a video.")] = 1.0,
    max_frames: Annotated[int, typer.Option(min=1, metavar="N", help="Most frames of a video.")] = 60,
    concurrency: Annotated[
        int, typer.Option("--concurrency", "-c", min=1, max=8, metavar="N", help="Decisions at a time.")
    ] = 4,
    ws: Annotated[bool, typer.Option("--ws", help="Use a WebSocket: one decision for each image.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be asked; send nothing.")] = False,
    raw: Annotated[bool, typer.Option("--raw", "-R", help="Print the answers of the server only, as JSON.")] = False,
) -> None:
    """Answer typed questions. Exit codes: 0 passed, 1 a gate failed, 2 a request failed."""
    session = session_of(context)
    if inputs == ["models"] and not Path("models").exists():
        _list_models(session)
        return
    given = _body(body)
    questions = _questions(question, noul or [], choice or [], score or [], given.pop("questions", None))
    gates = [_gates.parse(text, set(questions)) for text in gate or []]
    if gate_mode not in ("all", "any"):
        raise UsageError(f"--gate-mode: {gate_mode!r} is not known.", "all or any")
    about = _state(state, given.pop("state", ""))
    name = model or cast("str | None", given.pop("model", None))
    if dry_run:
        session.out.document(
            DryRun.model_validate(
                {
                    "state": about,
                    "model": name,
                    "questions": questions,
                    "inputs": inputs or [],
                    "gates": [one.text for one in gates],
                }
            )
        )
        return
    if not inputs and not about:
        raise UsageError("There is nothing to decide about.", "pass an input, or --state")
    settings = _Settings(about, questions, name, detail, steps, samples, given)
    decisions: list[Decision] = []
    with ExitStack() as stack:
        items = [item for item in _items(stack, inputs or [], fps, max_frames, apart=ws) for _ in range(repeat)]
        try:
            with session.out.progress() as progress:
                progress.wait("Deciding")
                found = _by_socket if ws else _by_calls
                for item, response in zip(items, found(session, settings, items, concurrency), strict=True):
                    failed = [one.text for one in gates if not one.passes(response)]
                    decisions.append(
                        Decision(input=item.name, passed=not failed, failed_gates=failed, response=response)
                    )
                    if session.out.mode == "jsonl":
                        session.out.document(decisions[-1])
        except (VLMRunError, TimeoutError) as error:
            if session.flags.debug:
                traceback.print_exception(error)
            session.out.error(_errors.message(error))
            raise typer.Exit(REQUEST_FAILED) from None
    passed = (all if gate_mode == "all" else any)(decision.passed for decision in decisions)
    _show(session, Decisions(passed=passed, decisions=decisions), raw=raw)
    if not passed:
        raise typer.Exit(GATE_FAILED)


def _list_models(session: Session) -> None:
    session.out.rows(
        session.client.gateway.systemone.models(),
        {
            "MODEL": lambda model: model.name,
            "CONTEXT": lambda model: model.context_window,
            "RELEASED": lambda model: model.release_date,
            "DESCRIPTION": lambda model: model.description,
        },
    )


# What is asked --------------------------------------------------------------------------------------------------------


def _body(given: str | None) -> dict[str, object]:
    if given is None:
        return {}
    return dict(object_of("--body", given))


def _questions(
    question: str | None, nouls: list[str], choices: list[str], scores: list[str], given: object
) -> dict[str, Question]:
    asked: dict[str, object] = dict(cast("Mapping[str, object]", given)) if isinstance(given, Mapping) else {}
    if question is not None:
        asked["answer"] = {"type": "noul", "instructions": question}
    for noul in nouls:
        name, _, text = noul.partition("=")
        asked[name.strip()] = {"type": "noul", **({"instructions": text} if text else {})}
    for kind, member, questions in (("choice", "options", choices), ("score", "levels", scores)):
        for one in questions:
            name, equals, rest = one.partition("=")
            labels, _, text = rest.partition("=")
            if not equals:
                raise UsageError(f"--{kind}: {one!r} has no {member}.", f"--{kind} {name}=first,second")
            values = [label.strip() for label in labels.split(",") if label.strip()]
            asked[name.strip()] = {"type": kind, member: values, **({"instructions": text} if text else {})}
    if not asked:
        raise UsageError("There is no question.", "-Q 'Is it signed?', --noul, --choice, --score or --body")
    return cast("dict[str, Question]", asked)  # the library checks what the body says


def _state(given: str | None, otherwise: object) -> str | dict[str, object] | list[object]:
    if given is None:
        return cast("str | dict[str, object] | list[object]", otherwise)  # the library checks what the body says
    text = _text(given)
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        found: dict[str, object] | list[object] = json.loads(text)
    except ValueError:  # text that begins with a bracket
        return text
    return found


def _text(given: str) -> str:
    if given == "-":
        return sys.stdin.read()
    if not given.startswith("@"):
        return given
    try:
        return Path(given[1:]).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UsageError(f"--state: cannot read {given[1:]!r}.", "check the path") from error


# What is decided about ------------------------------------------------------------------------------------------------


def _items(stack: ExitStack, inputs: list[str], fps: float, most: int, *, apart: bool) -> list[_Item]:
    """One for each frame of a video, and one for all other inputs, unless they are decided about one by one."""
    images: list[Path] = []
    items: list[_Item] = []
    document: Path | str | None = None
    for given in inputs:
        kind = kind_of_input(given)
        if kind == "video" and not is_url(given):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            frames = frames_of(Path(given), folder, fps, most)
            items += [_Item(f"{given}#{number}", [frame]) for number, frame in enumerate(frames)]
        elif kind == "image" and not is_url(given):
            images.append(Path(given))
        elif kind == "document" and document is None:
            document = given if is_url(given) else Path(given)
        else:
            raise UsageError(
                f"{given!r} cannot be decided about: System One reads images and videos of this machine, and one PDF.",
                "download it first",
            )
    if apart:
        if document is not None:
            raise UsageError("--ws decides about images, not about a PDF.", "leave out --ws")
        items = [_Item(str(image), [image]) for image in images] + items
    elif images or document is not None:
        items.insert(0, _Item(inputs[0] if len(inputs) == 1 else None, images, document))
    return items or [_Item(None, [])]


@dataclass(frozen=True)
class _Settings:
    """What all decisions have in common."""

    state: str | dict[str, object] | list[object]
    questions: dict[str, Question]
    model: str | None
    detail: str | None
    steps: int | None
    samples: int | None
    more: dict[str, object]


def _by_calls(
    session: Session, settings: _Settings, items: list[_Item], concurrency: int
) -> Iterator[SystemOneResponse]:
    systemone = session.client.gateway.systemone

    def decide(item: _Item) -> SystemOneResponse:
        # `Any` kept out: `detail` is checked by the library.
        call: Callable[..., SystemOneResponse] = systemone.decide
        return call(
            settings.state,
            settings.questions,
            model=settings.model,
            images=item.images or None,
            document=item.document,
            detail=settings.detail,
            steps=settings.steps,
            samples=settings.samples,
            extra_body=settings.more or None,
        )

    with ThreadPoolExecutor(min(concurrency, len(items))) as threads:
        try:
            yield from threads.map(decide, items)
        finally:
            threads.shutdown(cancel_futures=True)


def _by_socket(
    session: Session, settings: _Settings, items: list[_Item], concurrency: int
) -> Iterator[SystemOneResponse]:
    open_stream: Callable[..., DecisionStream] = session.client.gateway.systemone.stream
    stream = open_stream(
        settings.questions,
        state=settings.state,
        model=settings.model,
        detail=settings.detail,
        concurrency=concurrency,
        extra_body={**settings.more, **({} if settings.steps is None else {"steps": settings.steps})} or None,
    )
    with stream:
        if not any(item.images for item in items):
            raise UsageError("--ws decides about images.", "pass an image or a video, or leave out --ws")
        for decision in stream.map(item.images[0] for item in items):
            yield decision.response


def _show(session: Session, found: Decisions, *, raw: bool) -> None:
    if raw:
        answers = [decision.response.model_dump(mode="json") for decision in found.decisions]
        session.out.text(json.dumps(answers[0] if len(answers) == 1 else answers, indent=2, ensure_ascii=False))
        return
    if session.out.mode == "jsonl":
        return  # each was written when it came
    lines: list[str] = []
    for decision in found.decisions:
        prefix = "" if decision.input is None or len(found.decisions) == 1 else f"{decision.input}: "
        for name, answer in decision.response.answers.items():
            value: object = getattr(answer, answer.type)
            confidence: float | None = getattr(answer, "confidence", None)
            sure = "" if confidence is None else f"  (confidence {confidence:.2f})"
            lines.append(
                f"{prefix}{name}  {value:.2f}{sure}" if isinstance(value, float) else f"{prefix}{name}  {value}{sure}"
            )
        lines += [f"{prefix}gate failed: {text}" for text in decision.failed_gates]
    session.out.document(found, "\n".join(lines))
