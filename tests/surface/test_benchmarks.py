"""The README says of speed what the last full run of `make bench` found."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECTION = "## How fast, and how light\n"


def rows(text: str) -> list[str]:
    """The rows of the tables in a text, but for their heads."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [line for line in lines if not line.startswith("| measured |")]


def quoted(readme: str) -> list[str]:
    """What the README quotes."""
    _, found, section = readme.partition(SECTION)
    assert found
    return rows(section.partition("\n## ")[0])


def is_quoted(readme: str, results: str) -> None:
    """Every figure that has a target is in the README, word for word, and nothing else is."""
    assert quoted(readme) == [row for row in rows(results) if has_target(row)]


def has_target(row: str) -> bool:
    """Whether a row has a target, met or not."""
    return row.endswith(("| yes |", "| **no** |"))


@pytest.fixture(name="readme")
def _readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(name="results")
def _results() -> str:
    return (ROOT / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")


def test_the_readme_quotes_the_results(readme: str, results: str) -> None:
    """Those that miss their target among them."""
    assert len(quoted(readme)) > 10
    is_quoted(readme, results)


def test_the_results_are_of_a_full_run(results: str) -> None:
    """Of one that measured little nothing is kept, and the official SDK was there."""
    assert "quick run" not in results
    assert any("official SDK" in row for row in rows(results))
    assert (ROOT / "benchmarks" / "results.svg").read_text(encoding="utf-8").startswith("<svg ")


def test_another_figure_is_noticed(readme: str, results: str) -> None:
    """A figure that is made better by hand, and one that is left out."""
    row = quoted(readme)[0]
    for wrong in (readme.replace(row, row.replace("**", "**0.", 1)), readme.replace(row + "\n", "")):
        assert wrong != readme
        with pytest.raises(AssertionError):
            is_quoted(wrong, results)
