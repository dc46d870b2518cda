"""What the documents and the examples say is true: their code runs, and passes `mypy --strict`."""

from __future__ import annotations

import importlib
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from support.plain_openai import plain_openai
from vlmrun.local import LocalServer

pytest.importorskip("openai", reason="the documents are about chat completions")

ROOT = Path(__file__).parents[2]

# By name and at run time: the tools are no package that is installed.
sys.path.append(str(ROOT / "tools"))
to_async = importlib.import_module("pages.colours").to_async
FENCE = importlib.import_module("pages.hooks").FENCE

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@dataclass(frozen=True)
class Example:
    """A block of a document, or the async twin that the site shows beside it."""

    name: str
    code: str
    output: str | None


def examples() -> Iterator[Example]:
    """All blocks of all documents, in both colours."""
    for document in DOCUMENTS:
        for number, match in enumerate(FENCE.finditer(document.read_text(encoding="utf-8")), start=1):
            name = f"{document.relative_to(ROOT).with_suffix('').as_posix().replace('/', '-')}-{number}"
            yield Example(name, match["code"], match["output"])
            twin = to_async(match["code"])
            if twin is not None:
                yield Example(f"{name}-async", twin, match["output"])


EXAMPLES = list(examples())

APPLICATIONS = ("typed_app", "testing")
"""The folders of examples that are applications with tests of their own."""

each_application = pytest.mark.parametrize("application", APPLICATIONS)


