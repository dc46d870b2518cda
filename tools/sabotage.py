"""Breaks the package in small ways, one at a time, and shows that some gate turns red each time: `make sabotage`.

A breakage that no gate notices fails the run. Each is made in a copy of this tree, whose wheel is installed into the
environment that this runs in: it needs the checkers, openai and what the tests need (`nox --session sabotage`). Words
select breakages: `nox --session sabotage -- webhook skill`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]

# What may turn red, as users of the wheel run it.
BIN = Path(sys.executable).parent
PYTEST = [str(BIN / "pytest"), "-qx", "--numprocesses=auto"]
GATES = {
    "types": [sys.executable, "tools/check_types.py"],
    "completeness": [sys.executable, "tools/completeness.py"],
    "surface": [*PYTEST, "tests/surface"],
    "laws": [*PYTEST, "tests/laws"],
    "wire": [*PYTEST, "tests/wire", "tests/test_agent_completions.py"],
    "migration": [*PYTEST, "tests/migration"],
    "cli": [*PYTEST, "tests/cli"],
}

AGENT_STUB = "stubs/vlmrun-stubs/_resources/_sync/agent.pyi"
CLIENT_STUB = "stubs/vlmrun-stubs/_resources/_sync/client.pyi"


@dataclass(frozen=True)
class Breakage:
    """One small mistake."""

    what: str
    """What is wrong with it."""
    gate: str
    """The gate that is to notice."""
    file: str
    """The file it is made in."""
    old: str
    """A text that stands there; its first place is changed."""
    new: str | None
    """What stands there instead; `None` removes the file."""


BREAKAGES = [
    Breakage(
        "on_progress of a presigned upload is told nothing after its start",
        "wire",
        "vlmrun/_http/requests.py",
        "            yield chunk\n            self._report(done := done + len(chunk))\n",
        "            yield chunk\n",
    ),
    Breakage(
        "a prediction is not sent whether it is one of a batch",
        "wire",
        "vlmrun/_resources/extractions.py",
        '        "batch": batch,\n',
        "",
    ),
    Breakage(
        "an answer is not read into the model of its domain",
        "wire",
        "vlmrun/_resources/extractions.py",
        'DOMAIN_MODELS.get(domain or "")',
        "None",
    ),
    Breakage(
        "a batch is waited for",
        "wire",
        "vlmrun/_resources/_sync/predicting.py",
        "    if request.batch:",
        "    if False:",
    ),
    Breakage(
        "a failed prediction is waited for",
        "wire",
        "vlmrun/_resources/polls.py",
        '_FAILED = ("failed", "cancelled")',
        '_FAILED = ("cancelled",)',
    ),
    Breakage(
        "a misspelt key of config is sent",
        "wire",
        "vlmrun/_resources/extractions.py",
        "        if unknown:",
        "        if False:",
    ),
    Breakage(
        "images and urls may both be given",
        "wire",
        "vlmrun/_resources/extractions.py",
        "if (images is None) == (urls is None):",
        "if images is None and urls is None:",
    ),
    Breakage(
        "training is allowed by default",
        "wire",
        "vlmrun/client/types/_base.py",
        "allow_training: bool | None = None",
        "allow_training: bool | None = True",
    ),
    Breakage(
        "a large image is sent with the request",
        "wire",
        "vlmrun/_resources/_sync/image.py",
        "        if is_large(source):",
        "        if False:",
    ),
    Breakage(
        "a prediction is JSON to checkers",
        "types",
        "stubs/vlmrun-stubs/_resources/_sync/document.pyi",
        "-> PredictionResponse[_M]",
        "-> PredictionResponse",
    ),
    Breakage(
        "audio is transcribed into the model of videos",
        "types",
        "stubs/vlmrun-stubs/_resources/_sync/audio.pyi",
        "-> PredictionResponse[AudioTranscription]",
        "-> PredictionResponse[VideoTranscription]",
    ),
    Breakage(
        "any key of config passes the checkers",
        "types",
        "stubs/vlmrun-stubs/_resources/_sync/document.pyi",
        "config: GenerationConfig | GenerationOptions | None = None,\n"
        "        metadata: RequestMetadata | AgentMetadata | None = None,\n"
        "        callback_url: str | None = None,\n"
        "        autocast: bool = False,\n"
        "        *,\n"
        "        response_model: type[BaseModel]",
        "config: GenerationConfig | GenerationOptions | Mapping[str, object] | None = None,\n"
        "        metadata: RequestMetadata | AgentMetadata | None = None,\n"
        "        callback_url: str | None = None,\n"
        "        autocast: bool = False,\n"
        "        *,\n"
        "        response_model: type[BaseModel]",
    ),
    Breakage(
        "a longer signature is a signature",
        "surface",
        "vlmrun/_resources/webhooks.py",
        "_SIGNATURE.fullmatch(signature)",
        "_SIGNATURE.match(signature)",
    ),
    Breakage(
        "an empty secret signs",
        "surface",
        "vlmrun/_resources/webhooks.py",
        "if found is None or not key or content is None:",
        "if found is None or key is None or content is None:",
    ),
    Breakage(
        "signatures are compared as text",
        "surface",
        "vlmrun/_resources/webhooks.py",
        "hmac.compare_digest(found[1], digest_of(content, key))",
        "found[1] == digest_of(content, key)",
    ),
    Breakage(
        "a webhook is read without its signature",
        "surface",
        "vlmrun/_resources/webhooks.py",
        "    if not verify(body, signature, secret):",
        "    if False:",
    ),
    Breakage(
        "a webhook's key has no status",
        "surface",
        "vlmrun/_resources/webhooks.py",
        'return f"{self.id}:{self.status}"',
        "return self.id",
    ),
    Breakage(
        "a skill is unpacked outside its folder",
        "wire",
        "vlmrun/_resources/unpacking.py",
        'if _UNSAFE.search(name) or any(_is_unsafe(part) for part in name.split("/")):',
        "if _UNSAFE.search(name):",
    ),
    Breakage(
        "hidden files go along with a skill",
        "surface",
        "vlmrun/_inputs/bundles.py",
        'return part.startswith(".") or part == "__pycache__"',
        'return part == "__pycache__"',
    ),
    Breakage(
        "a skill has the time of its files",
        "surface",
        "vlmrun/_inputs/bundles.py",
        "zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))",
        "zipfile.ZipInfo(name, date_time=__import__('time').localtime()[:6])",
    ),
    Breakage(
        "a box is drawn over what was read",
        "surface",
        "vlmrun/_drawing/painting.py",
        "away = line + 1",
        "away = 0",
    ),
    Breakage(
        "a box of any page is drawn on a page",
        "surface",
        "vlmrun/_drawing/marks.py",
        "if _page(mark) in (None, page)]",
        "]",
    ),
    Breakage(
        "a label has letters that its font lacks",
        "surface",
        "vlmrun/_drawing/lettering.py",
        "        if not any(lacks(self._font, letter) for letter in text):",
        "        if True:",
    ),
    Breakage(
        "a stranger's URL leads into the network of the user",
        "wire",
        "vlmrun/_http/strangers.py",
        "if is_public(address)]",
        "]",
    ),
    Breakage(
        "a stranger's redirect leads to any scheme",
        "wire",
        "vlmrun/_http/strangers.py",
        "    follows = build_get(target)",
        '    follows = httpx2.Request("GET", target or "http://93.184.215.14/out/report.pdf")',
    ),
    Breakage(
        "a proxy looks up the host of a stranger",
        "wire",
        "vlmrun/_http/_sync/guards.py",
        "            options = options.without_proxy()",
        "            pass",
    ),
    Breakage(
        "a skill is fetched from any address",
        "wire",
        "vlmrun/_resources/_sync/skills.py",
        "if is_at(self.__connections__.base_url, found.download_url):",
        "if True:",
    ),
    Breakage(
        "the key of another server goes to the gateway",
        "wire",
        "vlmrun/_arguments/gateway.py",
        'if host != _DOMAIN and not host.endswith(f".{_DOMAIN}"):',
        "if False:",
    ),
    Breakage(
        "the gateway's health is below its version",
        "wire",
        "vlmrun/_resources/_sync/gateway.py",
        "self.__connections__.at(gateway_root(self.__connections__.base_url))",
        "self.__connections__",
    ),
    Breakage(
        "the price of an answer is lost",
        "surface",
        "vlmrun/_resources/results.py",
        '_extra(usage).get("cost")',
        '_extra(usage).get("price")',
    ),
    Breakage(
        "a name of the official SDK is in no table",
        "migration",
        "docs/migration.md",
        "| `SystemOne.models` | the same |  |\n",
        "",
    ),
    Breakage(
        "the official name of poll_interval is refused",
        "migration",
        "vlmrun/_resources/_sync/prediction_resource.py",
        "interval_of(poll_interval, sleep)",
        "interval_of(sleep, sleep)",
    ),
    Breakage(
        "an encoded image is no data: URL",
        "migration",
        "vlmrun/_compat/images.py",
        'if file_format == "binary":',
        "if True:",
    ),
    Breakage(
        "a stub's return type is another",
        "types",
        AGENT_STUB,
        "def completions(self) -> Completions",
        "def completions(self) -> object",
    ),
    Breakage("a stub's return type differs from the source's", "surface", CLIENT_STUB, "-> bool", "-> object"),
    Breakage("a stub lacks a parameter", "surface", AGENT_STUB, "        callback_url: str | None = None,\n", ""),
    Breakage(
        "a parameter is gone from stub and source",
        "types",
        AGENT_STUB,
        "        agent_id: str,\n",
        "",
    ),
    Breakage(
        "an accessor is Any",
        "types",
        AGENT_STUB,
        "from openai.resources.chat.completions import AsyncCompletions, Completions\n",
        "from typing import Any\nfrom openai.resources.chat.completions import AsyncCompletions\nCompletions = Any\n",
    ),
    Breakage(
        "an overload is gone",
        "types",
        AGENT_STUB,
        "name: str,\n        id: None = None",
        "name: str,\n        id: str | None = None",
    ),
    Breakage("a run's output is anything", "types", AGENT_STUB, "-> AgentRun[_M, Chat", "-> AgentRun[object, Chat"),
    Breakage(
        "any toolset is taken",
        "types",
        "vlmrun/_inputs/options.py",
        "AgentToolset: TypeAlias = Literal[",
        "AgentToolset: TypeAlias = str | Literal[",
    ),
    Breakage(
        "cached_property is visible",
        "types",
        AGENT_STUB,
        "    @property\n    def completions(self) -> Completions:",
        "    from functools import cached_property\n    @cached_property\n    def completions(self) -> Completions:",
    ),
    Breakage(
        "a client's property can be set",
        "types",
        CLIENT_STUB,
        "    @property\n    def timeout(self) -> float | None: ...",
        "    timeout: float | None",
    ),
    Breakage("py.typed is gone", "surface", "vlmrun/py.typed", "", None),
    Breakage("the stubs are not marked as partial", "surface", "stubs/vlmrun-stubs/py.typed", "partial", ""),
    Breakage("a stub is gone", "surface", AGENT_STUB, "", None),
    Breakage("the stubs are left out of the wheel", "surface", "pyproject.toml", ', "stubs/vlmrun-stubs"]', "]"),
    Breakage(
        "a Protocol is wider",
        "types",
        "vlmrun/protocols.py",
        "def completions(self) -> Completions",
        "def completions(self) -> object",
    ),
    Breakage(
        "a Protocol can be written to",
        "types",
        "vlmrun/protocols.py",
        "    @property\n    def openai(self) -> OpenAI:",
        "    openai: OpenAI\n\n    def _openai(self) -> OpenAI:",
    ),
    Breakage(
        "a model's configuration has no declared type",
        "completeness",
        "vlmrun/client/types/_base.py",
        "model_config: ClassVar[ConfigDict] =",
        "model_config =",
    ),
    Breakage(
        "a required dependency is pinned",
        "surface",
        "pyproject.toml",
        '"pydantic>=2.7"',
        '"pydantic>=2.7,<4"',
    ),
    Breakage(
        "openai is imported with the package",
        "surface",
        "vlmrun/_resources/_sync/client.py",
        "import os\n",
        "import os\nimport openai as _openai\n",
    ),
    Breakage(
        "a module imports from above",
        "surface",
        "vlmrun/_arguments/urls.py",
        "import re\n",
        "import re\nimport vlmrun.client.agent\n",
    ),
    Breakage(
        "the key is in the repr",
        "laws",
        "vlmrun/_arguments/config.py",
        "(base_url={self.base_url!r}",
        "(api_key={self.api_key!r}",
    ),
    Breakage(
        "a base URL is joined as text", "laws", "vlmrun/_arguments/urls.py", "        segments.pop()", "        break"
    ),
    Breakage("identifiers are not encoded", "laws", "vlmrun/_arguments/urls.py", 'quote(segment, safe="")', "segment"),
    Breakage(
        "a POST is repeated after a 500",
        "laws",
        "vlmrun/_http/retries.py",
        '(method != "POST" and (status == 408 or status >= 500))',
        "(status == 408 or status >= 500)",
    ),
    Breakage("Retry-After is ignored", "laws", "vlmrun/_http/retries.py", "    if asked is None:", "    if True:"),
    Breakage(
        "the environment has a say",
        "wire",
        "vlmrun/_openai/clients.py",
        "    client.organization = given.get(",
        "    return\n    client.organization = given.get(",
    ),
    Breakage(
        "event loops share a pool",
        "wire",
        "vlmrun/_lifetimes/per_loop.py",
        "        return asyncio.get_running_loop()",
        "        return asyncio.get_running_loop() and 0",
    ),
    Breakage(
        "an unfinished poll is an answer",
        "wire",
        "vlmrun/_http/long_polls.py",
        "_UNFINISHED = (202, 204, ",
        "_UNFINISHED = (204, ",
    ),
    Breakage(
        "an upload goes on where the last attempt ended",
        "wire",
        "vlmrun/_http/requests.py",
        "        self._file.seek(0)\n        self._report(done := 0)\n        while chunk := self._file.read",
        "        self._report(done := 0)\n        while chunk := self._file.read",
    ),
    Breakage(
        "an artifact keeps the dots before its name",
        "laws",
        "vlmrun/_resources/downloads.py",
        '.lstrip("._-")',
        "",
    ),
    Breakage(
        "the command line has the exit code of any failure for a refused key",
        "cli",
        "vlmrun/cli/_errors.py",
        "return ExitCode.REFUSED_KEY",
        "return ExitCode.FAILED",
    ),
    Breakage(
        "the command line shows the key in its configuration",
        "cli",
        "vlmrun/cli/_commands/config.py",
        "api_key=Shown(value=None,",
        "api_key=Shown(value=found.api_key,",
    ),
    Breakage(
        "the command line writes notes to stdout, beside what programs read",
        "cli",
        "vlmrun/cli/_output.py",
        "print(harmless(text), file=sys.stderr, flush=True)",
        "print(harmless(text), flush=True)",
    ),
    Breakage(
        "the command line lets others read its configuration",
        "cli",
        "vlmrun/cli/_private_files.py",
        "os.replace(name, target)",
        "os.chmod(name, 0o644), os.replace(name, target)",
    ),
    Breakage("the error's body is lost", "wire", "vlmrun/_http/errors.py", "        body=body,", "        body=None,"),
]


@contextmanager
def broken_copy(breakage: Breakage | None) -> Generator[Path]:
    """A copy of this tree with a mistake in it, or with none."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "vlmrun"
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, copy / name)
        if breakage is not None:
            file = copy / breakage.file
            if breakage.new is None:
                file.unlink()
            else:
                text = file.read_text(encoding="utf-8")
                if breakage.old not in text:
                    sys.exit(f"{breakage.file} has no {breakage.old!r}: bring tools/sabotage.py up to date")
                file.write_text(text.replace(breakage.old, breakage.new, 1), encoding="utf-8")
        yield copy


