"""`vlmrun predictions`: what was extracted from files."""

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
from vlmrun.client.types import PredictionResponse

__all__ = ["OUTPUTS", "app"]

app = new_app("List predictions, and fetch their answers.")

OUTPUTS: dict[str, object] = {
    "predictions list": list[PredictionResponse],
    "predictions get": PredictionResponse,
}


@app.command(
    "list", epilog=examples("vlmrun predictions list --status failed", "vlmrun predictions list -n 100 --jsonl")
)
def list_(
    context: typer.Context,
    skip: Skip = 0,
    limit: Limit = 10,
    status: Status = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """List predictions."""
    session = session_of(context)
    found = session.client.predictions.list(skip, page_size(limit))
    session.out.rows(
        chosen(found, limit, status, since, until),
        {
            "ID": lambda job: job.id,
            "STATUS": lambda job: job.status,
            "CREATED": lambda job: job.created_at,
            "DOMAIN": lambda job: job.domain,
        },
    )


@app.command(epilog=examples("vlmrun predictions get 1b2c --wait", "vlmrun predictions get 1b2c --json | jq .response"))
def get(
    context: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help="The id of the prediction.")],
    wait: Wait = False,
    timeout: WaitLimit = 60.0,
    poll_interval: PollInterval = None,
) -> None:
    """Show a prediction, with its answer once there is one."""
    session = session_of(context)
    if wait:
        with waited(session, f"prediction {id}", f"vlmrun predictions get {id} --wait"):
            prediction = session.client.predictions.wait(id, timeout, poll_interval=poll_interval)
    else:
        prediction = session.client.predictions.get(id)
    show(session, "prediction", prediction, lambda people: session.out.document(prediction, people))
