"""The language-server gate asks at the right places and is not easily content. No server runs here."""

from __future__ import annotations

import ast
import asyncio
import importlib
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# By name and at run time: the tools are no package that is installed. What needs pygls is not imported.
sys.path.append(str(Path(__file__).parents[2] / "tools"))
own = importlib.import_module("language_servers.own")
places = importlib.import_module("language_servers.places")
probes = importlib.import_module("language_servers.probes")
verdicts = importlib.import_module("language_servers.verdicts")

Verdict = verdicts.Verdict
QUESTION = verdicts.Question("ty", "VLMRun().openai", "members")

every_accessor = pytest.mark.parametrize("accessor", places.ACCESSORS, ids=lambda accessor: accessor.name)

# Where it asks --------------------------------------------------------------------------------------------------------


def before(document: Any, place: str) -> str:
    """What stands before the cursor, from the beginning of the function."""
    line, column = document.positions[place]
    lines = document.text.split("\n")[: line + 1]
    return "\n".join([*lines[:-1], lines[-1][:column]]).rpartition("def place() -> None:\n")[2]


def test_every_accessor_of_both_clients_is_asked_about() -> None:
    """Those that the promise names, and no other."""
    assert {accessor.name for accessor in places.ACCESSORS} == {
        f"{owner}().{path}"
        for owner in ("VLMRun", "AsyncVLMRun")
        for path in ("agent.completions", "agent.async_completions", "openai", "async_openai")
    }


@every_accessor
def test_both_files_are_asked_at_the_same_places(accessor: Any) -> None:
    """What stands before the cursor differs in the expression alone."""
    ours, plain = places.our_file(accessor), places.plain_file(accessor)
    assert list(ours.positions) == list(plain.positions) == [place.name for place in places.places_of(accessor)]
    for place in ours.positions:
        assert before(ours, place).replace(ours.expression, "X") == before(plain, place).replace(plain.expression, "X")


@every_accessor
def test_what_follows_the_cursor_is_what_is_asked_about(accessor: Any) -> None:
    """Members after a dot, arguments between parentheses, and a hover on a name."""
    document = places.our_file(accessor)
    ends = {"MEMBERS": r"\.$", "KEYWORDS": r"\($", "SIGNATURE": r"\($", "HOVER": r"(^|[ .])$"}
    for place in places.places_of(accessor):
        assert re.search(ends[place.kind.name], before(document, place.name)), place.name


@every_accessor
@pytest.mark.parametrize("file", [places.our_file, places.plain_file])
def test_the_files_are_python(accessor: Any, file: Callable[[Any], Any]) -> None:
    """But for the names that are still to be typed, every line is what a user could write."""
    compile(re.sub(r"\.$", ".x", file(accessor).text, flags=re.MULTILINE), "probe", "exec", ast.PyCF_ONLY_AST)


@every_accessor
def test_only_asynchronous_clients_are_awaited(accessor: Any) -> None:
    """`await`, `async for` and `async with` are where they belong."""
    assert ("await" in places.our_file(accessor).text) is accessor.twin.startswith("Async")


@pytest.mark.parametrize("owner", own.OWNERS)
def test_own_names_are_asked_about_where_they_stand(owner: str) -> None:
    """Each question has its place in the file, under its control, and an answer to expect."""
    document = own.own_file(owner)
    compile(re.sub(r"\.$", ".x", document.text, flags=re.MULTILINE), "probe", "exec", ast.PyCF_ONLY_AST)
    for question in own.owns_of(owner):
        line, column = document.positions[question.name]
        before, after = question.code.split("|")
        text = document.text.split("\n")[line]
        assert (text[:column].strip(), text[column:]) == (before.split("\n")[-1], after)
        assert own.expected(owner, question)
        assert own.CONTROLS[question.control][0] is question.kind


@pytest.mark.parametrize("owner", own.OWNERS)
def test_every_native_method_is_asked_about(owner: str) -> None:
    """Its docstring, its options and its definition; and the members of what it belongs to."""
    names = {question.name for question in own.owns_of(owner)}
    for method in ("agent.list", "agent.run", "files.upload", "files.get", "executions.wait"):
        assert {f"hover: {method}", f"keyword arguments: {method}", f"definition: {method}"} <= names
    assert {"members: files", "members: files.with_raw_response", "members: vlmrun.content"} <= names


@pytest.mark.parametrize("owner", own.OWNERS)
def test_answers_of_predictions_are_asked_about(owner: str) -> None:
    """Models of users and of domains: what matters has to be offered, and what pydantic adds may be."""
    questions = {
        question.title.removesuffix(", awaited"): question for question in own.owns_of(owner) if question.title
    }
    page = questions["a page of a MarkdownDocument"]
    assert own.suits(page, own.expected(owner, page), "content (5)\ntables (5)\nfigures (5)\nrender (2)\ncopy (2)")
    assert not own.suits(page, own.expected(owner, page), "content (5)\nfigures (5)\nrender (2)\ncopy (2)")
    assert ("await " in page.code) is owner.startswith("Async")
    assert {question.wanted.split("\n")[0] for question in questions.values()} == {"total", "content", "start_time"}


