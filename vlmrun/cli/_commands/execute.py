"""`vlmrun execute`: run an agent in the background, and wait for its result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from vlmrun.cli._commands import examples, new_app
from vlmrun.cli._commands._jobs import show, waited
from vlmrun.cli._commands._options import Inputs, SkillIds, Skills, Toolsets
from vlmrun.cli._errors import UsageError
from vlmrun.cli._session import session_of
from vlmrun.client.types import AgentExecutionConfig, AgentExecutionResponse, AgentToolset

if TYPE_CHECKING:
    from pydantic import JsonValue

__all__ = ["app"]

OUTPUTS: dict[str, object] = {"execute": AgentExecutionResponse}

app = new_app()


@app.command(
    epilog=examples(
        "vlmrun execute -n invoice-reader -i invoice.pdf --json",
        'vlmrun execute -p "Extract the total" -i invoice.pdf --schema app.models:Invoice',
        'vlmrun execute -p "Redact the names" -i scan.pdf -o ./redacted',
        "vlmrun execute -k ./skills/receipts -i scans/ --no-wait",
    )
)
def execute(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Option("--name", "-n", metavar="NAME", help="The agent: NAME or NAME:VERSION.")
    ] = None,
    prompt: Annotated[
        str | None, typer.Option("--prompt", "-p", metavar="TEXT", help="The task: a text, a file, or stdin.")
    ] = None,
    inputs: Inputs = None,
    schema: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="JSON schema of the result: a file, or package.module:Model."),
    ] = None,
    skills: Skills = None,
    skill_ids: SkillIds = None,
    toolsets: Toolsets = None,
    model: Annotated[
        str, typer.Option("--model", "-m", metavar="NAME", help="The model that runs it.")
    ] = "vlmrun-orion-1:auto",
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Whether to wait for the result.")] = True,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", help="How long to wait for the result.", min=0.001)
    ] = 300,
    poll_interval: Annotated[float, typer.Option(metavar="SECONDS", help="Time between two polls.", min=0.001)] = 5,
    callback_url: Annotated[str | None, typer.Option(metavar="URL", help="Webhook that receives the result.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Folder for artifacts.", file_okay=False)
    ] = None,
) -> None:
    """Run an agent in the background, and wait for its result."""
    from vlmrun._resources.results import artifact_ids
    from vlmrun.cli._artifacts import make_folder, saved
    from vlmrun.cli._inputs import given, parts_of, prompt_of, read_schema, read_skills

    session = session_of(context)
    # A pipe is the prompt only if it is asked for: scripts run this with any stdin.
    task = None if prompt is None else prompt_of(None, prompt, stdin_is_taken="-" in (inputs or ()))
    chosen = read_skills(skills or (), skill_ids or ())
    if not (name or task or chosen):
        raise UsageError("nothing says what to do.", "-n AGENT, -p PROMPT, or -k SKILL")
    if output is not None and not wait:
        raise UsageError("-o needs the result, for which --no-wait does not wait.", "leave out one of them")
    config = AgentExecutionConfig(
        prompt=task,
        json_schema=None if schema is None else cast("dict[str, JsonValue]", read_schema(schema).json_schema),
        skills=chosen or None,
    )
    files = given(inputs or ())
    if output is not None:
        make_folder(output)
    parts = parts_of(session, files)
    started = session.client.agent.execute(
        name,
        {"files": parts} if parts else None,
        config=config,
        model=model,
        toolsets=cast("list[AgentToolset]", toolsets),  # the server knows newer ones
        callback_url=callback_url,
    )
    if not wait:
        session.out.document(started)
        session.out.note(f"Fetch the result with: vlmrun executions get {started.id} --wait")
        return
    with waited(session, f"execution {started.id}", f"vlmrun executions get {started.id} --wait"):
        done = session.client.executions.wait(started.id, timeout, poll_interval=poll_interval)
    show(session, "execution", done, lambda people: session.out.document(done, people))
    if output is not None:
        session.remember(f"Fetch the artifacts with: vlmrun artifacts list -e {done.id}")
        for artifact_id, path in saved(session, artifact_ids(done.response), output, execution_id=done.id):
            session.out.note(f"Saved {artifact_id} as {path}")
        session.ended()