def install(copy: Path) -> None:
    """Put the copy's wheel in the place of the one that is installed."""
    run = subprocess.run(
        [BIN / "uv", "pip", "install", "--quiet", f"--python={sys.executable}", "--no-deps", "--reinstall", str(copy)],
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        sys.exit(run.stderr)


def is_green(gate: str, copy: Path) -> bool:
    """Whether a gate lets the copy pass."""
    run = subprocess.run(GATES[gate], cwd=copy, capture_output=True, text=True, timeout=900, check=False)
    return run.returncode == 0


def main(words: Sequence[str]) -> int:
    """Break one thing after another, or what has one of these words in it; 0 where each is noticed."""
    breakages = [one for one in BREAKAGES if not words or any(word in one.what for word in words)]
    with broken_copy(None) as copy:
        install(copy)
        for gate in sorted({one.gate for one in breakages}):
            if not is_green(gate, copy):
                print(f"{gate} is red before anything is broken")
                return 1
    unnoticed = 0
    for breakage in breakages:
        with broken_copy(breakage) as copy:
            install(copy)
            green = is_green(breakage.gate, copy)
        unnoticed += green
        print(f"{'NOT NOTICED' if green else 'noticed'} by {breakage.gate}: {breakage.what}", flush=True)
    print(f"{len(breakages) - unnoticed} of {len(breakages)} breakages noticed")
    return 1 if unnoticed or not breakages else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
