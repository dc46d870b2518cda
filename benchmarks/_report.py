"""What comes of the measurements, as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks._environments import OFFICIAL
from benchmarks._timing import Bench, Curve, Result, in_words

HEAD = """\
# This package beside what people would use instead

`make bench` makes this page. The sides of a pair are measured in turn, in one run on one machine, against
[one fast server](_server.py) on it; a figure is the median of the ratios of neighbours, with its quartiles in brackets.
What each side does is in [_worker.py](_worker.py). Each side is installed in an environment of its own, this package
from its wheel.

![The main figures](results.svg)

"""

NOTES = """
## What stands behind the figures

- **Start** is a whole process, from its start to its end.
- **One call** is made over a connection that is open. Both sides are in one process, several times anew; those of the
  official SDK are in two processes, as it needs an older openai.
- **httpx2 and pydantic** is the least that a native call can be here: a request and its answer, validated into the same
  models. Above it are the URL and the headers, the retries, the total timeout and the errors.
- **Predictions** are one call each: a file is hashed, looked up, uploaded and read, which is three requests for either
  side.
- **Executions** are submitted and awaited: one `AsyncVLMRun` with all thousand at once beside a pool of threads. `wait`
  of the official SDK asks every five seconds, that of this package after 0.1 s at first. Of those that take two
  seconds, the official SDK was given fewer, as a rate needs no more.
- **Files**: the plain copy is a loop of `read` and `sendall`, or of `recv` and `write`, a megabyte at a time. An upload
  reads the file twice: once for its digest, by which the server knows whether it has it, and that is MD5's own speed. A
  download arrives in pieces of 64 KiB, which is how httpcore2 reads a socket; bare httpx2 is no faster.
- **Pages** are rendered by another process, which sends each PNG through a pipe. Ours are compressed at level 3, which
  takes two thirds of the time of Pillow's level 6; a second row has both sides at that level. The first pages of a
  program include the start of that process.
- **Installed** is what the distributions hold, without byte code.
- **Type checking**: each check comes after a change to the application, as for somebody who works on it.

## Where a floor is

- **A chat** is a call of OpenAI's client here as there, and what this package adds to it is some 20 µs, however long
  the chat takes: 100 of 5,900 calls of functions, by Python's profiler. Left out one at a time, the parts are: reading
  the answer before OpenAI's client does, so that a page of HTML or half an answer is an error and no empty completion
  (1.2 % of a chat on loopback), sockets that end when the client is closed (0.8 %), the timeout for the answer as a
  whole (0.8 %), long chats (0.4 %), the word for a client that is closed (0.3 %) and redirects that take no secret
  along (0.2 %); one more function between OpenAI's client and its connections, that does nothing, is 0.6 % by itself.
  In a loop of its own each takes a third of that: the rest is what other code costs a processor's caches. None of these
  is left out for the sake of a figure.
- **An event of a stream** is looked at for its end and for a finish reason, so that a stream that is cut is an error:
  1 to 2 µs, most of which is the search of its bytes. Async streams and chats have one more coroutine at each step.
- **A thousand executions under way** keep some hundred objects each, two thirds of them httpx2's and anyio's, which
  Python's garbage collector looks through as they come and go: an eighth of the time. Without it they are as fast as a
  hundred.
- **Executions that are done at once** are two requests with nothing between them, and the figure is what a request
  costs one processor. One process makes some 2,300 of them a second with httpx2, one at a time or ten, and over a
  pool of 100 connections some 1,700, as httpcore2 looks through it for each request. Five times what
  the official SDK makes would be 140 µs a request, which is what Python's `http.client` takes without JSON, timeouts or
  validation. As soon as an execution takes any time, what counts is how soon its end is seen: the next row.
"""


def page(bench: Bench, results: Sequence[Result], curves: Sequence[Curve], machine: Mapping[str, object]) -> str:
    """The page."""
    lines = [HEAD]
    if bench.is_quick:
        lines.append("**A quick run, to see that all works: these are no figures.**\n\n")
    lines += ["| measured | vlmrun | beside | ratio | target | met |\n", "|---|---|---|---|---|---|\n"]
    lines += [f"| {' | '.join(_cells(result))} |\n" for result in results]
    lines += [_curve(curves) if curves else "", NOTES, "\n## Where\n\n", _where(bench, machine)]
    return "".join(lines)


def _cells(result: Result) -> tuple[str, ...]:
    figure = result.figure
    ratio = ""
    if figure is not None:
        median, low, high = map(in_words, (figure.median, figure.low, figure.high))
        ratio = f"**{median}** {result.unit.split()[0]} [{low}, {high}]"
    target = "" if result.target is None else f"{'≥' if result.at_least else '≤'} {result.target:g}"
    met = {True: "yes", False: "**no**", None: ""}[result.met]
    return result.what, result.ours, f"{result.beside} {result.theirs}".strip(), ratio, target, met


def _curve(curves: Sequence[Curve]) -> str:
    columns = [concurrency for concurrency, _ in curves[0].points]
    lines = [
        "\n## Executions per second against how many are under way\n\n",
        "Each is submitted and awaited: two requests, which the server answers after 50 ms.\n\n",
        f"| under way | {' | '.join(f'{column:,}' for column in columns)} |\n",
        f"|---|{'---|' * len(columns)}\n",
    ]
    lines += [
        f"| {curve.name} | {' | '.join(f'{per_second:,.0f}' for _, per_second in curve.points)} |\n" for curve in curves
    ]
    return "".join(lines)


def _where(bench: Bench, machine: Mapping[str, object]) -> str:
    def named(versions: Mapping[str, str], *names: str) -> str:
        return ", ".join(f"{name} {versions[name]}" for name in names if name in versions)

    known = ("openai", "httpx2", "httpcore2", "h11", "anyio", "pydantic", "pydantic-core")
    official = f"{OFFICIAL} cannot be installed here"
    if bench.official is not None:
        official = named(bench.official.versions, "vlmrun", "openai", "httpx", "requests", "urllib3", "pydantic")
    return (
        f"- When: {str(machine['date'])[:10]}\n"
        f"- Machine: {machine.get('cpu_model_name', 'unknown')}, {machine.get('cpu_count', '?')} cores, "
        f"{machine['platform']}, load {machine.get('load_avg_1min', '?')} at the end\n"
        f"- Python: {machine['python_version']}\n"
        f"- vlmrun: {bench.ours.versions['vlmrun']}, with {named(bench.ours.versions, *known)}\n"
        f"- Official SDK: {official}\n"
        f"- Every value: `python -m pyperf stats build/benchmarks/samples.json` (pyperf {machine['perf_version']})\n"
    )
