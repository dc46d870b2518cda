"""`python -m vlmrun.local`: serve until Ctrl-C (SIGINT) or SIGTERM."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from vlmrun.client.exceptions import ClientError, NetworkError
from vlmrun.local import Fault, FaultKind, LocalServer, Upstream
from vlmrun.local._recordings.arguments import DEFAULT_UPSTREAM

_BANNER = """\
vlmrun.local serves {base_url} {how}. Press Ctrl-C to stop it.
The key below is valid for this server only, while it runs.

    from vlmrun import VLMRun
    client = VLMRun(api_key="{api_key}", base_url="{base_url}")
    print(client.agent.completions.create(model="vlmrun-orion-1:auto", messages=[{{"role": "user", "content": "Hi"}}]))
"""


def main(arguments: list[str] | None = None) -> int:
    """Serve until a signal stops it. Call it in the main thread, where signals arrive.

    Args:
        arguments: The command line; defaults to that of the process.

    Returns:
        The exit code: 0 after a signal, 1 if the server could not be started.
    """
    parser = argparse.ArgumentParser(
        prog="python -m vlmrun.local",
        description="A local VLM Run server for demos and tests. It runs no model; with --upstream and --model, an"
        " OpenAI-compatible server such as Ollama, vLLM or llama.cpp answers chats, executions and predictions."
        " With --record, the answers of VLM Run are written to files, and with --replay they are given offline.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to bind (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to bind, 0 for a free one (default: %(default)s)")
    # Not from the environment: a real key does not belong here.
    parser.add_argument("--api-key", default=None, help="key to accept (default: a random key, which is printed)")
    parser.add_argument(
        "--fault",
        action="append",
        choices=get_args(FaultKind),
        default=[],
        help="fault to inject into every request that it can affect; repeatable; the first matching fault applies",
    )
    parser.add_argument(
        "--upstream",
        metavar="URL",
        help="base URL of the API of an OpenAI-compatible server, such as http://127.0.0.1:11434/v1; prompts and files"
        " are sent there. With --record, of the server to record; that of VLM Run by default",
    )
    parser.add_argument("--model", help="model that the upstream answers with; required with --upstream")
    parser.add_argument(
        "--upstream-key",
        metavar="KEY",
        help="key of the upstream, if it needs one; with --record, VLMRUN_API_KEY by default",
    )
    parser.add_argument(
        "--upstream-pages",
        metavar="NUMBER",
        type=int,
        default=20,
        help="PDF pages that a request may have with --model; each becomes an image (default: %(default)s)",
    )
    parser.add_argument(
        "--record", metavar="FOLDER", help="forward requests to VLM Run, and write its answers to this folder"
    )
    parser.add_argument("--replay", metavar="FOLDER", help="answer from the files that --record has written, offline")
    options = parser.parse_args(arguments)
    answering = Answering(
        options.upstream, options.model, options.upstream_key, options.upstream_pages, options.record, options.replay
    )
    if answering.problem is not None:
        parser.error(answering.problem)
    return serve(options.host, options.port, options.api_key, options.fault, answering)


@dataclass(frozen=True)
class Answering:
    """Who answers: the options of the command line that say so."""

    upstream: str | None = None
    """Base URL of a server with a model, or of the server to record."""
    model: str | None = None
    """The model that answers."""
    upstream_key: str | None = None
    """The key of the upstream."""
    upstream_pages: int = 20
    """PDF pages that a request to a model may have."""
    record: str | None = None
    """The folder to record to."""
    replay: str | None = None
    """The folder to answer from."""

    @property
    def problem(self) -> str | None:
        """What does not fit together; `None` if all does."""
        if self.replay is not None and (self.record, self.upstream, self.model, self.upstream_key) != (None,) * 4:
            return "--replay needs no upstream, and records nothing"
        if self.record is not None and self.model is not None:
            return "--model cannot be recorded; --record is for the answers of VLM Run"
        if self.record is None and (self.upstream is None) != (self.model is None):
            return "--upstream and --model are needed together"
        if self.record is None and self.upstream is None and self.upstream_key is not None:
            return "--upstream-key is for --upstream"
        return None

    def server(self, host: str, port: int, api_key: str | None) -> tuple[LocalServer, str]:
        """The server, not started, and in words how it answers."""
        # What it keeps is read by nobody here.
        if self.replay is not None:
            server = LocalServer.replay(self.replay, host=host, port=port, server_key=api_key, keep_requests=0)
            return server, f"with the answers in {self.replay}"
        if self.record is not None:
            url = self.upstream or DEFAULT_UPSTREAM
            server = LocalServer.record(
                self.record,
                upstream=url,
                api_key=self.upstream_key,
                host=host,
                port=port,
                server_key=api_key,
                keep_requests=0,
            )
            return server, f"and records the answers of {url} in {self.record}"
        upstream, how = None, "without a model: replies describe what it received"
        if self.upstream is not None and self.model is not None:
            upstream = Upstream(self.upstream, self.model, self.upstream_key, max_pages=self.upstream_pages)
            how = f"with the model {upstream.model} at {upstream.url}"
        server = LocalServer(api_key=api_key, host=host, port=port, keep_requests=0, keep_work=0, upstream=upstream)
        return server, how


def serve(host: str, port: int, api_key: str | None, faults: Sequence[FaultKind], answering: Answering) -> int:
    """Serve until a signal stops it. The arguments are the options of the command line.

    Args:
        host: Loopback address to bind.
        port: Port to bind, 0 for a free one.
        api_key: Key to accept; `None` for a random one.
        faults: Faults to inject into every request.
        answering: Who answers.

    Returns:
        The exit code: 0 after a signal, 1 if the server could not be started.
    """
    # Set here: a process that a script starts in the background ignores SIGINT by default.
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, signal.default_int_handler)
    try:
        server, how = answering.server(host, port, api_key)
        for kind in faults:
            server.add_fault(Fault(kind, times=None))
        with server:
            print(_BANNER.format(base_url=server.base_url, how=how, api_key=server.api_key), flush=True)  # noqa: T201  # a program prints
            while True:
                time.sleep(3600)
    except KeyboardInterrupt:
        return 0
    except (ClientError, NetworkError) as error:
        print(f"vlmrun.local: {error}", file=sys.stderr)  # noqa: T201  # a program prints
        return 1


if __name__ == "__main__":
    sys.exit(main())
