"""`vlmrun local`: the server of `python -m vlmrun.local`."""

from __future__ import annotations

from typing import Annotated, cast, get_args

import typer

from vlmrun.cli._commands import examples, new_app
from vlmrun.cli._errors import UsageError

__all__ = ["app"]

app = new_app()

OUTPUTS: dict[str, object] = {}


@app.command(
    epilog=examples(
        "vlmrun local --port 8000",
        "vlmrun local --upstream http://127.0.0.1:11434/v1 --model qwen2.5vl",
        "vlmrun local --record answers",
        "vlmrun local --replay answers",
    )
)
def local(
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Loopback address to bind.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="PORT", help="Port to bind, 0 for a free one.")] = 8000,
    # Not from the environment: a real key does not belong here.
    api_key: Annotated[
        str | None, typer.Option(metavar="KEY", help="Key to accept; by default a random one, which is printed.")
    ] = None,
    fault: Annotated[
        list[str] | None, typer.Option(metavar="FAULT", help="Fault to inject into every request; repeatable.")
    ] = None,
    upstream: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Base URL of an OpenAI-compatible server that answers, or of the one to record."
        ),
    ] = None,
    model: Annotated[str | None, typer.Option(metavar="NAME", help="The model that the upstream answers with.")] = None,
    upstream_key: Annotated[str | None, typer.Option(metavar="KEY", help="The key of the upstream.")] = None,
    upstream_pages: Annotated[
        int, typer.Option(metavar="NUMBER", help="PDF pages that a request may have with --model.")
    ] = 20,
    record: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="Forward requests to VLM Run, and write its answers here.")
    ] = None,
    replay: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="Answer from what --record has written, offline.")
    ] = None,
) -> None:
    """Serve a local VLM Run for demos and tests, until Ctrl-C.

    It runs no model: replies describe what it received. With --upstream and --model, a server such as Ollama, vLLM or
    llama.cpp answers. With --record, VLM Run answers (VLMRUN_API_KEY, or --upstream-key) and its answers are written
    to files, from which --replay answers offline.
    """
    from vlmrun.local import FaultKind
    from vlmrun.local.__main__ import Answering, serve

    unknown = set(fault or ()) - set(get_args(FaultKind))
    if unknown:
        raise UsageError(f"unknown fault {min(unknown)!r}.", suggestion=f"one of {', '.join(get_args(FaultKind))}")
    answering = Answering(upstream, model, upstream_key, upstream_pages, record, replay)
    if answering.problem is not None:
        raise UsageError(f"{answering.problem}.")
    faults = cast("list[FaultKind]", fault or [])  # checked above
    raise typer.Exit(serve(host, port, api_key, faults, answering))
