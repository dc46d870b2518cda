"""`python -m vlmrun.local`: serve until Ctrl-C (SIGINT) or SIGTERM."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from typing import get_args

from vlmrun.client.exceptions import ClientError, NetworkError
from vlmrun.local import Fault, FaultKind, LocalServer, Upstream

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
        " OpenAI-compatible server such as Ollama, vLLM or llama.cpp answers chats, executions and predictions.",
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
        " are sent there",
    )
    parser.add_argument("--model", help="model that the upstream answers with; required with --upstream")
    parser.add_argument("--upstream-key", metavar="KEY", help="key of the upstream, if it needs one")
    parser.add_argument(
        "--upstream-pages",
        metavar="NUMBER",
        type=int,
        default=20,
        help="PDF pages that a request may have with --upstream; each becomes an image (default: %(default)s)",
    )
    options = parser.parse_args(arguments)
    if (options.upstream is None) != (options.model is None):
        parser.error("--upstream and --model are needed together")
    if options.upstream is None and options.upstream_key is not None:
        parser.error("--upstream-key is for --upstream")
    return serve(
        options.host,
        options.port,
        options.api_key,
        options.fault,
        options.upstream,
        options.model,
        options.upstream_key,
        options.upstream_pages,
    )


def serve(
    host: str,
    port: int,
    api_key: str | None,
    faults: Sequence[FaultKind],
    upstream_url: str | None,
    model: str | None,
    upstream_key: str | None,
    upstream_pages: int,
) -> int:
    """Serve until a signal stops it. The arguments are the options of the command line.

    Args:
        host: Loopback address to bind.
        port: Port to bind, 0 for a free one.
        api_key: Key to accept; `None` for a random one.
        faults: Faults to inject into every request.
        upstream_url: Base URL of a server with a model; needed together with `model`.
        model: Its model.
        upstream_key: Its key.
        upstream_pages: PDF pages that a request to it may have.

    Returns:
        The exit code: 0 after a signal, 1 if the server could not be started.
    """
    # Set here: a process that a script starts in the background ignores SIGINT by default.
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, signal.default_int_handler)
    try:
        upstream, how = None, "without a model: replies describe what it received"
        if upstream_url is not None and model is not None:
            upstream = Upstream(upstream_url, model, upstream_key, max_pages=upstream_pages)
            how = f"with the model {upstream.model} at {upstream.url}"
        with LocalServer(
            api_key=api_key,
            host=host,
            port=port,
            keep_requests=0,  # neither is read here
            keep_work=0,
            faults=[Fault(kind, times=None) for kind in faults],
            upstream=upstream,
        ) as server:
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
