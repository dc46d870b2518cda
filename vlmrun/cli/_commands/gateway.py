"""`vlmrun gateway`, or `gw`: models of other makers for chats, embeddings and transcriptions, and System One."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer
from pydantic import BaseModel, JsonValue

from vlmrun.cli._commands import examples, new_app
from vlmrun.cli._commands import systemone as system_one
from vlmrun.cli._errors import ExitCode, UsageError
from vlmrun.cli._json import object_of
from vlmrun.cli._media import is_url, kind_of_input
from vlmrun.cli._session import session_of
from vlmrun.client.exceptions import ResourceNotFoundError
from vlmrun.client.types import GatewayModel

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionMessageParam

    from vlmrun._inputs.parts import Part

__all__ = ["OUTPUTS", "GatewayAnswer", "GatewayEmbeddings", "GatewayHealth", "Transcript", "app"]

app = new_app("Use the models of other makers, by VLM Run's gateway.")


class GatewayHealth(BaseModel):
    """What `vlmrun gateway health` prints."""

    url: str
    """The base URL of the gateway."""
    healthy: bool
    """Whether it is up."""


class GatewayAnswer(BaseModel):
    """What `vlmrun gateway chat` prints."""

    id: str
    """The id of the completion."""
    model: str
    """The model that answered."""
    content: str
    """The answer."""
    finish_reason: str | None = None
    """Why it ended: `stop`, `length` and others."""
    usage: dict[str, JsonValue] | None = None
    """Tokens and the price."""


class GatewayPiece(BaseModel):
    """A line of `vlmrun gateway chat --jsonl`."""

    content: str
    """The next piece of the answer."""


class GatewayEmbeddings(BaseModel):
    """What `vlmrun gateway embed` prints."""

    model: str
    """The model."""
    embeddings: list[list[float]]
    """An embedding for each input, in their order."""
    usage: dict[str, JsonValue] | None = None
    """Tokens and the price."""


class Transcript(BaseModel):
    """What `vlmrun gateway transcribe --json` prints; `-f verbose_json` adds fields."""

    model_config = {"extra": "allow"}

    text: str
    """What is said; with `-f srt` and `-f vtt`, the subtitles."""


OUTPUTS: dict[str, object] = {
    "gateway health": GatewayHealth,
    "gateway models": list[GatewayModel] | GatewayModel,
    "gateway chat": GatewayAnswer,
    "gateway chat --jsonl": GatewayPiece,
    "gateway embed": GatewayEmbeddings,
    "gateway transcribe": Transcript,
    **system_one.OUTPUTS,
}

Model = Annotated[str, typer.Option("--model", "-m", metavar="MODEL", help="A model of `vlmrun gw models`.")]


@app.command(epilog=examples("vlmrun gateway health", "vlmrun gateway health --json"))
def health(context: typer.Context) -> None:
    """Say whether the gateway is up; the exit code is 1 if it is not."""
    session = session_of(context)
    gateway = session.client.gateway
    is_up = gateway.health()
    session.out.document(
        GatewayHealth(url=gateway.base_url, healthy=is_up), f"{gateway.base_url} is {'up' if is_up else 'down'}."
    )
    if not is_up:
        raise typer.Exit(ExitCode.FAILED)


@app.command(epilog=examples("vlmrun gateway models", "vlmrun gateway models zai-org/glm-ocr --json"))
def models(
    context: typer.Context,
    model: Annotated[str | None, typer.Argument(metavar="MODEL", help="One model, by its name or an alias.")] = None,
) -> None:
    """List the models of the gateway, or show one."""
    session = session_of(context)
    found = session.client.gateway.models()
    if model is not None:
        one = next((item for item in found if model == item.id or model in (item.aliases or [])), None)
        if one is None:
            raise ResourceNotFoundError(
                f"The gateway has no model {model!r}.", suggestion="vlmrun gateway models", http_status=404
            )
        session.out.document(one)
        return
    session.out.rows(
        found,
        {
            "MODEL": lambda item: item.id,
            "TASK": lambda item: item.task,
            "METHODS": lambda item: ", ".join(item.methods or []),
            "ALIASES": lambda item: ", ".join(item.aliases or []),
        },
    )


@app.command(
    epilog=examples(
        "vlmrun gateway chat scan.pdf -m zai-org/glm-ocr -M ocr",
        'vlmrun gateway chat photo.jpg -m qwen/qwen3.5-0.8b -p "What is this?" -e image_resolution=448',
    )
)
def chat(
    context: typer.Context,
    model: Model,
    inputs: Annotated[
        list[str] | None, typer.Argument(metavar="INPUT", help="Paths or URLs of images, documents and videos.")
    ] = None,
    prompt: Annotated[str | None, typer.Option("--prompt", "-p", metavar="TEXT", help="The prompt.")] = None,
    method: Annotated[str | None, typer.Option("--method", "-M", metavar="NAME", help="A preset of the model.")] = None,
    method_params: Annotated[
        str | None, typer.Option(metavar="JSON", help="Parameters of the preset, as JSON or a file.")
    ] = None,
    json_mode: Annotated[bool, typer.Option("--json-mode", help="Have the model answer with a JSON object.")] = False,
    response_format: Annotated[
        str | None, typer.Option(metavar="JSON", help="OpenAI's response_format, or a JSON schema: JSON or a file.")
    ] = None,
    extra: Annotated[
        list[str] | None, typer.Option("--extra", "-e", metavar="NAME=VALUE", help="Another field; repeatable.")
    ] = None,
    no_stream: Annotated[bool, typer.Option("--no-stream", "-ns", help="Print the answer once it is whole.")] = False,
    timeout: Annotated[float | None, typer.Option(metavar="SECONDS", help="How long an answer may take.")] = None,
) -> None:
    """Ask a model about images, documents or a video."""
    session = session_of(context)
    parts = [_part(source) for source in inputs or []]
    if prompt is not None:
        from vlmrun._inputs import parts as made

        parts.append(made.text(prompt))
    if not parts:
        raise UsageError("Pass an input, a --prompt, or both.")
    if json_mode and response_format is not None:
        raise UsageError("--json-mode and --response-format exclude each other.", "leave out one of the two")
    body = _extra(extra or [])
    if method is not None:
        body["method"] = method
    if method_params is not None:
        body["method_params"] = object_of("--method-params", method_params)
    if json_mode:
        body["response_format"] = {"type": "json_object"}
    if response_format is not None:
        body["response_format"] = _format(object_of("--response-format", response_format))
    # A cast: a message of parts is one of OpenAI's, which only those import who chat.
    messages = cast("list[ChatCompletionMessageParam]", [{"role": "user", "content": parts}])
    completions = session.client.gateway.completions
    if not (no_stream or session.out.mode == "json" or (session.out.is_for_people and not session.out.is_terminal)):
        stream = completions.create(model=model, messages=messages, stream=True, extra_body=body, timeout=timeout)
        for piece in _pieces(stream):
            if session.out.is_for_people:
                session.out.piece(piece)
            else:
                session.out.event(GatewayPiece(content=piece))
        if session.out.is_for_people:
            session.out.text("")
        return
    with session.out.progress() as progress:
        progress.wait(f"Waiting for {model}")
        answer = completions.create(model=model, messages=messages, extra_body=body, timeout=timeout)
    choice = answer.choices[0]
    text = choice.message.content or ""
    usage = None if answer.usage is None else answer.usage.model_dump(mode="json", exclude_none=True)
    session.out.document(
        GatewayAnswer(id=answer.id, model=answer.model, content=text, finish_reason=choice.finish_reason, usage=usage),
        text,
    )


def _pieces(stream: Any) -> Iterator[str]:  # OpenAI's `Stream`, which a command that does not chat must not import
    for chunk in stream:
        for choice in chunk.choices[:1]:
            if choice.delta.content:
                yield choice.delta.content


def _part(source: str) -> Part:
    from vlmrun._inputs.parts import audio, document_url, image, video

    kind = kind_of_input(source)
    make: dict[str, Callable[[str | Path], Part]] = {
        "image": image,
        "video": video,
        "audio": audio,
        "document": document_url,
    }
    return make[kind](source if is_url(source) else Path(source))


def _extra(pairs: list[str]) -> dict[str, object]:
    """The fields of `-e`: JSON where the value is JSON, else text."""
    import json

    fields: dict[str, object] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not (name and equals):
            raise UsageError(f"--extra: {pair!r} has no value.", "-e document_dpi=150")
        try:
            fields[name] = json.loads(value)
        except ValueError:
            fields[name] = value
    return fields


def _format(given: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """OpenAI's `response_format`; a bare schema is wrapped."""
    if given.get("type") in ("json_schema", "json_object", "text"):
        return given
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": given}}


