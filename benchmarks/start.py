"""From a cold start: what a process pays before its first call."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks._timing import Bench, Result, alternate, milliseconds, process

CLIENT = "import vlmrun; vlmrun.VLMRun(api_key='k')"
COMPLETIONS = "from vlmrun import VLMRun; VLMRun(api_key='k').agent.completions"
OPENAI_COMPLETIONS = "from openai import OpenAI; OpenAI(api_key='k').chat.completions"
OFFICIAL_IMPORT = "from vlmrun.client import VLMRun"


def measure(bench: Bench) -> Iterator[Result]:
    """Whole processes, in turn."""
    python = bench.ours.python
    start = alternate(process(python, CLIENT), process(python, "pass"), bench.rounds(100), 2)
    bench.keep("start.vlmrun", "start.python", start)
    difference = start.difference()
    yield Result(
        "start: `import vlmrun; vlmrun.VLMRun(...)`",
        milliseconds(start.ours),
        "bare Python",
        milliseconds(start.theirs),
        type(difference)(difference.median * 1e3, difference.low * 1e3, difference.high * 1e3),
        "ms over",
        15,
    )
    if bench.official is not None:
        official = alternate(
            process(python, CLIENT), process(bench.official.python, OFFICIAL_IMPORT), bench.rounds(16), 2
        )
        bench.keep("start.vlmrun (2)", "start.official", official)
        yield Result(
            "start, beside the official SDK's import alone",
            milliseconds(official.ours),
            "official SDK",
            milliseconds(official.theirs),
            official.ratio(),
        )
    cold = alternate(process(python, COMPLETIONS), process(python, OPENAI_COMPLETIONS), bench.rounds(24), 2)
    bench.keep("cold.vlmrun", "cold.openai", cold)
    yield Result(
        "first `client.agent.completions`, from a cold start",
        milliseconds(cold.ours),
        "`OpenAI(...).chat.completions`",
        milliseconds(cold.theirs),
        cold.ratio(),
        target=1.05,
    )
