"""System One to a checker: typed questions and typed answers, in both colours."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue
from typing_extensions import assert_type

from vlmrun import AsyncVLMRun, VLMRun
from vlmrun.client.systemone import AsyncDecisionStream, AsyncSystemOne, DecisionStream, FrameDecision, SystemOne
from vlmrun.client.types import (
    ChoiceAnswer,
    NoulAnswer,
    ScoreAnswer,
    SystemOneModel,
    SystemOneResponse,
    SystemOneUsage,
)
from vlmrun.options import ChoiceQuestion, NoulQuestion, Question, Questions, ScoreQuestion
from vlmrun.results import RawResponse


def the_resources(client: VLMRun, twin: AsyncVLMRun) -> None:
    assert_type(client.gateway.systemone, SystemOne)
    assert_type(twin.gateway.systemone, AsyncSystemOne)
    assert_type(SystemOne(client), SystemOne)
    assert_type(AsyncSystemOne(twin), AsyncSystemOne)
    assert_type(client.gateway.systemone.base_url, str)

    client.gateway.systemone = SystemOne(client)  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    client.gateway.systemone.base_url = ""  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    SystemOne("key")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    AsyncSystemOne()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]


def questions() -> None:
    noul: NoulQuestion = {"type": "noul", "instructions": "Is it late?", "criteria": {"true": "yes", "false": "no"}}
    choice: ChoiceQuestion = {"type": "choice", "options": ["billing", "sales"]}
    described: ChoiceQuestion = {"type": "choice", "id": "team", "options": {"billing": "Invoices.", "sales": None}}
    score: ScoreQuestion = {"type": "score", "levels": ["calm", "angry"]}
    one: Question = noul
    several: Questions = {"late": noul, "team": choice, "mood": score}
    listed: Questions = [described]
    del one, several, listed

    NoulQuestion(type="choice")  # type: ignore[typeddict-item]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    ChoiceQuestion(type="choice", levels=["a", "b"])  # type: ignore[typeddict-unknown-key]  # pyright: ignore[reportCallIssue]  # ty: ignore[unknown-typed-dict-constructor-key]  # pyrefly: ignore[unexpected-keyword]
    ScoreQuestion(levels=["calm", "angry"])  # type: ignore[typeddict-item]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-typed-dict-key]  # pyrefly: ignore[missing-argument]
    untyped: Question = 5  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    text: Questions = "late?"  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del untyped, text
    wrong: Question = Question  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    wrongly: Questions = Questions  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del wrong, wrongly


def decisions(client: VLMRun) -> None:
    decision = client.gateway.systemone.decide(
        {"subject": "Charged twice."},
        {"late": {"type": "noul"}, "team": {"type": "choice", "options": ["billing", "sales"]}},
        images=[Path("a.png"), b"..."],
        document=Path("a.pdf"),
        text="Look.",
        detail="high",
        steps=1,
        samples=2,
        reasoning_effort="low",
        timeout=5,
    )
    assert_type(decision, SystemOneResponse)
    assert_type(decision.nouls["late"], NoulAnswer)
    assert_type(decision.nouls["late"].noul, float)
    assert_type(decision.choices["team"], ChoiceAnswer)
    assert_type(decision.choices["team"].choice, str)
    assert_type(decision.scores["mood"], ScoreAnswer)
    assert_type(decision.scores["mood"].legend, dict[int, JsonValue] | None)
    assert_type(decision.usage, SystemOneUsage | None)
    assert_type(client.gateway.systemone.decide("Late.", [{"type": "noul", "id": "late"}]), SystemOneResponse)
    assert_type(client.gateway.systemone.models(), list[SystemOneModel])
    assert_type(client.gateway.systemone.with_raw_response.models(), RawResponse[list[SystemOneModel]])
    assert_type(client.gateway.systemone.with_raw_response.decide("", {}), RawResponse[SystemOneResponse])

    client.gateway.systemone.decide("Late.")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    client.gateway.systemone.decide("Late.", {"late": {"type": "bool"}})  # type: ignore[misc, dict-item]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-assignment]
    client.gateway.systemone.decide("Late.", {}, detail="most")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.gateway.systemone.models(5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    client.gateway.systemone.with_raw_response.decide("Late.")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    NoulAnswer(noul=["yes"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    ChoiceAnswer(choice=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    ScoreAnswer(score=["high"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    SystemOneModel(name=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    SystemOneUsage(cost=["much"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    SystemOneResponse(answers=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]


async def decisions_awaited(twin: AsyncVLMRun) -> None:
    assert_type(await twin.gateway.systemone.decide("Late.", {"late": {"type": "noul"}}), SystemOneResponse)
    assert_type(await twin.gateway.systemone.models(), list[SystemOneModel])
    assert_type(await twin.gateway.systemone.with_raw_response.models(), RawResponse[list[SystemOneModel]])

    await twin.gateway.systemone.decide("Late.")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]


def streams(client: VLMRun) -> None:
    with client.gateway.systemone.stream(
        {"late": {"type": "noul"}}, state="Late?", model="a/b", detail="low", concurrency=8, timeout=5
    ) as stream:
        assert_type(stream, DecisionStream)
        assert_type(stream.send(b"..."), SystemOneResponse)
        assert_type(stream.send(state={"hour": 9}), SystemOneResponse)
        for decision in stream.map([Path("a.png"), b"..."]):
            assert_type(decision, FrameDecision)
            assert_type(decision.index, int)
            assert_type(decision.response, SystemOneResponse)
        assert_type(stream.is_open, bool)
        assert_type(stream.count, int)
        assert_type(stream.limits, Mapping[str, JsonValue])
    assert_type(stream.stats, Mapping[str, JsonValue])
    stream.close()

    client.gateway.systemone.stream()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    client.gateway.systemone.stream({}, concurrency="8")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    stream.send(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    stream.map(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    stream.close(5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    stream.is_open = True  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    stream.count = 5  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    stream.limits = {}  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    stream.stats = {}  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    DecisionStream()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    FrameDecision(index=5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]


async def streams_awaited(twin: AsyncVLMRun) -> None:
    async with twin.gateway.systemone.stream([{"type": "noul", "id": "late"}]) as stream:
        assert_type(stream, AsyncDecisionStream)
        assert_type(await stream.send(b"..."), SystemOneResponse)
        async for decision in stream.map([b"..."]):
            assert_type(decision, FrameDecision)
    await stream.close()

    AsyncDecisionStream()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    await twin.gateway.systemone.stream({})  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues]  # ty: ignore[invalid-await]  # pyrefly: ignore[not-async]
