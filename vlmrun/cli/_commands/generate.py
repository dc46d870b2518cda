"""`vlmrun generate`: extract data from a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vlmrun.cli._commands import examples, new_app
from vlmrun.cli._commands._jobs import show, waited
from vlmrun.cli._errors import UsageError
from vlmrun.cli._media import is_url, kind_of_input
from vlmrun.cli._progress import bar, busy
from vlmrun.cli._schemas import schema_of, skills_of
from vlmrun.cli._session import session_of
from vlmrun.client.config import NOT_GIVEN
from vlmrun.client.types import GenerationConfig, PredictionResponse

if TYPE_CHECKING:
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
    given: Annotated[str | None, typer.Option("--input", "-i", metavar="FILE", help="The same as FILE.")] = None,
    domain: Annotated[
        str | None, typer.Option("--domain", "-d", metavar="DOMAIN", help="The domain, such as document.invoice.")
    ] = None,
    skill: Annotated[
        list[Path] | None, typer.Option("--skill", "-k", metavar="FOLDER", help="A skill to use; repeatable.")
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
    source = _source(file, given)
    if domain is None and not (skill or skill_id):
        raise UsageError("Pass a --domain, or a skill.", "-d document.invoice; vlmrun hub list shows all domains")
    if draw is not None:
        _check_drawing(source, wait=wait)
    config = GenerationConfig()
    if schema is not None:
        config.json_schema = schema_of(schema)
    if prompt is not None:
        config.prompt = prompt
    if skill or skill_id:
        config.skills = skills_of(skill or [], skill_id or [])
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


def _source(file: str | None, given: str | None) -> str | bytes:
    """The one input."""
    if (file is None) == (given is None):
        raise UsageError("Pass exactly one file.", "vlmrun generate invoice.pdf -d document.invoice")
    name = file or given or ""
    return sys.stdin.buffer.read() if name == "-" else name


def _is_id(source: str | bytes) -> bool:
    return isinstance(source, str) and not is_url(source) and "." not in source and not Path(source).exists()


def _started(
    session: Session,
    source: str | bytes,
    domain: str | None,
    config: GenerationConfig,
    *,
    batch: bool,
    timeout: float,
) -> PredictionResponse:
    """The prediction, as the server has accepted it; without `batch`, completed."""
    client = session.client
    head = (domain or "").partition(".")[0]
    kind = "document" if _is_id(source) else kind_of_input(source)
    if head in ("video", "audio"):  # what a video is read for may be what is said in it
        kind = "video" if head == "video" else "audio"
    limit = NOT_GIVEN if batch else timeout
    url = source if isinstance(source, str) and is_url(source) else None
    label = "Sending the request" if batch else "Waiting for the answer"
    if kind == "image":
        with busy(session.out, label):
            if url is not None:
                return client.image.generate(domain, urls=[url], config=config, batch=batch, timeout=limit)
            image = source if isinstance(source, bytes) else Path(source)
            return client.image.generate(domain, [image], config=config, batch=batch, timeout=limit)
    file = source if isinstance(source, str) and url is None and _is_id(source) else None
    if file is None and url is None:
        name = "stdin" if isinstance(source, bytes) else Path(source).name
        with bar(session.out, f"Uploading {name}") as on_progress:
            file = client.files.upload(
                source if isinstance(source, bytes) else Path(source), filename=name, on_progress=on_progress
            ).id
    media = client.video if kind == "video" else client.audio if kind == "audio" else client.document
    with busy(session.out, label):
        return media.generate(file, url, domain=domain, config=config, batch=batch, timeout=limit)


def _check_drawing(source: str | bytes, *, wait: bool) -> None:
    if not wait:
        raise UsageError("--draw needs the answer, which --no-wait does not wait for.", "leave out one of the two")
    if isinstance(source, str) and (is_url(source) or _is_id(source)):
        raise UsageError("--draw needs a file on this machine.", "download it first")


def _draw(session: Session, source: str | bytes, prediction: PredictionResponse, target: Path) -> None:
    """Draw the boxes of each page that has some."""
    from vlmrun import viz
    from vlmrun._drawing.marks import answer_in, marks_of, marks_on

    marks = marks_of(answer_in("prediction", prediction), None)
    if not marks:
        session.out.note("Nothing was drawn: the answer does not say where its fields were read.")
        return
    pages = sorted({mark.box.page or 0 for mark in marks if marks_on(mark.box.page or 0, [mark])})
    for page in pages:
        path = target if len(pages) == 1 else target.with_stem(f"{target.stem}-{page + 1}")
        try:
            viz.draw(source if isinstance(source, bytes) else Path(source), prediction, page=page).save(path)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"--draw: cannot write {str(path)!r}: {error}.", "pass a file such as boxes.png"
            ) from error
        session.out.note(f"Drew {path}")
