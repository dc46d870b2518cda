"""The suite on the wheel that users install, for the Pythons and the openai releases that they have.

`make matrix` runs all of it, `make corners` what CI runs.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import tempfile
from pathlib import Path

import nox

ROOT = Path(__file__).parent
CONSTRAINTS = ROOT / "constraints.txt"

PYTHONS = ["3.10", "3.11", "3.12", "3.13"]

# What to install for each kind of openai: the oldest, the last release of each major version, the first of the newest
# major version, and the newest, which is the one that constraints.txt names.
_VERSIONS: dict[str, str] = json.loads((ROOT / "tools" / "openai_versions.json").read_text(encoding="utf-8"))
OPENAI: dict[str, str | None] = {"none": None, **_VERSIONS}

# The oldest and the newest of both, one between, and no openai at all.
CORNERS = [
    ("3.10", "1.92.0"),
    ("3.10", "newest"),
    ("3.12", "last-2"),
    ("3.13", "newest"),
    ("3.13", "none"),
]

# What takes long and asks no openai runs in the newest corner; what meets an HTTP client's faults in the oldest, too.
SLOW = [
    "corpora/test_attacks.py",
    "integration/test_documents.py",
    "integration/test_large_upload.py",
    "laws/test_bad_input_laws.py",
    "local_server",
]
FAULTS = ["integration/test_concurrency.py", "integration/test_reliability.py"]
# What asks neither openai nor, once it runs with the oldest Python and the newest, Python: three corners are there for
# openai.
NATIVE = [
    "batch",
    "cli",
    "corpora",
    "integration/test_batch.py",
    "integration/test_decision_streams.py",
    "integration/test_webhook_examples.py",
    "laws/test_artifact_laws.py",
    "laws/test_batch_gate_laws.py",
    "laws/test_batch_laws.py",
    "laws/test_config_laws.py",
    "laws/test_content_laws.py",
    "laws/test_lazy_laws.py",
    "laws/test_page_laws.py",
    "laws/test_pdf_laws.py",
    "laws/test_retry_laws.py",
    "laws/test_schema_model_laws.py",
    "laws/test_skill_laws.py",
    "laws/test_url_laws.py",
    "migration/test_calls_of_predictions.py",
    "surface/test_colours.py",
    "surface/test_drawing.py",
    "surface/test_hub_path.py",
    "surface/test_language_servers_tool.py",
    "surface/test_layers.py",
    "surface/test_words.py",
    "wire/test_artifacts.py",
    "wire/test_catalogue.py",
    "wire/test_document_pages.py",
    "wire/test_downloads_from_anywhere.py",
    "wire/test_executions.py",
    "wire/test_feedback_and_training.py",
    "wire/test_files.py",
    "wire/test_images.py",
    "wire/test_native_calls.py",
    "wire/test_native_errors.py",
    "wire/test_native_retries.py",
    "wire/test_predictions.py",
    "wire/test_progress.py",
    "wire/test_schema_models.py",
    "wire/test_sources.py",
    "wire/test_stored_skills.py",
    "wire/test_systemone.py",
]
SPARED = {
    ("3.10", "1.92.0"): SLOW,
    ("3.10", "newest"): [*SLOW, *FAULTS, *NATIVE],
    ("3.12", "last-2"): [*SLOW, *FAULTS, *NATIVE],
    ("3.13", "newest"): NATIVE,
    ("3.13", "none"): [*SLOW, *FAULTS],
}

# Type checkers look at less: the Python that they run on is one of these.
TYPE_CORNERS = [("3.10", "1.92.0"), ("3.12", "last-2"), ("3.13", "newest")]

# Each in an environment of its own, with the openai that it allows. `tools/ecosystem` has the pinned versions.
ECOSYSTEM = sorted(path.stem for path in (ROOT / "tools" / "ecosystem").glob("*.txt"))

# `make test` searches far; here it is the environments that differ.
QUICK = ["--numprocesses=auto", "--dist=worksteal", "--hypothesis-profile=quick"]

nox.options.default_venv_backend = "uv"
nox.options.error_on_missing_interpreters = False

# pyenv keeps its interpreters off the PATH, and puts stand-ins on it that may not work.
_pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
_interpreters = [str(path) for python in PYTHONS for path in sorted(_pyenv.glob(f"{python}.*/bin"))]
os.environ["PATH"] = os.pathsep.join([*_interpreters, os.environ["PATH"]])


@nox.session
@nox.parametrize("python,openai", list(itertools.product(PYTHONS, OPENAI)))
def matrix(session: nox.Session, openai: str) -> None:
    """Every Python with every kind of openai."""
    _test_wheel(session, openai)


@nox.session(python="3.12")
def docs_browser(session: nox.Session) -> None:
    """The built site in headless Chromium; axe-selenium-python requires Python 3.12."""
    session.install(f"--constraint={CONSTRAINTS}", "--group=browser")
    session.run("python", str(ROOT / "tools/pages/browser.py"))


@nox.session
@nox.parametrize("python,openai", CORNERS)
def corners(session: nox.Session, openai: str) -> None:
    """The corners of the matrix."""
    spared = SPARED.get((str(session.python), openai), [])
    _test_wheel(session, openai, *(f"--ignore=tests/{name}" for name in spared))


@nox.session(python="3.10")
def lowest(session: nox.Session) -> None:
    """The oldest release of each dependency that pyproject.toml allows."""
    session.install("--resolution=lowest-direct", f"{_wheel(session)}[all]", "--group=test")
    session.run("pytest", *QUICK, *session.posargs)


@nox.session
@nox.parametrize("python,openai", [(python, openai) for python in PYTHONS for openai in OPENAI if openai != "none"])
def matrix_types(session: nox.Session, openai: str) -> None:
    """The type checkers, for every Python with every openai: without openai its types are not known."""
    _check_types(session, openai)


@nox.session
@nox.parametrize("python,openai", TYPE_CORNERS)
def types(session: nox.Session, openai: str) -> None:
    """The type checkers, for the corners."""
    _check_types(session, openai)


@nox.session(python="3.12")
@nox.parametrize("openai", ["1.92.0", "last-2", "newest"])
def language_servers(session: nox.Session, openai: str) -> None:
    """What five language servers show of the accessors is what they show of plain openai: from the wheel."""
    _install(session, openai, "--group=language-servers")
    # Native calls are the same with each openai, and take most of the time.
    options = [] if openai == "newest" else ["--without-native"]
    session.run("python", "tools/language_servers.py", *options, *session.posargs)


@nox.session(python="3.12")
def openai_tests(session: nox.Session) -> None:
    """OpenAI's own chat tests are no worse with our clients than with OpenAI's: from the wheel."""
    _install(session, "newest", "pip", "pytest", "pytest-asyncio", "inline-snapshot", "rich", "openai[aiohttp]")
    with session.chdir("tools"):
        session.run("python", "-m", "openai_tests", *session.posargs)


@nox.session(python="3.12")
def tracing(session: nox.Session) -> None:
    """Tools that trace OpenAI's client see `client.agent.run`: the tools themselves, from the wheel."""
    _install(session, "newest", "--requirement=tools/tracing.txt")
    session.run("python", "tools/tracing.py")


