"""Artifacts as images and arrays, and references to them, to a checker, in both colours."""

from __future__ import annotations

import numpy
from numpy.typing import NDArray
from PIL.Image import Image
from pydantic import BaseModel
from typing_extensions import assert_type

from vlmrun import AsyncVLMRun, VLMRun
from vlmrun.types import (
    ArrayRef,
    ArtifactRef,
    AudioRef,
    DocumentRef,
    ImageRef,
    ReconRef,
    UrlRef,
    VideoRef,
)


class Report(BaseModel):
    chart: ImageRef
    pages: list[DocumentRef]


def images(client: VLMRun) -> None:
    assert_type(client.artifacts.image("img_a1b2c3", session_id="s"), Image)
    assert_type(client.artifacts.image(filename="a.png", execution_id="e", wait=0), Image)
    assert_type(client.artifacts.array("arr_a1b2c3", session_id="s"), NDArray[numpy.generic])
    assert_type(client.artifacts.with_raw_response.image("img_a1b2c3", session_id="s").parse(), Image)
    client.artifacts.array("arr_a1b2c3", session_id="s").astype(numpy.float32).mean()

    client.artifacts.image(b"img_a1b2c3", session_id="s")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.artifacts.image("img_a1b2c3", "s")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    client.artifacts.image("img_a1b2c3", session_id="s", wait=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.artifacts.image("img_a1b2c3", session_id="s").sizes  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    client.artifacts.array("arr_a1b2c3", session="s")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[unknown-argument]  # pyrefly: ignore[unexpected-keyword]
    client.artifacts.get("img_a1b2c3", session_id="s", wait="5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]


def urls(client: VLMRun) -> None:
    assert_type(client.artifacts.url(UrlRef(id="url_a1b2c3"), session_id="s"), str)
    assert_type(client.artifacts.url("recon_a1b2c3", execution_id="e", wait=0), str)
    client.artifacts.download("url_a1b2c3", folder=".", session_id="s", allow_private=True)

    client.artifacts.url(ImageRef(id="img_a1b2c3"), session_id="s")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.artifacts.url("url_a1b2c3", "s")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    client.artifacts.download("url_a1b2c3", folder=".", session_id="s", allow_private="no")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]


async def images_awaited(twin: AsyncVLMRun) -> None:
    assert_type(await twin.artifacts.image("img_a1b2c3", session_id="s"), Image)
    assert_type(await twin.artifacts.array("arr_a1b2c3", session_id="s", wait=2.5), NDArray[numpy.generic])
    assert_type(await twin.artifacts.url("url_a1b2c3", session_id="s"), str)

    await twin.artifacts.array(7, session_id="s")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    twin.artifacts.image("img_a1b2c3", session_id="s").size  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]


def references(client: VLMRun) -> None:
    run = client.agent.run("Chart it.", response_model=Report)
    assert_type(run.output.chart.id, str)
    assert_type(client.artifacts.image(run.output.chart, session_id=run.session_id), Image)
    assert_type([client.artifacts.get(page, session_id="s") for page in run.output.pages], list[bytes])
    client.artifacts.array(ArrayRef(id="arr_a1b2c3"), session_id="s")
    client.artifacts.array(run.output.chart, session_id="s")
    kinds: list[ArtifactRef] = [
        VideoRef(id="vid_a1b2c3"),
        AudioRef(id="aud_a1b2c3"),
        ReconRef(id="recon_a1b2c3"),
        UrlRef(id="url_a1b2c3"),
        ArtifactRef(id="img_a1b2c3"),
    ]
    for kind in kinds:
        client.artifacts.download(kind, folder=".", session_id="s")

    client.artifacts.image(DocumentRef(id="doc_a1b2c3"), session_id="s")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.artifacts.array(VideoRef(id="vid_a1b2c3"), session_id="s")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.artifacts.get(run.output, session_id="s")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    ImageRef()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    ReconRef(id=[])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ArtifactRef("img_a1b2c3")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument, too-many-positional-arguments]  # pyrefly: ignore[unexpected-positional-argument]
    sound: ImageRef = AudioRef(id="aud_a1b2c3")  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    array: ImageRef = ArrayRef(id="arr_a1b2c3")  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    url: DocumentRef = UrlRef(id="url_a1b2c3")  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del sound, array, url