@app.command(
    epilog=examples(
        'vlmrun gateway embed -m qwen/qwen3-vl-embedding-2b -t "a red car" --json',
        'vlmrun gateway embed photo.jpg -m qwen/qwen3-vl-embedding-2b -t "at night" --join -d 256 --json',
    )
)
def embed(
    context: typer.Context,
    model: Model,
    inputs: Annotated[
        list[str] | None, typer.Argument(metavar="INPUT", help="Paths or URLs of images, videos or documents.")
    ] = None,
    text: Annotated[
        list[str] | None, typer.Option("--text", "-t", metavar="TEXT", help="A text; repeatable, after the inputs.")
    ] = None,
    join: Annotated[bool, typer.Option("--join", help="Make one embedding of all inputs and texts.")] = False,
    dimensions: Annotated[
        int | None, typer.Option("--dimensions", "-d", min=1, metavar="N", help="The length of an embedding.")
    ] = None,
) -> None:
    """Make an embedding of each input and text."""
    session = session_of(context)
    parts = [_part(source) for source in inputs or []]
    texts = text or []
    items: list[object]
    if join:
        items = [[*parts, *({"type": "text", "text": item} for item in texts)]]
    else:
        items = [*([part] for part in parts), *texts]
    if not (parts or texts):
        raise UsageError("Pass an input, a --text, or both.")
    # `Any`: the gateway takes lists of parts, of which OpenAI's types know nothing.
    create: Callable[..., Any] = session.client.gateway.embeddings.create
    with session.out.progress() as progress:
        progress.wait(f"Waiting for {model}")
        found = create(
            model=model,
            input=items,
            encoding_format="float",
            **({} if dimensions is None else {"dimensions": dimensions}),
        )
    vectors: list[list[float]] = [item.embedding for item in found.data]
    people = "\n".join(
        f"{len(vector)} numbers: {', '.join(f'{number:.4f}' for number in vector[:4])}, ..." for vector in vectors
    )
    usage = found.usage.model_dump(mode="json", exclude_none=True)
    session.out.document(GatewayEmbeddings(model=found.model, embeddings=vectors, usage=usage), people)


