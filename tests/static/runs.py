"""`client.agent.run`, its result, what reads and converts answers, and its errors to a checker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessage
from pydantic import BaseModel, JsonValue
from typing_extensions import assert_type

from vlmrun import AgentModel, AgentRun, AsyncVLMRun, Skill, VLMRun, content
from vlmrun.client.config import NOT_GIVEN
from vlmrun.client.exceptions import (
    APIError,
    ExecutionError,
    ExecutionFailedError,
    ExecutionTimeoutError,
    OutputValidationError,
    ResponseValidationError,
)
from vlmrun.client.types import AgentExecutionResponse, CreditUsage
from vlmrun.options import AgentMetadata
from vlmrun.results import (
    artifact_ids,
    completion_from_execution,
    credit_usage,
    credits_used,
    execution_from_completion,
    response_text,
    run_from_execution,
    session_id,
)

FinishReason: TypeAlias = Literal["stop", "length", "tool_calls", "content_filter", "function_call"]


class Invoice(BaseModel):
    total: float


class PaidInvoice(Invoice):
    paid: bool


class NoModel:
    pass


def the_output_is_what_was_asked_for(client: VLMRun) -> None:
    run = client.agent.run
    assert_type(run("p"), AgentRun[str, ChatCompletion])
    assert_type(run("p", response_model=None), AgentRun[str, ChatCompletion])
    assert_type(run("p", mode="chat"), AgentRun[str, ChatCompletion])
    assert_type(run("p", mode="execution"), AgentRun[str, AgentExecutionResponse])
    assert_type(run("p", response_model=Invoice), AgentRun[Invoice, ChatCompletion])
    assert_type(run("p", response_model=Invoice, mode="execution"), AgentRun[Invoice, AgentExecutionResponse])
    assert_type(run("p", response_model=PaidInvoice).output.paid, bool)
    assert_type(run("p").output, str)

    run("p").output.total  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    run("p", response_model=Invoice).output.paid  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    run("p", response_model=Invoice).output.upper()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    # Whoever does not care which it was names the output alone.
    either: list[AgentRun[Invoice]] = [
        run("p", response_model=Invoice),
        run("p", response_model=Invoice, mode="execution"),
    ]
    del either

    of_invoice: AgentRun[Invoice] = run("p")  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    of_text: AgentRun[str] = run("p", response_model=Invoice)  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del of_invoice, of_text


async def the_output_is_what_was_awaited(twin: AsyncVLMRun) -> None:
    run = twin.agent.run
    assert_type(await run("p"), AgentRun[str, ChatCompletion])
    assert_type(await run("p", mode="execution"), AgentRun[str, AgentExecutionResponse])
    assert_type(await run("p", response_model=Invoice), AgentRun[Invoice, ChatCompletion])
    assert_type(await run("p", response_model=Invoice, mode="execution"), AgentRun[Invoice, AgentExecutionResponse])
    assert_type((await run("p", response_model=Invoice)).output.total, float)

    run("p").output  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    (await run("p")).output.total  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    await run("p", response_model=Invoice())  # type: ignore[call-arg, call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]  # ty: ignore[missing-argument, no-matching-overload]  # pyrefly: ignore[missing-argument, no-matching-overload]
    await run("p", toolsets=["imgae"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[no-matching-overload]
    await run("p", mode="batch")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    await run("p", inputs="a.pdf")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[no-matching-overload]
    await run("p", timeout="600")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[no-matching-overload]
    of_invoice: AgentRun[Invoice] = await run("p")  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del of_invoice


def a_model_that_is_chosen_later(client: VLMRun, model: type[Invoice], maybe: type[PaidInvoice]) -> None:
    assert_type(client.agent.run("p", response_model=model), AgentRun[Invoice, ChatCompletion])
    for one in (model, maybe):
        assert_type(client.agent.run("p", response_model=one).output.total, float)


def the_raw_answer_follows_the_mode(client: VLMRun, mode: Literal["chat", "execution"]) -> None:
    run = client.agent.run
    assert_type(run("p").raw, ChatCompletion)
    assert_type(run("p", mode="execution").raw, AgentExecutionResponse)
    assert_type(run("p", mode="chat", response_model=Invoice).raw.choices[0].finish_reason, FinishReason)
    assert_type(run("p", mode="execution", response_model=Invoice).raw.response, JsonValue)
    either: ChatCompletion | AgentExecutionResponse = run("p", mode=mode).raw
    del either

    run("p").raw.response  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    run("p", mode="execution").raw.choices  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    run("p", mode=mode).raw.choices  # type: ignore[union-attr]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-union-attribute]  # pyrefly: ignore[missing-attribute]
    chat: AgentRun[str, ChatCompletion] = run("p", mode="execution")  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del chat


def executions_that_are_waited_for(client: VLMRun, execution: AgentExecutionResponse) -> None:
    wait = client.executions.wait
    assert_type(wait("e"), AgentExecutionResponse)
    assert_type(wait("e", poll_interval=0.5, timeout=None), AgentExecutionResponse)
    assert_type(wait("e", timeout=600, sleep=5), AgentExecutionResponse)
    assert_type(wait("e", response_model=Invoice), AgentRun[Invoice, AgentExecutionResponse])
    assert_type(run_from_execution(execution), AgentRun[str, AgentExecutionResponse])
    assert_type(run_from_execution(execution, Invoice), AgentRun[Invoice, AgentExecutionResponse])
    assert_type(run_from_execution(execution, Invoice).output.total, float)

    wait(execution)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    wait("e", poll_interval="5")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[no-matching-overload]
    wait("e", interval=5)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    wait("e", response_model=NoModel)  # type: ignore[type-var]  # pyright: ignore[reportArgumentType, reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    run_from_execution("e")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    run_from_execution(execution, NoModel)  # type: ignore[type-var]  # pyright: ignore[reportArgumentType, reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]


async def executions_that_are_awaited(twin: AsyncVLMRun) -> None:
    assert_type(await twin.executions.wait("e"), AgentExecutionResponse)
    assert_type(await twin.executions.wait("e", response_model=Invoice), AgentRun[Invoice, AgentExecutionResponse])

    twin.executions.wait("e", response_model=Invoice).output  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]


def what_a_run_takes(client: VLMRun, skill: Skill) -> None:
    client.agent.run(
        "p",
        inputs=[content.image("a.png"), content.document("a.pdf"), content.file("file_1")],
        mode="execution",
        model=AgentModel.ORION_2,
        name="reader:2",
        toolsets=["image", "web"],
        skills=(skill,),
        metadata=AgentMetadata(environment="dev"),
        timeout=None,
    )
    client.agent.run("p", inputs=content.document_pages("a.pdf"), model="m", session_id="s", timeout=NOT_GIVEN)
    client.agent.run("p", inputs=(content.text("a") for _ in range(2)), timeout=60)

    client.agent.run()  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    client.agent.run(["p"])  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.agent.run(None)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.agent.run("p", [content.image("a.png")])  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    client.agent.run("p", inputs="a.png")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[no-matching-overload]
    client.agent.run("p", inputs=content.image("a.png"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[no-matching-overload]
    client.agent.run("p", inputs=[b"a"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[no-matching-overload]
    client.agent.run("p", inputs=None)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[no-matching-overload]
    client.agent.run("p", response_model=Invoice(total=1))  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    client.agent.run("p", response_model={"type": "object"})  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    client.agent.run("p", response_model=NoModel)  # type: ignore[type-var]  # pyright: ignore[reportArgumentType, reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    client.agent.run("p", response_model=list[Invoice])  # type: ignore[type-var]  # pyright: ignore[reportArgumentType, reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    client.agent.run("p", mode="batch")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    client.agent.run("p", model=7)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[no-matching-overload]
    client.agent.run("p", toolsets=["imgae"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[no-matching-overload]
    client.agent.run("p", toolsets=[7])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[no-matching-overload]
    client.agent.run("p", skills=skill)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[no-matching-overload]
    client.agent.run("p", skills=["reader"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[no-matching-overload]
    client.agent.run("p", session_id=7)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[no-matching-overload]
    client.agent.run("p", metadata={"enviroment": "dev"})  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type, unknown-typed-dict-constructor-key]  # pyrefly: ignore[no-matching-overload]
    client.agent.run("p", timeout="600")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[no-matching-overload]
    client.agent.run("p", stream=True)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]


def a_run(run: AgentRun[Invoice], of_paid: AgentRun[PaidInvoice], of_text: AgentRun[str]) -> None:
    assert_type(run.output, Invoice)
    assert_type(of_text.output, str)
    assert_type(run.text, str)
    assert_type(run.usage, CreditUsage | None)
    assert_type(run.artifacts, tuple[str, ...])
    assert_type(run.session_id, str | None)
    assert_type(run.execution_id, str | None)
    assert_type(run.raw, ChatCompletion | AgentExecutionResponse)
    # Covariant: who reads models reads invoices.
    base: AgentRun[BaseModel] = run
    runs: list[AgentRun[Invoice]] = [run, of_paid]
    any_run: Sequence[AgentRun[object]] = [run, of_text]

    run.output = Invoice(total=1)  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    run.text = ""  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    run.raw = run.raw  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    run.usage.credits_used  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]  # ty: ignore[missing-union-attribute]  # pyrefly: ignore[missing-attribute]
    run.session_id.upper()  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]  # ty: ignore[missing-union-attribute]  # pyrefly: ignore[missing-attribute]
    run.raw.choices  # type: ignore[union-attr]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-union-attribute]  # pyrefly: ignore[missing-attribute]
    run.parsed  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    narrower: AgentRun[PaidInvoice] = run  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    AgentRun("a", "a")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    del base, runs, any_run, narrower


def readers(
    completion: ChatCompletion,
    chunk: ChatCompletionChunk,
    usage: CompletionUsage,
    credit: CreditUsage,
    value: JsonValue,
) -> None:
    assert_type(session_id(completion), str | None)
    assert_type(session_id(chunk), str | None)
    assert_type(credits_used(usage), float | None)
    assert_type(credits_used(completion.usage), float | None)
    assert_type(credits_used(credit), float | None)
    assert_type(credits_used(None), float | None)
    assert_type(credit_usage(completion.usage), CreditUsage | None)
    assert_type(artifact_ids("img_a1b2c3"), tuple[str, ...])
    assert_type(artifact_ids(completion.choices[0].message), tuple[str, ...])
    assert_type(artifact_ids(ChatCompletionMessage(role="assistant")), tuple[str, ...])
    assert_type(artifact_ids(value), tuple[str, ...])
    assert_type(artifact_ids({"a": ["img_a1b2c3", None]}), tuple[str, ...])
    assert_type(response_text(value), str)

    session_id("s")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    session_id(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    session_id(completion).upper()  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]  # ty: ignore[missing-union-attribute]  # pyrefly: ignore[missing-attribute]
    credits_used(completion)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    credits_used(usage) + 1  # type: ignore[operator]  # pyright: ignore[reportOptionalOperand, reportUnusedExpression]  # ty: ignore[unsupported-operator]  # pyrefly: ignore[unsupported-operation]
    credit_usage(credit)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    artifact_ids(completion)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    artifact_ids(b"img_a1b2c3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    response_text(b"")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]


def conversions(completion: ChatCompletion, execution: AgentExecutionResponse) -> None:
    assert_type(completion_from_execution(execution), ChatCompletion)
    assert_type(completion_from_execution(execution, model="vlmrun-orion-2"), ChatCompletion)
    assert_type(execution_from_completion(completion), AgentExecutionResponse)

    completion_from_execution(completion)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    completion_from_execution(execution, "vlmrun-orion-2")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    completion_from_execution(execution, model=7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    execution_from_completion(execution)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    execution_from_completion(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]


def its_errors(error: OutputValidationError, failed: ExecutionFailedError, late: ExecutionTimeoutError) -> None:
    assert_type(error.text, str)
    assert_type(error.errors, Sequence[Mapping[str, object]])
    assert_type(error.body, object)
    assert_type(failed.execution_id, str | None)
    assert_type(failed.status, str | None)
    assert_type(late.execution_id, str | None)
    assert_type(failed.execution, AgentExecutionResponse | None)
    assert_type(late.execution, AgentExecutionResponse | None)
    unreadable: list[type[ResponseValidationError]] = [OutputValidationError]
    ended_otherwise: list[type[ExecutionError]] = [ExecutionFailedError, ExecutionTimeoutError]
    the_server_was_asked: list[type[APIError]] = [ExecutionError, OutputValidationError]
    assert_type(OutputValidationError("No.", text="a", errors=[{"loc": ()}], body={}), OutputValidationError)
    assert_type(ExecutionError("No.", execution_id="e", status="failed"), ExecutionError)
    try:
        raise error
    except ExecutionError as caught:
        assert_type(caught.status, str | None)

    error.text = 7  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    error.errors[0]["loc"][0]  # type: ignore[index]  # pyright: ignore[reportIndexIssue]  # ty: ignore[not-subscriptable]  # pyrefly: ignore[bad-index]
    error.execution_id  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    failed.text  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    late.execution_id.upper()  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]  # ty: ignore[missing-union-attribute]  # pyrefly: ignore[missing-attribute]
    no_timeout: type[TimeoutError] = ExecutionFailedError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    narrower: type[OutputValidationError] = ResponseValidationError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    other: type[ExecutionFailedError] = ExecutionTimeoutError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    no_error: type[ResponseValidationError] = ExecutionError  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    OutputValidationError("No.", "a")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    ExecutionError("No.", id="e")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[unknown-argument]  # pyrefly: ignore[unexpected-keyword]
    ExecutionFailedError(execution={"id": "e"})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    ExecutionFailedError(execution_id=7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    ExecutionTimeoutError("No.", status=7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    del unreadable, ended_otherwise, the_server_was_asked, no_timeout, narrower, other, no_error


def what_a_run_knows_of_itself(run: AgentRun[str]) -> None:
    assert_type(run.finish_reason, str | None)
    assert_type(run.request_id, str | None)
    assert_type(run.model_dump(), dict[str, object])
    assert_type(run.model_dump(mode="json"), dict[str, object])
    assert_type(run.model_dump_json(indent=2), str)

    run.finish_reason.upper()  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]  # ty: ignore[missing-union-attribute]  # pyrefly: ignore[missing-attribute]
    run.request_id.upper()  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]  # ty: ignore[missing-union-attribute]  # pyrefly: ignore[missing-attribute]
    run.model_dump(mode="xml")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    run.model_dump_json(indent="2")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
