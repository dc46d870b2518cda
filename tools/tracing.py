"""Shows that tools which trace OpenAI's client see `client.agent.run`: openinference, logfire and langfuse.

`nox -s tracing` runs it with the releases in `tracing.txt`, each tool in a process of its own, against a
server on this machine. The suite has stand-ins for these tools (`tests/wire/test_tracing.py`); this is about the tools
themselves.
"""

from __future__ import annotations

import asyncio
import importlib
import subprocess
import sys
from typing import Any

from vlmrun import AsyncVLMRun, VLMRun
from vlmrun.client.exceptions import AuthenticationError
from vlmrun.local import LocalServer

# `Any`: these packages are installed only where this runs.
TOOLS = ("openinference", "logfire", "langfuse")


def _collect(tool: str) -> Any:
    """Start a tool; return what collects its spans."""
    trace: Any = importlib.import_module("opentelemetry.trace")
    sdk: Any = importlib.import_module("opentelemetry.sdk.trace")
    export: Any = importlib.import_module("opentelemetry.sdk.trace.export")
    memory: Any = importlib.import_module("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    exporter = memory.InMemorySpanExporter()
    processor = export.SimpleSpanProcessor(exporter)
    if tool == "openinference":
        provider = sdk.TracerProvider()
        provider.add_span_processor(processor)
        module: Any = importlib.import_module("openinference.instrumentation.openai")
        module.OpenAIInstrumentor().instrument(tracer_provider=provider)
    elif tool == "logfire":
        logfire: Any = importlib.import_module("logfire")
        logfire.configure(send_to_logfire=False, console=False, additional_span_processors=[processor])
        logfire.instrument_openai()
    else:
        langfuse: Any = importlib.import_module("langfuse")
        langfuse.Langfuse(public_key="pk", secret_key="sk", host="http://127.0.0.1:9")  # noqa: S106  # nothing is there
        trace.get_tracer_provider().add_span_processor(processor)
        importlib.import_module("langfuse.openai")
    return exporter


def _show(tool: str) -> None:
    """Make each kind of run, and see exactly one span of each."""
    exporter = _collect(tool)

    def seen(what: str, *, fails: bool = False) -> None:
        (span,) = exporter.get_finished_spans()
        exporter.clear()
        has_model = any("vlmrun-orion-1:auto" in str(value) for value in span.attributes.values())
        if (span.status.status_code.name == "ERROR") is not fails or not (has_model or fails):
            sys.exit(f"{tool}: {what} was not traced as it should be: {span.to_json()}")
        print(f"{tool}: {what}: {span.name}")

    with LocalServer() as server:
        with VLMRun(server.api_key, server.base_url) as client:
            client.agent.run("Read it.", toolsets=["image"])
            seen("a run")

        async def run() -> None:
            async with AsyncVLMRun(server.api_key, server.base_url) as client:
                await client.agent.run("Read it.")

        asyncio.run(run())
        seen("an async run")
        with VLMRun("wrong", server.base_url, max_retries=0) as client:
            try:
                client.agent.run("Read it.")
            except AuthenticationError:
                seen("a run that fails", fails=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _show(sys.argv[1])
    else:
        for each in TOOLS:
            subprocess.run([sys.executable, __file__, each], check=True)  # this file
