"""`vlmrun executions`: runs of agents."""

from __future__ import annotations

from typing import Annotated

import typer

from vlmrun.cli._commands import examples, new_app
from vlmrun.cli._commands._jobs import (
    Limit,
    PollInterval,
    Since,
    Skip,
    Status,
    Until,
    Wait,
    WaitLimit,
    chosen,
    page_size,
    show,
    waited,
)
from vlmrun.cli._session import session_of
from vlmrun.client.types import AgentExecutionResponse

__all__ = ["OUTPUTS", "app"]

app = new_app("List executions of agents, and fetch their answers.")

OUTPUTS: dict[str, object] = {
    "executions list": list[AgentExecutionResponse],
    "executions get": AgentExecutionResponse,
}


@app.command("list", epilog=examples("vlmrun executions list --status failed", "vlmrun executions list -n 100 --jsonl"))
def list_(
    context: typer.Context,
    skip: Skip = 0,
    limit: Limit = 10,
    status: Status = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """List executions."""
    session = session_of(context)
    found = session.client.executions.list(skip, page_size(limit))
    session.out.rows(
        chosen(found, limit, status, since, until),
        {
            "ID": lambda job: job.id,
            "STATUS": lambda job: job.status,
            "CREATED": lambda job: job.created_at,
            "NAME": lambda job: job.name,
        },
    )


@app.command(epilog=examples("vlmrun executions get 1b2c --wait", "vlmrun executions get 1b2c --json | jq .response"))
def get(
    context: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help="The id of the execution.")],
    wait: Wait = False,
    timeout: WaitLimit = 300.0,
    poll_interval: PollInterval = None,
) -> None:
    """Show an execution, with its answer once there is one."""
    session = session_of(context)
    if wait:
        with waited(session, f"execution {id}", f"vlmrun executions get {id} --wait"):
            execution = session.client.executions.wait(id, timeout, poll_interval=poll_interval)
    else:
        execution = session.client.executions.get(id)
    show(session, "execution", execution, lambda people: session.out.document(execution, people))
