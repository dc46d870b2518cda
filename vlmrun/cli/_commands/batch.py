"""`vlmrun batch`: read many documents, with a journal that survives crashes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import BaseModel, Field

from vlmrun.cli._commands import examples, new_app
from vlmrun.cli._errors import ExitCode, UsageError
from vlmrun.cli._session import Session, session_of

if TYPE_CHECKING:
    from vlmrun.batch import BatchCounts
    from vlmrun.batch._jobs import StoredJob

__all__ = ["OUTPUTS", "app"]

app = new_app("Read many documents, with a journal that survives crashes.")


class BatchSummary(BaseModel):
    """How many items of a job are in each state."""

    number: int = Field(description="The number of the job in its journal.")
    job: str = Field(description="The prompt or the domain of the job.")
    pending: int = Field(description="Known, and not sent.")
    running: int = Field(description="On their way, or being worked on by the server.")
    done: int = Field(description="Answered.")
    failed: int = Field(description="Without an answer.")
    interrupted: int = Field(description="Sent by a process that ended before the server answered.")
    credits: float = Field(description="What all of them cost, as far as the server says.")


class BatchExport(BaseModel):
    """A file of results."""

    path: str = Field(description="The file.")
    items: int = Field(description="How many items it has.")


OUTPUTS: dict[str, object] = {
    "batch run": BatchSummary,
    "batch status": list[BatchSummary],
    "batch retry": BatchSummary,
    "batch export": BatchExport,
}

Journal = Annotated[str, typer.Argument(metavar="JOURNAL", help="The journal: a file such as invoices.db.")]
Job = Annotated[
    int | None, typer.Option("--job", metavar="NUMBER", help="The job that `status` has under this number, if several.")
]
NoWait = Annotated[bool, typer.Option("--wait/--no-wait", help="Whether to wait for what the server works on.")]


@app.command(
    epilog=examples(
        'vlmrun batch run invoices.db inbox/ -p "Read it." --schema app.models:Invoice',
        'vlmrun batch run scans.db "scans/*.png" -d document.invoice --rate 100',
    )
)
def run(
    context: typer.Context,
    journal: Journal,
    inputs: Annotated[
        list[str] | None, typer.Argument(metavar="FILE...", help="Files, folders, globs or URLs; - for stdin.")
    ] = None,
    prompt: Annotated[str | None, typer.Option("--prompt", "-p", metavar="TEXT", help="What to do with each.")] = None,
    domain: Annotated[
        str | None, typer.Option("--domain", "-d", metavar="DOMAIN", help="The domain of predictions, not a prompt.")
    ] = None,
    schema: Annotated[
        str | None, typer.Option(metavar="FILE", help="JSON schema of the results: a file, or package.module:Model.")
    ] = None,
    model: Annotated[str | None, typer.Option("--model", "-m", metavar="NAME", help="The model that runs it.")] = None,
    concurrency: Annotated[int, typer.Option(metavar="NUMBER", help="Items under way at a time.", min=1)] = 100,
    rate: Annotated[
        float | None, typer.Option(metavar="NUMBER", help="Requests a minute at most; by default what is let in.")
    ] = None,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", help="How long an item may take.", min=0.001)] = 600,
    wait: NoWait = True,
) -> None:
    """Read documents, those that are not done. Run it again, and only what is new is sent.

    Ctrl-C begins nothing new and waits for what is under way; again, it ends at once. The journal is whole in any case.
    The exit code is 1 if an item has failed or was interrupted.
    """
    from vlmrun._resources.schema_models import model_of
    from vlmrun.batch import Batch
    from vlmrun.batch._jobs import jobs_of
    from vlmrun.cli._inputs import given, read_schema

    session = session_of(context)
    if (prompt is None) == (domain is None):
        wrong = "nothing says what to do with each document" if prompt is None else "-p and -d exclude each other"
        raise UsageError(f"{wrong}.", "-p PROMPT, or -d DOMAIN")
    files = given(inputs or ())
    found = None if schema is None else read_schema(schema)
    response_model = None if found is None else found.model or model_of(found.json_schema, "Answer")
    # The overloads of Batch are for those who know which arguments they have.
    make: Any = Batch
    batch: Any = make(
        journal,
        prompt=prompt,
        domain=domain,
        response_model=response_model,
        client=session.client,
        model=model,
        concurrency=concurrency,
        requests_per_minute=rate,
        timeout=timeout,
    )

    sources = [(one.name, one.source) if isinstance(one.source, bytes) else one.source for one in files]
    session.remember(
        f"The journal has what is done. Go on with the same command; look with: vlmrun batch status {journal}"
    )
    counts = batch.run(sources, wait=wait, progress=session.out.shows_progress)
    stored = next((job for job in jobs_of(journal) if job.fingerprint == batch.fingerprint), None)
    if stored is None:
        raise UsageError("there is nothing to read.", "FILE...")
    _finish(session, stored, counts)


@app.command(epilog=examples("vlmrun batch status invoices.db", "vlmrun batch status invoices.db --json"))
def status(context: typer.Context, journal: Journal) -> None:
    """Show how far the jobs of a journal are. Another process may be running them."""
    from vlmrun.batch._jobs import jobs_of

    session = session_of(context)
    session.out.rows(
        [_summary(job, job.reopened(session.client).counts()) for job in jobs_of(_existing(journal))],
        {
            "NUMBER": lambda summary: summary.number,
            "JOB": lambda summary: summary.job,
            "DONE": lambda summary: summary.done,
            "FAILED": lambda summary: summary.failed,
            "INTERRUPTED": lambda summary: summary.interrupted,
            "RUNNING": lambda summary: summary.running,
            "PENDING": lambda summary: summary.pending,
            "CREDITS": lambda summary: round(summary.credits, 2),
        },
    )


@app.command(
    epilog=examples("vlmrun batch retry invoices.db", "vlmrun batch retry invoices.db -e Interrupted -e ServerError")
)
def retry(
    context: typer.Context,
    journal: Journal,
    errors: Annotated[
        list[str] | None,
        typer.Option("--error", "-e", metavar="NAME", help="Only these errors; Interrupted among them. Repeatable."),
    ] = None,
    job: Job = None,
    wait: NoWait = True,
) -> None:
    """Do again what has failed, and the rest. What has an id and did not finish in time is waited for.

    The exit code is 1 if an item has failed again.
    """
    session = session_of(context)
    found = _job(journal, job)
    batch = found.reopened(session.client)
    _finish(session, found, batch.run(retry=errors or "failed", wait=wait, progress=session.out.shows_progress))


@app.command(
    epilog=examples("vlmrun batch export invoices.db invoices.csv", "vlmrun batch export invoices.db invoices.parquet")
)
def export(
    context: typer.Context,
    journal: Journal,
    path: Annotated[str, typer.Argument(metavar="FILE", help="The file: .jsonl, .csv or .parquet.")],
    job: Job = None,
) -> None:
    """Write all items of a job to a file, those without an answer among them."""
    session = session_of(context)
    amount = _job(journal, job).reopened(session.client).write(path)
    session.out.document(BatchExport(path=path, items=amount), f"{amount:,} items in {path}")


def _job(journal: str, number: int | None) -> StoredJob:
    """The one job that is meant."""
    from vlmrun.batch._jobs import jobs_of

    jobs = [job for job in jobs_of(_existing(journal)) if number in (None, job.number)]
    if len(jobs) != 1:
        names = ", ".join(f"{job.number} ({job.name[:40]})" for job in jobs)
        raise UsageError(
            f"{journal} has several jobs: {names}." if jobs else f"{journal} has no such job.", "--job NUMBER"
        )
    return jobs[0]


def _existing(journal: str) -> str:
    if not Path(journal).is_file():
        raise UsageError(f"there is no journal {journal}.", "the file that vlmrun batch run has made")
    return journal


def _finish(session: Session, job: StoredJob, counts: BatchCounts) -> None:
    summary = _summary(job, counts)
    told = [
        f"{amount:,} {what}"
        for what, amount in summary.model_dump(exclude={"number", "job", "credits"}).items()
        if amount
    ]
    session.out.document(summary, ", ".join(told) or "Nothing to do.")
    session.ended()
    if counts.failed or counts.interrupted:
        raise typer.Exit(ExitCode.FAILED)


def _summary(job: StoredJob, counts: BatchCounts) -> BatchSummary:
    return BatchSummary(
        number=job.number,
        job=job.name,
        pending=counts.pending,
        running=counts.running,
        done=counts.done,
        failed=counts.failed,
        interrupted=counts.interrupted,
        credits=counts.credits,
    )