def run(arguments: list[str], folder: Path, **environment: str) -> str:
    """Run Python in another process, away from this folder; what it prints, or a failure that shows it."""
    process = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=folder,
        env={"PATH": "", **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    assert not process.stderr
    return process.stdout


def test_the_readme_has_code() -> None:
    """The pattern finds something to run, and most of it has a twin."""
    names = [example.name for example in EXAMPLES if example.name.startswith("README-")]
    assert len(names) >= 10
    assert sum(name.endswith("-async") for name in names) >= 4


@pytest.fixture(name="server", scope="module")
def _server() -> Iterator[LocalServer]:
    with LocalServer() as server:
        yield server


@pytest.mark.parametrize("example", [pytest.param(example, id=example.name) for example in EXAMPLES])
def test_code_in_documents_runs(
    example: Example,
    server: LocalServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each block runs as it stands, beside the files of the examples, and prints what is shown; so does its twin."""
    for path in (ROOT / "examples/assets").glob("*.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "block.py").write_text(example.code, encoding="utf-8")
    server.reset()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VLMRUN_API_KEY", server.api_key)
    monkeypatch.setenv("VLMRUN_BASE_URL", server.base_url)
    monkeypatch.setenv("VLMRUN_GATEWAY_BASE_URL", server.gateway_url)
    runpy.run_path("block.py", run_name="__main__")
    if example.output is not None:
        shown = "(.|\n)*?".join(map(re.escape, example.output.strip().split("...")))
        printed = capsys.readouterr().out.strip()
        assert re.fullmatch(shown, printed), printed
    if "\ndef test_" in example.code:  # which the block itself only defines
        options = ["-q", "-p", "no:cacheprovider", "-p", "vlmrun.testing.plugin", "block.py"]
        printed = run(["-m", "pytest", *options], tmp_path, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
        assert " passed" in printed


@pytest.mark.skipif(find_spec("mypy") is None, reason="mypy is not installed in this environment")
def test_examples_are_typed(tmp_path: Path) -> None:
    """The blocks of all documents pass `mypy --strict` as they stand, and so do the applications, as themselves say.

    One test, because the runs share what mypy finds out of openai, pydantic and this package, which is most of it.
    """
    documents = tmp_path / "documents"
    documents.mkdir()
    for example in EXAMPLES:
        name = re.sub(r"\W", "_", example.name.lower())
        (documents / f"{name}.py").write_text(example.code, encoding="utf-8")
    folders = [documents]
    for application in APPLICATIONS:
        folders.append(tmp_path / application)
        shutil.copytree(ROOT / "examples" / application, folders[-1], ignore=shutil.ignore_patterns("*cache*"))
        assert "strict = True" in (folders[-1] / "mypy.ini").read_text(encoding="utf-8")
    if find_spec("fastapi") and find_spec("flask"):
        folders.append(shutil.copytree(ROOT / "examples" / "webhooks", tmp_path / "webhooks"))
    # With the options of mypy.ini, what `make typecheck` has found out is still true, and is not found out again.
    codes = [f"--enable-error-code={code}" for code in ("ignore-without-code", "redundant-expr", "truthy-bool")]
    options = ["--warn-unreachable", *codes, f"--cache-dir={ROOT / 'tests/.mypy_cache'}"]
    for folder in folders:
        run(["-m", "mypy", "--strict", *options, "."], folder)


def test_the_quickstart_shows_that_the_bytes_arrived() -> None:
    """The demo prints what the server found in the image and in the PDF."""
    printed = run([str(ROOT / "examples/quickstart.py")], ROOT / "examples")
    assert "an image (PNG, 640x480" in printed
    assert "a PDF (2 pages" in printed
    assert "Picture(format='PNG', width=640, height=480)" in printed


def test_the_quickstart_asks_a_real_model() -> None:
    """With UPSTREAM and MODEL, as `make demo` hands them on; a key of VLM Run is not used then, and not sent."""
    with plain_openai() as upstream:
        upstream.reply = lambda body: {
            "content": '{"format": "TINY", "width": 1, "height": 2}' if "response_format" in body else "It is tiny."
        }
        environment = {"UPSTREAM": upstream.url, "MODEL": "tiny", "VLMRUN_API_KEY": "real-key"}
        printed = run([str(ROOT / "examples/quickstart.py")], ROOT / "examples", **environment)
    assert f"asks tiny at {upstream.url}" in printed.splitlines()[0]
    assert printed.count("It is tiny.") == 5
    assert printed.count("Picture(format='TINY', width=1, height=2)") == 2
    assert "real-key" not in str(upstream.headers)


def test_the_picture_of_grounding_is_drawn(tmp_path: Path) -> None:
    """The example draws what the page about predictions shows: of the same size, and hardly another."""
    images = pytest.importorskip("PIL.Image", reason="it is Pillow that draws")
    from PIL import ImageChops

    printed = run([str(ROOT / "examples/grounding.py"), "drawn.png"], tmp_path)
    assert re.search(r"total: 620\.0 \(hi\), read at \(0\.8\d+, 0\.3\d+, ", printed)
    drawn, shown = (images.open(path) for path in (tmp_path / "drawn.png", ROOT / "docs/images/grounding.png"))
    assert drawn.size == shown.size
    differing = ImageChops.difference(drawn, shown).convert("L").point([0] * 64 + [1] * 192)
    assert differing.histogram()[1] < drawn.width * drawn.height / 50  # fonts differ by version of Pillow


def test_the_quickstart_explains_itself() -> None:
    """It says why it talks to a stand-in, what it sends, which answer is whose, how its execution ends, what next."""
    printed = run([str(ROOT / "examples/quickstart.py")], ROOT / "examples")
    assert "VLMRUN_API_KEY is not set" in printed.splitlines()[0]
    assert "sent:     receipt.png, invoice.pdf, " in printed
    assert re.search(r"execution \S+ is pending\n.*execution \S+ is completed", printed, re.DOTALL)
    for question in ("Who sent this invoice?", "When is it due?"):
        assert re.search(rf"{re.escape(question)}\n +answer: +\S", printed)
    assert "What to try next" in printed


@each_application
def test_an_application_needs_nothing_but_what_it_installs(application: str) -> None:
    """Its tests run for somebody with pytest alone: without Hypothesis, respx, and the plugins of our own tests."""
    code = (
        "import sys; sys.modules.update(hypothesis=None, respx=None)\n"
        "import pytest; sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', '-p', 'vlmrun.testing.plugin']))"
    )
    folder = ROOT / "examples" / application
    tests = sum(path.read_text(encoding="utf-8").count("def test_") for path in folder.glob("test_*.py"))
    printed = run(["-c", code], folder, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    passed = re.search(r"^(\d+) passed in", printed, re.MULTILINE)
    assert passed is not None, printed
    assert int(passed[1]) >= tests >= 5


@each_application
def test_the_tests_of_an_application_do_not_sleep(application: str) -> None:
    """They need not: the server does what a test says when it says so."""
    for path in (ROOT / "examples" / application).glob("*.py"):
        assert "sleep" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("example", "shown"),
    [
        ("invoice", r"Invoice\(number='.*', pages=2, total=.*\)"),
        ("video", r"a video \(video/x-msvideo, 31,372 bytes\)"),
        ("skill", r"(?s)Skill\(.*receipt-reader.*an image \(PNG, 640x480.*I remember 2 earlier messages"),
        ("execution", r"(?s)an image \(PNG, 640x480.*\nimg_[0-9a-f]{6}\.png: [\d,]+ bytes\n"),
    ],
)
def test_the_examples_show_what_they_promise(example: str, shown: str) -> None:
    """Each example runs, and prints what the server found in what it was sent."""
    with LocalServer() as server:
        environment = {"VLMRUN_API_KEY": server.api_key, "VLMRUN_BASE_URL": server.base_url}
        printed = run([str(ROOT / f"examples/{example}.py")], ROOT / "examples", **environment)
    assert re.search(shown, printed), printed
