"""Files, executions, artifacts and pages to a checker, in both colours."""

from __future__ import annotations

import io
import mmap
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile, SpooledTemporaryFile, TemporaryFile
from typing import IO, BinaryIO

from typing_extensions import assert_type

from vlmrun import AsyncVLMRun, VLMRun, content
from vlmrun.client.artifacts import Artifacts, AsyncArtifacts
from vlmrun.client.config import NOT_GIVEN, wait_seconds
from vlmrun.client.executions import AsyncExecutions, Executions
from vlmrun.client.files import (
    DEFAULT_EXPIRATION,
    MAX_DIRECT_BYTES,
    AsyncFiles,
    Files,
    UploadMethod,
)
from vlmrun.client.pages import AsyncPage, AsyncPages, Page
from vlmrun.client.types import (
    AgentExecutionResponse,
    ArtifactInfo,
    ArtifactSource,
    FilePurpose,
    FileResponse,
    JobStatus,
)
from vlmrun.options import OnProgress


class FourValues:
    api_key = "k"
    base_url = "http://127.0.0.1/v1"
    timeout: float | None = None
    max_retries = 0


def the_resources(client: VLMRun, twin: AsyncVLMRun) -> None:
    assert_type(client.files, Files)
    assert_type(client.executions, Executions)
    assert_type(client.artifacts, Artifacts)
    assert_type(twin.files, AsyncFiles)
    assert_type(twin.executions, AsyncExecutions)
    assert_type(twin.artifacts, AsyncArtifacts)
    assert_type(Files(client), Files)
    assert_type(AsyncFiles(twin), AsyncFiles)
    assert_type(Executions(FourValues()), Executions)
    assert_type(AsyncExecutions(twin), AsyncExecutions)
    assert_type(Artifacts(client), Artifacts)
    assert_type(AsyncArtifacts(FourValues()), AsyncArtifacts)

    client.files = client.files  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    client.executions = client.executions  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    client.artifacts = client.artifacts  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    twin.files = twin.files  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    twin.executions = twin.executions  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    twin.artifacts = twin.artifacts  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    client.files.nothing  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    twin.artifacts.nothing  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    blocking: Files = twin.files  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    awaited: AsyncExecutions = client.executions  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    other: Artifacts = twin.artifacts  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    Files("key")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    AsyncFiles()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    Executions(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    AsyncExecutions("key")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    Artifacts(client.files)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    AsyncArtifacts(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    del blocking, awaited, other


class UploadFile:
    """As FastAPI has it."""

    file: BinaryIO

    async def read(self, size: int = -1) -> bytes:
        return self.file.read(size)


class FileStorage:
    """As Werkzeug has it."""

    stream: IO[bytes]


class AsyncFile:
    """As anyio has it."""

    async def read(self, size: int = -1) -> bytes:
        return bytes(size)


def progress(done: int, total: int | None) -> None:
    shows: OnProgress = progress
    no_progress: OnProgress = total_of_int  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    shows(done, total)
    shows(done, "all")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    del no_progress


def total_of_int(done: int, total: int) -> None:
    del done, total


def files(
    client: VLMRun, purpose: FilePurpose, method: UploadMethod, framework: UploadFile, other_framework: FileStorage
) -> None:
    sources: list[content.Source] = ["a.pdf", Path("a.pdf"), b"%PDF", io.BytesIO(), open("a.pdf", "rb")]  # noqa: SIM115  # checked, never run
    sources += [
        bytearray(),
        memoryview(b""),
        mmap.mmap(-1, 1),
        TemporaryFile(),  # noqa: SIM115  # checked, never run
        SpooledTemporaryFile(),  # noqa: SIM115
        NamedTemporaryFile(),  # noqa: SIM115
    ]
    for source in sources:
        assert_type(client.files.upload(source), FileResponse)
        content.document(source)
    content.document(framework)
    client.files.upload(framework)
    client.files.upload(other_framework)
    uploaded = client.files.upload(
        b"%PDF",
        filename="a.pdf",
        purpose=purpose,
        generate_public_url=True,
        method=method,
        expiration=DEFAULT_EXPIRATION,
        force=True,
    )
    assert_type(uploaded.id, str)
    assert_type(uploaded.filename, str | None)
    assert_type(uploaded.bytes, int | None)
    assert_type(uploaded.created_at, datetime | None)
    assert_type(uploaded.public_url, str | None)
    assert_type(client.files.get("file_1"), FileResponse)
    assert_type(client.files.get("file_1", generate_public_url=True), FileResponse)
    client.files.delete("file_1")
    assert_type(client.files.upload("a.pdf", "vision", "direct", 30, 60, True), FileResponse)
    assert_type(client.files.list(10, 100), Page[FileResponse])
    assert_type(client.files.list(), Page[FileResponse])
    assert_type(client.files.list(skip=10, limit=1000), Page[FileResponse])
    assert_type(MAX_DIRECT_BYTES, int)
    assert_type(DEFAULT_EXPIRATION, int)
    content.file(uploaded)
    client.files.upload("a.pdf", purpose="one-of-tomorrow", method="presigned-url")
    client.files.upload("a.pdf", on_progress=progress)
    client.files.upload("a.pdf", on_progress=lambda done, total: (done, total))

    client.files.upload(42)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.files.upload()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    client.files.upload(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.files.upload(io.StringIO())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.files.upload(["a.pdf"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.files.upload("a.pdf", "vision", "auto", 9, 60, True, "a.pdf")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    client.files.upload("a.pdf", method="resumable")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.files.upload("a.pdf", purpose=7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.files.upload("a.pdf", expiration="1h")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.files.upload("a.pdf", on_progress=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.files.upload("a.pdf", on_progress=total_of_int)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.files.upload("a.pdf", check_duplicate=True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[unknown-argument]  # pyrefly: ignore[unexpected-keyword]
    client.files.get()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    client.files.get(uploaded)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.files.delete(7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.files.list(0, 10, 5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    client.files.list(limit="10")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    uploaded.filename.upper()  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]  # ty: ignore[missing-union-attribute]  # pyrefly: ignore[missing-attribute]
    uploaded.size  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    FileResponse(filename="a.pdf")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    wrong_purpose: FilePurpose = 7  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    wrong_method: UploadMethod = "resumable"  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    client.files.upload(AsyncFile())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    wrong_source: content.AsyncSource = 42  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    no_text: str = MAX_DIRECT_BYTES  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    nor_this: str = DEFAULT_EXPIRATION  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del wrong_purpose, wrong_method, wrong_source, no_text, nor_this


async def files_awaited(twin: AsyncVLMRun) -> None:
    assert_type(await twin.files.upload("a.pdf", purpose="vision", method="direct"), FileResponse)
    sources: list[content.AsyncSource] = [AsyncFile(), UploadFile(), FileStorage(), b"%PDF"]
    holds_file: content.SupportsFile = UploadFile()
    holds_stream: content.SupportsStream = FileStorage()
    is_awaited: content.SupportsAsyncRead = AsyncFile()
    assert_type(holds_file.file.read(1), bytes)
    assert_type(holds_stream.stream.read(1), bytes)
    assert_type(await is_awaited.read(1), bytes)
    no_holds_file: content.SupportsFile = FileStorage()  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    no_holds_stream: content.SupportsStream = UploadFile()  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    no_is_awaited: content.SupportsAsyncRead = FileStorage()  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del no_holds_file, no_holds_stream, no_is_awaited
    await twin.files.upload(sources[0])
    assert_type(await twin.files.get("file_1"), FileResponse)
    await twin.files.delete("file_1")
    assert_type(twin.files.list(), AsyncPages[FileResponse])
    assert_type(await twin.files.list(), AsyncPage[FileResponse])
    async for file in twin.files.list(limit=100):
        assert_type(file, FileResponse)

    await twin.files.upload(42)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    await twin.files.upload("a.pdf", on_progress=progress)
    await twin.files.upload("a.pdf", on_progress="bar")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    await twin.files.upload("a.pdf", method="resumable")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    await twin.files.get(7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    await twin.files.delete()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    twin.files.upload("a.pdf").id  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    twin.files.list().data  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    for file in twin.files.list():  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]  # ty: ignore[not-iterable]  # pyrefly: ignore[not-iterable]
        del file
    async for file in twin.files.list(limit=None):  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
        del file


def executions(client: VLMRun) -> None:
    assert_type(client.executions.get("e"), AgentExecutionResponse)
    assert_type(client.executions.wait("e"), AgentExecutionResponse)
    assert_type(client.executions.wait("e", timeout=5), AgentExecutionResponse)
    assert_type(client.executions.wait("e", 600, 5), AgentExecutionResponse)
    assert_type(client.executions.wait(id="e", timeout=600, sleep=5), AgentExecutionResponse)
    assert_type(client.executions.get(id="e"), AgentExecutionResponse)
    assert_type(client.executions.list(0, 10), Page[AgentExecutionResponse])
    assert_type(client.executions.wait("e", timeout=None), AgentExecutionResponse)
    assert_type(client.executions.wait("e", timeout=NOT_GIVEN), AgentExecutionResponse)
    assert_type(client.executions.list(limit=1), Page[AgentExecutionResponse])
    assert_type(client.executions.wait(client.agent.execute("a").id).status, JobStatus)
    assert_type(wait_seconds("timeout", "x"), float | None)

    client.executions.get()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    client.executions.get(execution_id="e")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument, unknown-argument]  # pyrefly: ignore[missing-argument, unexpected-keyword]
    client.executions.get(7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.executions.wait()  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    client.executions.wait("e", 600, 5, 1)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    client.executions.wait("e", timeout="600")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[no-matching-overload]
    client.executions.wait(client.agent.execute("a"))  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.executions.list(skip=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    wait_seconds("timeout")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]


async def executions_awaited(twin: AsyncVLMRun) -> None:
    assert_type(await twin.executions.get("e"), AgentExecutionResponse)
    assert_type(await twin.executions.wait("e", timeout=5.0), AgentExecutionResponse)
    assert_type(twin.executions.list(), AsyncPages[AgentExecutionResponse])
    assert_type(await twin.executions.list(), AsyncPage[AgentExecutionResponse])
    async for execution in twin.executions.list():
        assert_type(execution, AgentExecutionResponse)

    await twin.executions.wait("e", timeout="600")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[no-matching-overload]
    await twin.executions.get(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    twin.executions.wait("e").status  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]


def artifacts(client: VLMRun, source: ArtifactSource) -> None:
    assert_type(client.artifacts.list(session_id="s"), list[ArtifactInfo])
    assert_type(client.artifacts.list(execution_id="e"), list[ArtifactInfo])
    assert_type(client.artifacts.get("img_a1b2c3", session_id="s"), bytes)
    assert_type(client.artifacts.get(filename="a.csv", execution_id="e"), bytes)
    assert_type(client.artifacts.download("img_a1b2c3", folder="out", session_id="s"), Path)
    client.artifacts.download("img_a1b2c3", folder="out", session_id="s", on_progress=progress)
    client.artifacts.download("img_a1b2c3", folder="out", session_id="s", on_progress=total_of_int)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    assert_type(client.artifacts.download(filename="a.csv", folder=Path("out"), execution_id="e"), Path)
    for info in client.artifacts.list(session_id="s"):
        assert_type(info.object_id, str)
        assert_type(info.filename, str | None)
        assert_type(info.source, ArtifactSource | None)
    assert_type(ArtifactInfo(object_id="img_a1b2c3", source=source), ArtifactInfo)

    client.artifacts.list("s")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    client.artifacts.list(session="s")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[unknown-argument]  # pyrefly: ignore[unexpected-keyword]
    client.artifacts.get(7, session_id="s")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.artifacts.get("img_a1b2c3", "s")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    client.artifacts.get("img_a1b2c3", session_id="s").size  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    client.artifacts.download("img_a1b2c3", session_id="s")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    client.artifacts.download("img_a1b2c3", folder=b"out", session_id="s")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    ArtifactInfo(filename="a.csv")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    wrong_source: ArtifactSource = 7  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del wrong_source


async def artifacts_awaited(twin: AsyncVLMRun) -> None:
    assert_type(await twin.artifacts.list(session_id="s"), list[ArtifactInfo])
    assert_type(await twin.artifacts.get("img_a1b2c3", execution_id="e"), bytes)
    assert_type(await twin.artifacts.download("img_a1b2c3", folder="out", execution_id="e"), Path)

    await twin.artifacts.list("s")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    await twin.artifacts.get("img_a1b2c3", session_id=7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    await twin.artifacts.download("img_a1b2c3", execution_id="e")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    for info in twin.artifacts.list(session_id="s"):  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]  # ty: ignore[not-iterable]  # pyrefly: ignore[not-iterable]
        del info


def pages(page: Page[FileResponse], following: Page[AgentExecutionResponse] | None) -> None:
    assert_type(page.data, list[FileResponse])
    assert_type(page.has_next_page(), bool)
    assert_type(page.get_next_page(), Page[FileResponse] | None)
    assert_type(iter(page), Iterator[FileResponse])
    for file in page:
        assert_type(file, FileResponse)
    assert_type([file.id for file in page], list[str])

    page.get_next_page().data  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]  # ty: ignore[missing-union-attribute]  # pyrefly: ignore[missing-attribute]
    page.get_next_page(1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    page.has_next_page(1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    page.next_cursor  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    assert_type(len(page), int)
    assert_type(page[0], FileResponse)
    assert_type(page[:3], list[FileResponse])
    page["id"]  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-index]
    following.data  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]  # ty: ignore[missing-union-attribute]  # pyrefly: ignore[missing-attribute]
    of_others: Page[AgentExecutionResponse] = page  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del of_others


async def pages_awaited(pages: AsyncPages[FileResponse]) -> None:
    page = await pages
    assert_type(page, AsyncPage[FileResponse])
    assert_type(page.data, list[FileResponse])
    assert_type(page.has_next_page(), bool)
    assert_type(await page.get_next_page(), AsyncPage[FileResponse] | None)
    assert_type(aiter(page), AsyncIterator[FileResponse])
    assert_type(aiter(pages), AsyncIterator[FileResponse])
    async for file in page:
        assert_type(file, FileResponse)
    assert_type([file.id async for file in pages], list[str])

    page.get_next_page().data  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    (await page.get_next_page()).data  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]  # ty: ignore[missing-union-attribute]  # pyrefly: ignore[missing-attribute]
    for file in page:  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]  # ty: ignore[not-iterable]
        del file
    of_others: AsyncPage[AgentExecutionResponse] = page  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    lists_of_others: AsyncPages[AgentExecutionResponse] = pages  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del of_others, lists_of_others
