"""`make corpora` fails for what it is there to find."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

from support.pdfs import GOOD, pdf
from vlmrun import content

pytest.importorskip("vlmrun.local", reason="needs the extra 'local'", exc_type=ImportError)
pytest.importorskip("pypdfium2", reason="draws pages")
if sys.version_info < (3, 11):
    pytest.importorskip("tomli", reason="reads the explanations")

# By name and at run time: the tools are no package that is installed.
sys.path.append(str(Path(__file__).parents[2] / "tools"))
try_files = importlib.import_module("try_files")

PNG = b"\x89PNG\r\n\x1a\n"

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="pylibmagic, which brings libmagic, has no wheels for Windows"
)


@pytest.fixture(name="explained", autouse=True)
def _explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where explanations are: there are none."""
    path = tmp_path / "explained.toml"
    path.write_text("")
    monkeypatch.setattr(try_files, "EXPLAINED", path)
    return path


@pytest.fixture(name="corpus")
def _corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "small"
    (folder / "skill").mkdir(parents=True)
    (folder / "a.pdf").write_bytes(pdf(GOOD))
    (folder / "skill" / "SKILL.md").write_text("---\nname: reader\ndescription: Reads.\n---\nRead.\n")
    return folder


def test_good_folder_passes(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And its table counts every call."""
    assert try_files.main([str(corpus)]) == 0
    lines = {
        line.split()[0]: line.split()[-4:] for line in capsys.readouterr().out.splitlines() if line.startswith("  ")
    }
    assert lines["document_pages"] == ["2", "1", "1", "0"]
    assert lines["files.upload"] == ["2", "2", "0", "0"]
    assert lines["Skill.from_directory"] == ["1", "1", "0", "0"]


def test_foreign_exception_fails(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the function, the file and the place."""

    def video(_: object) -> Any:
        raise OverflowError("too much")

    monkeypatch.setattr(content, "video", video)
    assert try_files.main([str(corpus)]) == 1
    assert "content.video " in (out := capsys.readouterr().out)
    assert "OverflowError is not ours: too much" in out


def test_difference_fails_unless_it_is_explained(corpus: Path, explained: Path) -> None:
    """And so does an explanation that is not needed."""
    (corpus / "a.png").write_bytes(PNG)  # which libmagic takes for no image
    assert try_files.main([str(corpus)]) == 1
    explained.write_text('[[small]]\nours = "image/png"\nlibmagic = "application/octet-stream"\nwhy = "cut off"\n')
    assert try_files.main([str(corpus)]) == 0
    (corpus / "a.png").unlink()
    assert try_files.main([str(corpus)]) == 1


def test_folder_that_is_not_there_fails(tmp_path: Path) -> None:
    """Nothing tried is nothing shown."""
    assert try_files.main([str(tmp_path / "nope")]) == 1
