"""Run OpenAI's own chat tests against the accessors: `make openai`.

The tests come from OpenAI's source distribution, of the release that is installed; nothing of it is kept. They run
twice, with OpenAI's plain client and with `VLMRun(...).openai` in its place (`openai_tests.plugin`). No test may be
worse with ours, but those that `exceptions.toml` lists with the reason; that list may neither grow nor shrink unseen.

Run it in an environment that has the wheel, openai, pip and what OpenAI's tests need.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

from openai_tests.server import ChatServer
from openai_tests.verdicts import Outcomes, findings, read_exceptions

TESTS = ["tests/lib/chat", "tests/api_resources/chat/test_completions.py", "tests/test_client.py"]
EXCEPTIONS = Path(__file__).with_name("exceptions.toml")
FEWEST = 300
"""Fewer tests that pass with the plain client would show nothing."""


def main() -> int:
    """Run both, and print what is worse."""
    with tempfile.TemporaryDirectory() as folder, ChatServer() as server:
        tests = unpacked(Path(folder))
        with ThreadPoolExecutor() as threads:  # the tests mostly wait
            running = [threads.submit(run, tests, server.base_url, client) for client in ("plain", "ours")]
            plain, ours = (each.result() for each in running)
    passed = sum(outcome == "passed" for outcome in plain.values())
    found = findings(plain, ours, read_exceptions(EXCEPTIONS))
    if passed < FEWEST:
        found.append(f"only {passed} tests pass with the plain client")
    print(f"OpenAI's tests, openai {version('openai')}: {passed} of {len(plain)} pass with the plain client, ", end="")
    print(f"{sum(outcome == 'passed' for outcome in ours.values())} with ours")
    for finding in found:
        print(finding)
    return bool(found)


def unpacked(folder: Path) -> Path:
    """OpenAI's source distribution, of the release that is installed, unpacked in a folder."""
    requirement = f"openai=={version('openai')}"
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-binary=openai", f"--dest={folder}"]
    subprocess.run([sys.executable, "-m", "pip", "download", *options, requirement], check=True)
    (archive,) = folder.glob("openai-*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


def run(tests: Path, base_url: str, client: str) -> Outcomes:
    """What each test comes to with a client: with `plain`, or with `ours`."""
    report = tests / f"{client}.json"
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), str(tests)]),
        "TEST_API_BASE_URL": base_url,
        "OPENAI_TESTS_CLIENT": client,
        "OPENAI_TESTS_REPORT": str(report),
    }
    options = ["-p", "openai_tests.plugin", "-p", "no:cacheprovider", "-o", "addopts=", "--quiet", "--tb=line"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *TESTS, *sys.argv[1:]],
        cwd=tests,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if not report.exists():
        sys.exit(f"OpenAI's tests did not run with the {client} client:\n{done.stdout}{done.stderr}")
    outcomes: Outcomes = json.loads(report.read_text(encoding="utf-8"))
    return outcomes


if __name__ == "__main__":
    sys.exit(main())