@app.command(
    epilog=examples(
        "vlmrun gateway transcribe talk.mp3 -m nvidia/parakeet-tdt-0.6b-v3",
        "vlmrun gateway transcribe talk.mp3 -m nvidia/parakeet-tdt-0.6b-v3 -f srt > talk.srt",
    )
)
def transcribe(
    context: typer.Context,
    model: Model,
    source: Annotated[
        str | None, typer.Argument(metavar="INPUT", help="The path of the audio, or - for stdin.")
    ] = None,
    url: Annotated[str | None, typer.Option(metavar="URL", help="Or the URL of the audio.")] = None,
    form: Annotated[
        str, typer.Option("--format", "-f", metavar="FORMAT", help="json, text, verbose_json, srt or vtt.")
    ] = "text",
    language: Annotated[
        str | None, typer.Option("--language", "-l", metavar="CODE", help="The language, such as en.")
    ] = None,
    prompt: Annotated[str | None, typer.Option("--prompt", "-p", metavar="TEXT", help="Words that occur.")] = None,
) -> None:
    """Transcribe audio."""
    session = session_of(context)
    if form not in _FORMATS:
        raise UsageError(f"--format: {form!r} is not known.", f"one of {', '.join(_FORMATS)}")
    if (source is None) == (url is None):
        raise UsageError("Pass exactly one of INPUT and --url.")
    if source is not None and is_url(source):
        source, url = None, source
    asked = {"language": language, "prompt": prompt}
    transcriptions = session.client.gateway.transcriptions
    with session.out.progress() as progress:
        progress.wait(f"Waiting for {model}")
        # `Any`: one overload for each literal of the format, and `file` only where there is no URL.
        create: Callable[..., Any] = transcriptions.create
        found = create(
            model=model,
            file=_audio(source),
            response_format=form,
            **{name: value for name, value in asked.items() if value is not None},
            **({} if url is None else {"extra_body": {"url": url}}),
        )
    if isinstance(found, str):
        session.out.document(Transcript(text=found.rstrip("\n")), found.rstrip("\n"))
        return
    transcript = Transcript.model_validate(found.model_dump(mode="json", exclude_none=True))
    if session.out.is_for_people and form != "text":  # asked for JSON by name
        session.out.text(transcript.model_dump_json(indent=2))
    else:
        session.out.document(transcript, transcript.text)


_FORMATS: tuple[Literal["json"], ...] | tuple[str, ...] = ("json", "text", "verbose_json", "srt", "vtt")


def _audio(source: str | None) -> object:
    """What OpenAI's client takes as `file`."""
    if source is None:
        from vlmrun._openai.door import openai

        return openai.NOT_GIVEN
    if source == "-":
        return ("stdin", sys.stdin.buffer.read())
    path = Path(source)
    if not path.is_file():
        raise UsageError(f"Cannot read {source!r}: there is no such file.", "check the path")
    return path


app.command("systemone", epilog=system_one.EXAMPLES)(system_one.systemone)
app.command("s1", epilog=system_one.EXAMPLES_OF_S1, hidden=True)(system_one.systemone)