def test_what_is_expected_is_what_there_is() -> None:
    """A docstring to its last line, options, names, and the line of a definition: of a method's last overload."""
    questions = {question.name: question for question in own.owns_of("AsyncVLMRun")}
    assert "HTTP: [`GET /files/{id}`]" in own.expected("AsyncVLMRun", questions["hover: files.get"])
    assert own.expected("AsyncVLMRun", questions["keyword arguments: files.get"]).splitlines() == list(own.OPTIONS)
    members = own.expected("AsyncVLMRun", questions["members: files"]).splitlines()
    assert members == ["delete", "get", "list", "upload", "with_raw_response"]
    definition = own.expected("AsyncVLMRun", questions["definition: agent.run"])
    assert definition.endswith("_resources/_async/agent.py: async def run(")


@pytest.mark.parametrize(
    ("kind", "expected", "answer", "fit"),
    [
        ("HOVER", "Find it.\n\nArgs:\n    a_b: It.", "**get**\nFind   it.\n## Arguments\n**a\\_b**  \nIt.", True),
        ("HOVER", "Find it.\n\nArgs:\n    a_b: It.", "Find it.", False),
        ("KEYWORDS", "a=\nb=", "a= (5)\nb= (5)\nc= (5)", True),
        ("KEYWORDS", "a=\nb=", "a= (5)", False),
        ("MEMBERS", "a\nb", "a (2) def a(\n    c\n)\nb (2)\n__init__ (2)", True),
        ("MEMBERS", "a\nb", "a (2)\nb (2)\n_c (2)", False),
        ("MEMBERS", "a\nb", "a (2)", False),
        ("DEFINITION", "a.py: def a(", "a.py: def a(", True),
        ("DEFINITION", "a.py: def a(", "vlmrun-stubs/a.pyi: def a(", False),
        ("DEFINITION", "a.py: def a(", "", False),
        ("DEFINITION", "a.py: def a(", "vlmrun-stubs/a.pyi: def a(\na.py: def a(", False),
    ],
)
def test_an_answer_fits_or_not(kind: str, expected: str, answer: str, fit: bool) -> None:
    """Every word, at least the arguments, the very members, and the source."""
    assert own.fits(places.Kind[kind], expected, answer) is fit


def test_only_real_places_are_listed_as_not_offered() -> None:
    """A place that was renamed cannot linger in the list."""
    real = {place.name for accessor in places.ACCESSORS for place in places.places_of(accessor)}
    assert set().union(*verdicts.NOT_OFFERED.values()) <= real


# What an answer is worth ----------------------------------------------------------------------------------------------


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The question is one that the server is known to have no answer to."""
    monkeypatch.setitem(verdicts.NOT_OFFERED, QUESTION.server, frozenset({QUESTION.place}))


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict"),
    [
        ("create\nparse", "create\nparse", Verdict.AGREE),
        ("create", "create\nparse", Verdict.DIFFER),
        ("", "create", Verdict.DIFFER),
        ("", "", Verdict.VACUOUS),
        ("recreate", "recreate", Verdict.VACUOUS),
        ("Unknown", "Unknown", Verdict.VACUOUS),
        ("create", "", Verdict.VACUOUS),
    ],
)
def test_only_the_same_answer_agrees(ours: str, theirs: str, verdict: object) -> None:
    """And it has to be one: two servers' shrugs are none."""
    assert verdicts.judge(QUESTION, "create", ours, theirs).verdict is verdict


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize(("theirs", "verdict"), [("", Verdict.NOT_OFFERED), ("create", Verdict.OFFERED)])
def test_what_is_listed_as_not_offered_must_not_be(theirs: str, verdict: object) -> None:
    """The list fails where it is too long, as where it is too short."""
    assert verdicts.judge(QUESTION, "create", theirs, theirs).verdict is verdict


@pytest.mark.parametrize(
    ("answer", "control", "verdict"),
    [
        ("a", "The words.", Verdict.AGREE),
        ("a", "*The&nbsp;words.*", Verdict.AGREE),
        ("b", "The words.", Verdict.DIFFER),
        ("", "The words.", Verdict.DIFFER),
        ("a", "", Verdict.VACUOUS),
        ("", "", Verdict.VACUOUS),
    ],
)
def test_an_answer_about_own_names_needs_its_control(answer: str, control: str, verdict: object) -> None:
    """A server that says nothing of a local class proves nothing."""
    assert verdicts.judge_own(QUESTION, "a", answer, ("The words.", control)).verdict is verdict


