"""`vlmrun generate`: extract data from a file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from vlmrun.cli._commands import examples, new_app
from vlmrun.cli._commands._jobs import show, waited
from vlmrun.cli._errors import UsageError
from vlmrun.cli._inputs import Given, given, read_schema, read_skills, upload
from vlmrun.cli._media import kind_of_input
from vlmrun.cli._session import session_of
from vlmrun.client.config import NOT_GIVEN
from vlmrun.client.types import GenerationConfig, PredictionResponse

if TYPE_CHECKING:
    from pydantic import JsonValue

    from vlmrun.cli._session import Session

__all__ = ["OUTPUTS", "app"]

app = new_app()

OUTPUTS: dict[str, object] = {"generate": PredictionResponse}


@app.command(
    epilog=examples(
        "vlmrun generate invoice.pdf -d document.invoice",
        "vlmrun generate scan.png -d document.invoice --draw boxes.png --json",
        "vlmrun generate talk.mp4 -d video.transcription --no-wait",
    )
)
def generate(
    context: typer.Context,
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help="A path, a URL, the id of an uploaded file, or - for stdin.")
    ] = None,
    option: Annotated[str | None, typer.Option("--input", "-i", metavar="FILE", help="The same as FILE.")] = None,
    domain: Annotated[
        str | None, typer.Option("--domain", "-d", metavar="DOMAIN", help="The domain, such as document.invoice.")
    ] = None,
    skill: Annotated[
        list[str] | None, typer.Option("--skill", "-k", metavar="FOLDER", help="A skill to use; repeatable.")
    ] = None,
    skill_id: Annotated[
        list[str] | None, typer.Option(metavar="NAME:VERSION", help="A stored skill to use; repeatable.")
    ] = None,
    schema: Annotated[
        str | None, typer.Option(metavar="SCHEMA", help="The answer: a JSON schema file, or package.module:Model.")
    ] = None,
    prompt: Annotated[str | None, typer.Option("--prompt", "-p", metavar="TEXT", help="More instructions.")] = None,
    draw: Annotated[
        Path | None, typer.Option(metavar="IMAGE", help="Draw where each field was read; a page a file: IMAGE-1.png.")
    ] = None,
    batch: Annotated[bool, typer.Option("--batch/--no-batch", help="Do it in the background.")] = True,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for the answer.")] = True,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", help="How long to wait.")] = 300.0,
) -> None:
    """Extract data from an image, a document, audio or a video."""
    session = session_of(context)
    source = _source(file, option)
    if domain is None and not (skill or skill_id):
        raise UsageError("Pass a --domain, or a skill.", "-d document.invoice; vlmrun hub list shows all domains")
    if draw is not None:
        _check_drawing(source, wait=wait)
    config = GenerationConfig()
    if schema is not None:
        config.json_schema = cast("dict[str, JsonValue]", read_schema(schema).json_schema)
    if prompt is not None:
        config.prompt = prompt
    if skill or skill_id:
        config.skills = read_skills(skill or [], skill_id or [])
    if draw is not None:
        config.grounding = True
    prediction = _started(session, source, domain, config, batch=batch, timeout=timeout)
    if batch and wait:
        with waited(session, f"prediction {prediction.id}", f"vlmrun predictions get {prediction.id} --wait"):
            prediction = session.client.predictions.wait(prediction.id, timeout)
    elif batch:
        session.out.note(f"Fetch it with: vlmrun predictions get {prediction.id} --wait")
    show(session, "prediction", prediction, lambda people: session.out.document(prediction, people))
    if draw is not None:
        _draw(session, source, prediction, draw)


def _source(file: str | None, option: str | None) -> Given:
    """The one input; an id is a name without a source."""
    if (file is None) == (option is None):
        raise UsageError("Pass exactly one file.", "vlmrun generate invoice.pdf -d document.invoice")
    name = file or option or ""
    if _ID.fullmatch(name) and not Path(name).exists():
        return Given(name, b"")
    found = given([name])
    if len(found) > 1:
        raise UsageError(f"{name} has {len(found)} files; one is read at a time.", f"{found[0].name}")
    return found[0]


_ID = re.compile(r"[0-9a-f-]{36}|file[-_][A-Za-z0-9_-]+")


def _started(
    session: Session, source: Given, domain: str | None, config: GenerationConfig, *, batch: bool, timeout: float
) -> PredictionResponse:
    """The prediction, as the server has accepted it; without `batch`, completed."""
    client, one = session.client, source.source
    is_id = one == b""
    head = (domain or "").partition(".")[0]
    kind = "document" if is_id else kind_of_input(str(one) if isinstance(one, Path) else one)
    if head in ("video", "audio"):  # what a video is read for may be what is said in it
        kind = "video" if head == "video" else "audio"
    limit = NOT_GIVEN if batch else timeout
    url = one if isinstance(one, str) else None
    file = source.name if is_id else None
    if kind != "image" and url is None and file is None:
        file = upload(session, [source])[source].id
    with session.out.progress() as progress:
        progress.wait("Sending the request" if batch else "Waiting for the answer")
        if kind == "image":
            if isinstance(one, str):
                return client.image.generate(domain, urls=[one], config=config, batch=batch, timeout=limit)
            return client.image.generate(domain, [one], config=config, batch=batch, timeout=limit)
        media = client.video if kind == "video" else client.audio if kind == "audio" else client.document
        return media.generate(file, url, domain=domain, config=config, batch=batch, timeout=limit)


def _check_drawing(source: Given, *, wait: bool) -> None:
    if not wait:
        raise UsageError("--draw needs the answer, which --no-wait does not wait for.", "leave out one of the two")
    if source.is_url or source.source == b"":
        raise UsageError("--draw needs a file on this machine.", "download it first")


def _draw(session: Session, source: Given, prediction: PredictionResponse, target: Path) -> None:
    """Draw the boxes of each page that has some."""
    from vlmrun._drawing.drawing import draw
    from vlmrun._drawing.marks import answer_in, marks_of, marks_on

    marks = marks_of(answer_in("prediction", prediction), None)
    if not marks:
        session.out.note("Nothing was drawn: the answer does not say where its fields were read.")
        return
    pages = sorted({mark.box.page or 0 for mark in marks if marks_on(mark.box.page or 0, [mark])})
    for page in pages:
        path = target if len(pages) == 1 else target.with_stem(f"{target.stem}-{page + 1}")
        try:
            draw(source.source, prediction, page=page).save(path)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"--draw: cannot write {str(path)!r}: {error}.", "pass a file such as boxes.png"
            ) from error
        session.out.note(f"Drew {path}")