@nox.session(python="3.12")
@nox.parametrize("library", ECOSYSTEM)
def ecosystem(session: nox.Session, library: str) -> None:
    """Libraries that are built on OpenAI's clients, on ours: from the wheel, against scripted answers."""
    _install_library(session, library)
    with session.chdir("tests/ecosystem"):
        session.run("pytest", f"test_{library}.py", "test_page.py", *session.posargs)


@nox.session(python="3.12")
@nox.parametrize("library", ECOSYSTEM)
def ecosystem_types(session: nox.Session, library: str) -> None:
    """The annotations of these libraries take our clients, too."""
    _install_library(session, library)
    with session.chdir("tests/ecosystem"):
        session.run("mypy", "--strict", f"test_{library}.py")


@nox.session(python="3.12")
def engines(session: nox.Session) -> None:
    """`vlmrun.batch.Extractor` on Ray Data and Daft, while processes are killed: from the wheel. It takes minutes."""
    session.install(f"{_wheel(session)}[openai,local]", "--requirement=tools/engines.txt")
    for folder, files in (
        ("examples/bulk", ("daft_invoices.py", "ray_invoices.py")),
        ("tests/engines", ("test_engines.py",)),
    ):
        with session.chdir(folder):  # where `vlmrun` is what is installed, with its stubs
            session.run("mypy", f"--config-file={ROOT / 'tests/engines/mypy.ini'}", *files)
    # `vlmrun[parquet]` comes with the engines; the group `test` is without it, for its size.
    session.run("pytest", "tests/batch")
    session.run("pytest", "tests/integration/test_batch.py", "-k", "parquet")
    # From its folder: the plugins and warnings of the suite are not for what the engines do.
    session.run("pytest", "-c", "tests/engines/pytest.ini", "-s", "tests/engines", *session.posargs)