@pytest.mark.parametrize(("answer", "verdict"), [("b", Verdict.KNOWN), ("a", Verdict.OFFERED)])
def test_what_is_known_to_be_wrong_must_be(monkeypatch: pytest.MonkeyPatch, answer: str, verdict: object) -> None:
    """What a server is said to get wrong, and gets right, fails the run."""
    monkeypatch.setitem(verdicts.KNOWN, QUESTION.server, QUESTION.place)
    assert verdicts.judge_own(QUESTION, "a", answer, ("The words.", "The words.")).verdict is verdict


def test_only_real_places_are_known_to_be_wrong() -> None:
    """Each pattern fits a question."""
    names: set[str] = {question.name for owner in own.OWNERS for question in own.owns_of(owner)}
    for pattern in verdicts.KNOWN.values():
        assert any(re.fullmatch(pattern, name) for name in names)


def test_only_whole_names_are_taken_for_what_they_stand_for() -> None:
    """The text of the expression goes; what only looks like it stays."""
    names = {"openai_client": "X", "completions(self)": "X(self)"}
    text = "x = openai_client.chat, my_openai_client, completions(self), async_completions(self)"
    tidy = "x = X.chat, my_openai_client, X(self), async_completions(self)"
    assert verdicts.tidy(text, names) == tidy


# The whole of it, with a server that is made up -----------------------------------------------------------------------


class Server:
    """Answers every question right, but for the places of one document that it has other words for."""

    def __init__(self, broken: str = "", answer: str = "") -> None:
        self.broken = broken
        self.answer = answer

    async def ask(self, _: object, document: Any, place: str) -> str:
        if self.broken and self.broken in document.text:
            return self.answer
        if document.name.startswith("own"):
            if place in own.CONTROLS:
                return str(own.CONTROLS[place][2])
            owner = re.findall(r"from vlmrun import (\w+)", document.text)[0]
            (question,) = [question for question in own.owns_of(owner) if question.name == place]
            answer = str(own.expected(owner, question))
            if question.kind.name in ("KEYWORDS", "MEMBERS"):
                return "\n".join(f"{name} (5)" for name in answer.splitlines())
            return answer
        # Every witness, for `(Async)?Stream` as `Stream`, and the expression, as jedi shows it.
        witnesses = (re.sub(r"\(.*?\)\??", "Sync" if "Page" in witness else "", witness) for witness in WITNESSES)
        return "\n".join([place, document.expression, *witnesses])


WITNESSES = {place.witness for accessor in places.ACCESSORS for place in places.places_of(accessor)}


def ask(server: Server) -> list[Any]:
    async def results() -> list[Any]:
        memory = probes.Memory(server)
        return [await probe.ask(memory) for probe in probes.probes_of("pyright")]

    return asyncio.run(results())


def test_what_openai_has_is_asked_about_with_each_of_its_releases() -> None:
    """Without native calls all comparisons are left, and of the clients what shows openai's names."""
    asked = {probe.question.place for probe in probes.probes_of("pyright", native=False)}
    left_out = {probe.question.place for probe in probes.probes_of("pyright")} - asked
    for accessor in places.ACCESSORS:
        assert {place.name for place in places.places_of(accessor)} <= asked
    assert {"definition: VLMRun", "hover: openai", "hover: async_openai", "members: vlmrun_client"} <= asked
    assert {"hover: agent.list", "keyword arguments: files.upload"} <= left_out


def test_a_server_that_answers_alike_agrees() -> None:
    """On every question that there is."""
    results = ask(Server())
    assert {result.verdict for result in results} == {Verdict.AGREE}
    assert verdicts.score(results) == (len(results), len(results))
    assert "DIFFER" not in verdicts.table(results)


def test_an_accessor_that_answers_otherwise_is_seen() -> None:
    """At each of its places, at no other, and in the table."""
    results = ask(Server(broken="vlmrun_client.agent.async_completions.create", answer="Any"))
    different = [result for result in results if result.verdict is Verdict.DIFFER]
    assert {result.question.subject for result in different} == {
        "VLMRun().agent.async_completions",
        "AsyncVLMRun().agent.async_completions",
    }
    agreeing, counted = verdicts.score(results)
    assert counted - agreeing == len(different) == 2 * len(places.places_of(places.ACCESSORS[0]))
    assert "\n    +Any\n" in verdicts.table(results)


def test_a_server_that_says_nothing_agrees_with_nothing() -> None:
    """An answer that is missing on both sides is a failure."""
    results = ask(Server(broken="import", answer=""))
    assert {result.verdict for result in results} == {Verdict.VACUOUS}
    assert verdicts.score(results)[0] == 0
    assert "nothing at either" in verdicts.table(results)


@pytest.mark.usefixtures("listed")
def test_what_is_not_offered_does_not_count() -> None:
    """It is neither an agreement nor a question."""
    results = [
        verdicts.judge(QUESTION, "create", "", ""),
        verdicts.judge(verdicts.Question("jedi", "VLMRun().openai", "members"), "create", "create", "create"),
    ]
    assert verdicts.score(results) == (1, 1)
