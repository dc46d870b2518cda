"""`python -m vlmrun.local`: serve until Ctrl-C (SIGINT) or SIGTERM."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from typing import get_args

from vlmrun.client.exceptions import ClientError, NetworkError
from vlmrun.local import Fault, FaultKind, LocalServer

_BANNER = """\
vlmrun.local serves {base_url} and has no model: it answers with what it received. Ctrl-C stops it.
The key below is good for this server only, and dies with it; printing it is its purpose.

    from vlmrun import VLMRun
    client = VLMRun(api_key="{api_key}", base_url="{base_url}")
    print(client.agent.completions.create(model="vlmrun-orion-1:auto", messages=[{{"role": "user", "content": "Hi"}}]))
"""


def main(arguments: list[str] | None = None) -> int:
    """Serve until a signal stops it. To be called in the main thread, where signals arrive.

    Args:
        arguments: The command line; the process's own where `None`.

    Returns:
        The exit code: 0 when it was stopped, 1 where the server could not be started.
    """
    parser = argparse.ArgumentParser(
        prog="python -m vlmrun.local",
        description="A VLM Run server on this machine, for demos and tests. It has no model.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to bind (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to bind, 0 for a free one (default: %(default)s)")
    # Not from the environment: a real key has no business here.
    parser.add_argument("--api-key", default=None, help="key to let in (default: a random one, which is printed)")
    parser.add_argument(
        "--fault",
        action="append",
        choices=get_args(FaultKind),
        default=[],
        help="what goes wrong with every request that can meet it; may be given again, the first is met",
    )
    options = parser.parse_args(arguments)
    faults = [Fault(kind, times=None) for kind in options.fault]
    # Set here, since a process that a script started in the background ignores SIGINT from birth.
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, signal.default_int_handler)
    try:
        # Nobody reads the requests here, and keeping them would fill the memory.
        with LocalServer(
            api_key=options.api_key, host=options.host, port=options.port, keep_requests=0, faults=faults
        ) as server:
            print(_BANNER.format(base_url=server.base_url, api_key=server.api_key), flush=True)  # noqa: T201  # a program prints
            while True:
                time.sleep(3600)
    except KeyboardInterrupt:
        return 0
    except (ClientError, NetworkError) as error:
        print(f"vlmrun.local: {error}", file=sys.stderr)  # noqa: T201  # a program prints
        return 1


if __name__ == "__main__":
    sys.exit(main())
