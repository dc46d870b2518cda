"""What an answer is worth: comparing two, what servers are known not to offer, and the table."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

__all__ = [
    "KNOWN",
    "NOT_OFFERED",
    "Question",
    "Result",
    "Verdict",
    "is_listed",
    "judge",
    "judge_own",
    "score",
    "table",
    "tidy",
]


class Verdict(Enum):
    """What came of a question."""

    AGREE = "agree"
    DIFFER = "DIFFER"
    VACUOUS = "VACUOUS"  # plain openai has no answer either, and it is not known that the server has none
    NOT_OFFERED = "not offered"  # plain openai has no answer either, as is known of the server
    KNOWN = "known"  # the answer is not what it should be, as is known of the server
    OFFERED = "OFFERED"  # there is an answer, though the server is listed as having none


@dataclass(frozen=True)
class Question:
    """A place, asked of a server about a subject: one of our accessors, or the client whose names are meant."""

    server: str
    subject: str
    place: str

    @property
    def is_comparison(self) -> bool:
        """Whether plain openai is asked the same; of our own names it cannot be."""
        return "()." in self.subject


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
        return self.verdict in (Verdict.AGREE, Verdict.NOT_OFFERED, Verdict.KNOWN)


# By server, the places where plain openai has no answer for it. A place that is missing here, and one that is too many,
# fail the run.
NOT_OFFERED: dict[str, frozenset[str]] = {
    # jedi takes the first overload of every call, sees through no `Callable[P, T]` and no `type[T]`, and shows no type
    # for most variables.
    "jedi": frozenset(
        {
            "members of a chunk",
            "members of a parsed model",
            "signature in with_raw_response.create(",
            "keywords in with_raw_response.create(",
            "hover: an answer",
            "hover: chunks",
            "hover: parsed",
            "hover: a page",
            "hover: the client",
        }
    )
}


_MODULES_THAT_IMPORT = r"members: vlmrun\.(client\.exceptions|protocols)"

_AWAITED = r"members: a (response_model( of images)?|page of a MarkdownDocument|segment of (audio|a video)), awaited"

_INHERITED = (
    r"(audio|document|video)\.(execute|generate|schema)|(audio|document|image|predictions|video)\.(get|list|wait)"
)

# By server, the places where its answer about our own names is not what it should be, as a pattern that fits no other.
KNOWN: dict[str, str] = {
    # They offer what a module imports, whatever `__all__` says. jedi finds no type behind the `await` of overloads.
    "jedi": f"{_MODULES_THAT_IMPORT}|{_AWAITED}",
    "pyrefly": _MODULES_THAT_IMPORT,
    # It leads to the stub for a method that the class of the source inherits.
    "ty": f"{_MODULES_THAT_IMPORT}|definition: ({_INHERITED})",
}


def judge(question: Question, witness: str, ours: str, theirs: str) -> Result:
    """Compare the answers at our accessor and at plain openai.

    `witness` is a pattern of a word that the latter has where it is an answer at all.
    """
    if not re.search(rf"(?<!\w){witness}(?!\w)", theirs):
        return _without_answer(question, ours, theirs)
    return _compared(question, ours, theirs)


def judge_own(question: Question, expected: str, answer: str, control: tuple[str, str]) -> Result:
    """Compare an answer about our own names with what it should be.

    `control` is what an answer about names in the file has in it, line by line, and that answer.
    """
    lines, shown = control
    if not all(_plain(line) in _plain(shown) for line in lines.splitlines()):
        return Result(question, Verdict.VACUOUS, answer, shown)
    if re.fullmatch(KNOWN.get(question.server, "nothing"), question.place):
        return Result(question, Verdict.OFFERED if answer == expected else Verdict.KNOWN, answer, expected)
    return Result(question, Verdict.AGREE if answer == expected else Verdict.DIFFER, answer, expected)


def is_listed(question: Question) -> bool:
    """Whether the server is known to have no answer."""
    return question.place in NOT_OFFERED.get(question.server, frozenset())


def _without_answer(question: Question, ours: str, theirs: str) -> Result:
    return Result(question, Verdict.NOT_OFFERED if is_listed(question) else Verdict.VACUOUS, ours, theirs)


def _compared(question: Question, ours: str, theirs: str) -> Result:
    if is_listed(question):
        return Result(question, Verdict.OFFERED, ours, theirs)
    return Result(question, Verdict.AGREE if ours == theirs else Verdict.DIFFER, ours, theirs)


def _plain(markdown: str) -> str:
    """The words without what markdown puts between them."""
    return " ".join(markdown.replace("\\", "").replace("&nbsp;", " ").split())


def tidy(answer: str, names: Mapping[str, str]) -> str:
    """An answer without the names that only one of two files has: each as what it stands for."""
    for name, meaning in names.items():
        answer = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", meaning, answer)
    return answer


# What is printed ------------------------------------------------------------------------------------------------------

# How many differences: one mistake can make hundreds.
_SHOWN = 20


def score(results: Sequence[Result]) -> tuple[int, int]:
    """How many agree, and of how many: those that a server is known not to offer don't count."""
    counted = [result for result in results if result.verdict not in (Verdict.NOT_OFFERED, Verdict.KNOWN)]
    return sum(result.verdict is Verdict.AGREE for result in counted), len(counted)


def table(results: Sequence[Result]) -> str:
    """A block for each server and kind of subject, places down and subjects across; then what is wrong."""
    groups: dict[tuple[str, bool], list[Result]] = {}
    for result in results:
        groups.setdefault((result.question.server, result.question.is_comparison), []).append(result)
    wrong = [result for result in results if not result.is_settled]
    rest = [f"... and {len(wrong) - _SHOWN} more; `--json FILE` writes all"] if len(wrong) > _SHOWN else []
    return "\n\n".join([*map(_block, groups.values()), *map(_difference, wrong[:_SHOWN]), *rest])


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
        lines = [f"both: {line}" for line in result.ours.splitlines()[:3]] or ["nothing at either"]
    else:
        texts = result.theirs.splitlines(), result.ours.splitlines()
        changes = [*difflib.unified_diff(*texts, "openai", "vlmrun", n=0, lineterm="")]
        # Some of both: an answer that is gone altogether would leave no room for what came instead.
        lines = [line for sign in "-+" for line in [line for line in changes if line.startswith(sign)][:6]]
    return "\n".join([title, *(f"    {_short(line)}" for line in lines)])


def _short(line: str) -> str:
    return line if len(line) <= 150 else f"{line[:147]}..."