@nox.session(python="3.12")
def sabotage(session: nox.Session) -> None:
    """Break the package in small ways, and see a gate turn red each time."""
    _install(session, "newest", "--group=checkers", "--group=test", "uv")
    session.run("python", "tools/sabotage.py", *session.posargs)


def _install_library(session: nox.Session, library: str) -> None:
    session.install(f"{_wheel(session)}[openai,local]", f"--requirement=tools/ecosystem/{library}.txt")


def _test_wheel(session: nox.Session, openai: str, *options: str) -> None:
    _install(session, openai, "--group=test")
    session.run("pytest", *QUICK, *options, *session.posargs)


def _check_types(session: nox.Session, openai: str) -> None:
    """Five type checkers on the static tests and the examples, as users check theirs: from the wheel."""
    _install(session, openai, "--group=checkers", "pytest")
    session.run("python", "tools/check_types.py")
    if openai == "newest":
        session.run("python", "tools/completeness.py")
    # Then the applications among the examples, as their own CI does it, away from this folder. With the options of
    # mypy.ini, what mypy has found out there is still true: a second for each application, and not sixteen.
    codes = [f"--enable-error-code={code}" for code in ("ignore-without-code", "redundant-expr", "truthy-bool")]
    known = ["--warn-unreachable", *codes, f"--cache-dir={ROOT / 'tests/static/.mypy_cache'}"]
    with tempfile.TemporaryDirectory() as folder:
        examples = shutil.copytree("examples", Path(folder) / "examples")
        for application in ("typed_app", "testing"):
            with session.chdir(examples / application):
                session.run("mypy", *known, ".")
                session.run("pyright", f"--pythonpath={session.bin}/python")
                session.run("pytest")


def _install(session: nox.Session, openai: str, *others: str) -> None:
    constraints = CONSTRAINTS
    if openai != "newest":
        # All that constraints.txt names but openai, whose dependencies differ from release to release.
        constraints = Path(session.create_tmp()) / "constraints.txt"
        lines = CONSTRAINTS.read_text().splitlines(keepends=True)
        constraints.write_text("".join(line for line in lines if not line.startswith("openai==")))
    requirement = OPENAI[openai]
    wanted = [f"{_wheel(session)}[local]", *others, *([requirement] if requirement else [])]
    session.install(f"--constraint={constraints}", *wanted)


def _wheel(session: nox.Session) -> Path:
    """The wheel of this tree, built once a run."""
    folder = Path(session.cache_dir) / f"wheel-{os.getpid()}"
    if not folder.exists():
        session.run_install("uv", "build", "--quiet", "--wheel", f"--out-dir={folder}", external=True, silent=True)
    return next(folder.glob("*.whl"))
