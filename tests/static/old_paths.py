"""The helpers below `vlmrun.common` to a checker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy
from PIL.Image import Image
from pydantic import JsonValue
from typing_extensions import assert_type

from vlmrun import common
from vlmrun.common.image import encode_frame, encode_image, encode_video
from vlmrun.common.pdf import Page, pdf_images
from vlmrun.common.utils import download_artifact, download_image, remote_image


def encoded(image: Image) -> None:
    assert_type(encode_image(image), str)
    assert_type(encode_image("photo.jpg", "JPEG", 80), str)
    assert_type(encode_image(Path("photo.jpg"), format="binary"), bytes)
    assert_type(encode_video("clip.mp4"), str)
    assert_type(encode_frame(numpy.zeros((2, 2, 3), "uint8"), quality=70), str)
    assert_type(common.image.encode_image(image), str)

    encode_image(b"bytes")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    encode_image(image, "GIF")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    encode_video(image)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    encode_frame(image)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    common.image.encode_images(image)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]


def pages() -> None:
    assert_type(pdf_images(Path("a.pdf")), Iterator[Page])
    assert_type(common.pdf.pdf_images("a.pdf", dpi=72, pages=(0, 2)), Iterator[Page])
    for page in pdf_images("a.pdf"):
        assert_type(page.image, Image)
        assert_type(page.page_number, int)

    pdf_images("a.pdf", pages="0")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    common.pdf.pdf_images("a.pdf", backend="other")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    Page()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]


def downloads(url: str) -> None:
    assert_type(remote_image(url), Image)
    assert_type(remote_image(Path("photo.jpg"), timeout=None), Image)
    assert_type(download_image(url, timeout=5, max_bytes=1_000_000, allow_private=True), Image)
    assert_type(download_artifact(url, "image"), Image)
    value: JsonValue = download_artifact(url, format="json")
    assert_type(download_artifact(url, "file", folder=Path()), Path)
    assert_type(common.utils.download_image(url), Image)
    del value

    remote_image(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    download_image(url, 5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    download_image(url, allow_private="no")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    download_artifact(url, "xml")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    common.utils.download(url)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
