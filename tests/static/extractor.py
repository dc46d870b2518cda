"""An `Extractor` to a checker: the model decides what its results are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import BaseModel
from typing_extensions import assert_type

from vlmrun import AsyncVLMRun, VLMRun
from vlmrun.batch import ArrowSchema, ArrowTable, BatchResult, Extractor


class Invoice(BaseModel):
    total: float


def made(client: VLMRun, async_client: AsyncVLMRun) -> None:
    assert_type(Extractor(client, prompt="Read it.", response_model=Invoice, column="path"), Extractor[Invoice])
    assert_type(Extractor(async_client, prompt="Read it.", column="path", mode="chat"), Extractor[str])
    wider: Extractor[BaseModel] = Extractor(client, prompt="Read it.", response_model=Invoice, column="path")
    print(wider)  # noqa: T201  # a use

    Extractor(client, prompt="Read it.", column=3)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    Extractor("key", prompt="Read it.", column="path")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    Extractor(client, prompt="Read it.", response_model=dict, column="path")  # type: ignore[type-var]  # pyright: ignore[reportArgumentType, reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]


class Table:
    """A table of a library that Arrow does not know."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return requested_schema


class Schema:
    """The schema of one."""

    def __arrow_c_schema__(self) -> object:
        return 1


async def used(extractor: Extractor[Invoice], row: Mapping[str, object]) -> None:
    assert_type(await extractor(row), dict[str, object])
    assert_type(await extractor.table(Table()), ArrowTable)
    assert_type(extractor.schema, ArrowSchema)
    assert_type(extractor.results([row]), Iterator[BatchResult[Invoice]])
    for result in extractor.results([row]):
        assert_type(result.output.total, float)
    schema: ArrowSchema = Schema()
    table: ArrowTable = Table()
    print(schema, table)  # noqa: T201  # uses

    await extractor("invoice.pdf")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    await extractor.table([row])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    extractor.schema.names  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    extractor.results(row)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    wrong: ArrowSchema = table  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    other: ArrowTable = schema  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    print(wrong, other)  # noqa: T201  # uses
