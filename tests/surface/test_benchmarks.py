"""The README says of speed what the last full run of `make bench` found."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECTION = "## Performance\n"
FIGURES = (
    ("start: `import vlmrun; vlmrun.VLMRun(...)`", "bare Python"),
    ("one chat", "bare OpenAI client"),
    ("`client.agent.list()`", "official SDK"),
    ('`pip install "vlmrun[openai]"`', "official SDK"),
    ("1,000 executions which take 2 s, per second", "official SDK"),
)
"""What the README quotes: what is measured, and beside what."""


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
    """The five figures are in the README, word for word, and no other is."""
    assert quoted(readme) == [row for what, beside in FIGURES for row in rows(results) if is_figure(row, what, beside)]


def is_figure(row: str, what: str, beside: str) -> bool:
    """Whether a row of the results is a figure that the README quotes."""
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    return cells[0] == what and cells[2].startswith(beside)


@pytest.fixture(name="readme")
def _readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(name="results")
def _results() -> str:
    return (ROOT / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")


def test_the_readme_quotes_the_results(readme: str, results: str) -> None:
    """All five of them, once each, also where one misses its target."""
    assert len(quoted(readme)) == len(FIGURES)
    is_quoted(readme, results)


def test_the_results_are_of_a_full_run(results: str) -> None:
    """Of one that measured little nothing is kept, and the official SDK was there."""
    assert "quick run" not in results
    assert any("official SDK" in row for row in rows(results))
    assert (ROOT / "benchmarks" / "results.svg").read_text(encoding="utf-8").startswith("<svg ")


def test_another_figure_is_noticed(readme: str, results: str) -> None:
    """A figure that is improved by hand, and one that is left out."""
    row = quoted(readme)[0]
    for wrong in (readme.replace(row, row.replace("**", "**0.", 1)), readme.replace(row + "\n", "")):
        assert wrong != readme
        with pytest.raises(AssertionError):
            is_quoted(wrong, results)
