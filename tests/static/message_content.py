"""The official SDK's message parts, to a checker."""

from __future__ import annotations

from uuid import UUID

from typing_extensions import assert_type

from vlmrun import VLMRun
from vlmrun.types import AudioUrl, DocumentUrl, FileUrl, ImageUrl, MessageContent, VideoUrl
from vlmrun.types.refs import ImageRef


def parts(client: VLMRun) -> None:
    image = MessageContent(type="image_url", image_url=ImageUrl(url="https://example.com/a.png", detail="high"))
    assert_type(image.image_url, ImageUrl | None)
    assert_type(image.file_id, str | UUID | None)
    client.agent.execute("reader", inputs={"image": image})
    files: list[FileUrl] = [
        VideoUrl(url="https://example.com/a.mp4"),
        AudioUrl(url="https://example.com/a.mp3"),
        DocumentUrl(url="https://example.com/a.pdf"),
    ]
    assert_type(files[0].url, str)
    assert_type(ImageRef(id="img_a1b2c3").id, str)

    MessageContent(type="image")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    ImageUrl(url="https://example.com/a.png", detail="hi")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    FileUrl()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    VideoUrl()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    AudioUrl()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    DocumentUrl()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
