"""Kill a job of many items at random moments, start it again, and count what the server was asked.

Nothing may be lost, nothing may be started twice, and every interrupted item must be named.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter

from vlmrun import VLMRun
from vlmrun.batch import Batch
from vlmrun.local import LocalServer

PROGRAM = """
import sys
from vlmrun import VLMRun
from vlmrun.batch import Batch

batch = Batch(sys.argv[1], prompt="Item {n}", client=VLMRun(sys.argv[2], sys.argv[3]), concurrency=20)
batch.run([{"n": n} for n in range(int(sys.argv[4]))])
"""


def main() -> int:
    """Kill as often as asked; 0 if nothing was lost and nothing was done twice."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--items", type=int, default=500)
    arguments = parser.parse_args()
    random.seed(17)
    kills = lost = twice = unnamed = interrupted = 0
    with LocalServer(keep_requests=None, keep_work=None) as server, tempfile.TemporaryDirectory() as folder:
        client = VLMRun(server.api_key, server.base_url)
        while kills < arguments.kills:
            server.reset()
            path = f"{folder}/{kills}.db"
            command = [sys.executable, "-c", PROGRAM, path, server.api_key, server.base_url, str(arguments.items)]
            ended = None
            while ended != 0 and kills < arguments.kills:
                process = subprocess.Popen(command)
                try:
                    ended = process.wait(random.uniform(0.5, 4.0))  # noqa: S311  # not for security
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                    kills += 1
            batch = Batch(path, prompt="Item {n}", client=client, concurrency=20)
            counts = batch.run([{"n": number} for number in range(arguments.items)])
            asked = Counter(request.prompt_text for request in server.requests if request.path == "/v1/agent/execute")
            named = {result.source for result in batch.results(status="interrupted")}
            done = {result.source for result in batch.results(status="done")}
            lost += arguments.items - counts.done - counts.interrupted + len(done & named)
            twice += sum(times > 1 for times in asked.values())
            unnamed += sum(f'{{"n": {text.split()[1]}}}' not in done | named for text in asked)
            interrupted += counts.interrupted
            print(f"{kills} kills: {counts.done} done, {counts.interrupted} interrupted, {sum(asked.values())} started")
    print(f"{kills} kills: {lost} lost, {twice} started twice, {unnamed} not named, {interrupted} interrupted")
    return 1 if lost or twice or unnamed else 0


if __name__ == "__main__":
    begun = time.monotonic()
    status = main()
    print(f"{time.monotonic() - begun:.0f} s")
    sys.exit(status)
