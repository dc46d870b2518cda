"""What an answer is worth: comparing two, what servers are known not to offer, and the table."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

__all__ = ["NOT_OFFERED", "Question", "Result", "Verdict", "judge", "judge_docstring", "score", "table", "tidy"]


class Verdict(Enum):
    """What came of a question."""

    AGREE = "agree"
    DIFFER = "DIFFER"
    VACUOUS = "VACUOUS"  # plain openai has no answer either, and it is not known that the server has none
    NOT_OFFERED = "not offered"  # plain openai has no answer either, as is known of the server
    OFFERED = "OFFERED"  # there is an answer, though the server is listed as having none


@dataclass(frozen=True)
class Question:
    """A place, asked of a server about a subject: one of our accessors, or the client whose docstrings are meant."""

    server: str
    subject: str
    place: str


@dataclass(frozen=True)
class Result:
    """What came of a question, and the answers."""

    question: Question
    verdict: Verdict
    ours: str
    theirs: str

    @property
    def is_settled(self) -> bool:
        """Whether it says what it should, so that nothing is gained by asking again."""
        return self.verdict in (Verdict.AGREE, Verdict.NOT_OFFERED)


# By server, the places where plain openai has no answer for it. A place that is missing here, and one that is too many,
# fail the run.
NOT_OFFERED: dict[str, frozenset[str]] = {}


def judge(question: Question, witness: str, ours: str, theirs: str) -> Result:
    """Compare the answers at our accessor and at plain openai; `witness` is a word that the latter should have."""
    if ours != theirs:
        verdict = Verdict.DIFFER
    elif not re.search(rf"(?<!\w){witness}(?!\w)", theirs):
        verdict = Verdict.NOT_OFFERED if _is_listed(question) else Verdict.VACUOUS
    else:
        verdict = Verdict.OFFERED if _is_listed(question) else Verdict.AGREE
    return Result(question, verdict, ours, theirs)


def judge_docstring(question: Question, summary: str, hover: str, control: tuple[str, str]) -> Result:
    """Look for a docstring's first line on hover; `control` is what should be in another hover, and that hover."""
    if _plain(control[0]) not in _plain(control[1]):
        return judge(question, re.escape(control[0]), "", "")
    # To compare is to find the one line in what is shown.
    shown = summary if _plain(summary) in _plain(hover) else hover
    return judge(question, re.escape(summary.rstrip(".")), shown, summary)


def _is_listed(question: Question) -> bool:
    return question.place in NOT_OFFERED.get(question.server, frozenset())


def _plain(markdown: str) -> str:
    """The words without what markdown puts between them."""
    return " ".join(markdown.replace("\\", "").replace("&nbsp;", " ").split())


def tidy(answer: str, names: Iterable[tuple[str, str]]) -> str:
    """An answer without the words in which the two files differ: each name as what it stands for."""
    for name, meaning in names:
        answer = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", meaning, answer)
    return answer


# What is printed ------------------------------------------------------------------------------------------------------


def score(results: Sequence[Result]) -> tuple[int, int]:
    """How many agree, and of how many: those that a server is known not to offer don't count."""
    counted = [result for result in results if result.verdict is not Verdict.NOT_OFFERED]
    return sum(result.verdict is Verdict.AGREE for result in counted), len(counted)


def table(results: Sequence[Result]) -> str:
    """A block for each server and kind of subject: places down, subjects across; then the differences."""
    servers = dict.fromkeys(result.question.server for result in results)
    blocks = [_block(group) for server in servers for group in _by_subjects(server, results)]
    return "\n\n".join([*blocks, *(_difference(result) for result in results if not result.is_settled)])


def _by_subjects(server: str, results: Sequence[Result]) -> list[list[Result]]:
    """The results of a server, accessors apart from docstrings."""
    of_server = [result for result in results if result.question.server == server]
    accessors = [result for result in of_server if "()" in result.question.subject]
    docstrings = [result for result in of_server if "()" not in result.question.subject]
    return [group for group in (accessors, docstrings) if group]


def _block(results: Sequence[Result]) -> str:
    subjects = list(dict.fromkeys(result.question.subject for result in results))
    cells = {(result.question.place, result.question.subject): result.verdict.value for result in results}
    places = list(dict.fromkeys(result.question.place for result in results))
    legend = [f"  {number}  {subject}" for number, subject in enumerate(subjects, 1)]
    head = _row(results[0].question.server, [str(number) for number, _ in enumerate(subjects, 1)])
    rows = [_row(place, [cells.get((place, subject), "") for subject in subjects]) for place in places]
    return "\n".join([*legend, head, "-" * len(head), *rows])


def _row(name: str, cells: Iterable[str]) -> str:
    return " | ".join([f"{name:<38}", *(f"{cell:<11}" for cell in cells)]).rstrip()


def _difference(result: Result) -> str:
    question = result.question
    title = f"{result.verdict.value}: {question.server}, {question.subject}, {question.place}"
    if result.ours == result.theirs:
        return f"{title}\n    both: {_short(result.ours) or 'nothing'}"
    lines = difflib.unified_diff(result.theirs.splitlines(), result.ours.splitlines(), "openai", "vlmrun", "", "", 0, "")
    return "\n".join([title, *(f"    {_short(line)}" for line in [*lines][:12])])


def _short(line: str) -> str:
    return line if len(line) <= 160 else line[:157] + "..."
