"""Content parts to a checker: OpenAI's own types come out, so that `messages=` takes them; what is no source is rejected."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from openai import AsyncOpenAI, OpenAI
from openai.types.chat import (
    ChatCompletion,
    ChatCompletionContentPartParam,
    ChatCompletionMessage,
    ChatCompletionMessageParam,
)
from PIL import Image
from typing_extensions import assert_type

from vlmrun import VLMRun, content
from vlmrun.content import (
    MAX_INLINE_BYTES,
    FileSource,
    ImageSource,
    Input,
    Inputs,
    Message,
    Part,
    Source,
    SupportsArray,
    SupportsId,
    SupportsImage,
    SupportsRead,
    assistant,
    audio,
    document,
    document_pages,
    file,
    image,
    system,
    text,
    user,
    video,
)


class Uploaded:
    id: str | None = None


class Opaque:
    pass


def every_function_makes_a_part_of_openais(detail: Literal["auto", "low", "high"] | None) -> None:
    assert_type(text("a"), ChatCompletionContentPartParam)
    assert_type(image("https://h/a.png", media_type=None, detail=detail), ChatCompletionContentPartParam)
    assert_type(image("a.png", quality=85, max_pixels=4_000_000), ChatCompletionContentPartParam)
    assert_type(image(b"", quality=None, max_pixels=None), ChatCompletionContentPartParam)
    assert_type(video(Path("a.mp4"), media_type="video/mp4"), ChatCompletionContentPartParam)
    assert_type(audio(b"", media_type="audio/mp4"), ChatCompletionContentPartParam)
    assert_type(document("a.txt", media_type="text/plain"), ChatCompletionContentPartParam)
    assert_type(file("file_1"), ChatCompletionContentPartParam)
    assert_type(document_pages("a.pdf", dpi=72), Iterator[ChatCompletionContentPartParam])
    assert_type(document_pages("a.pdf", timeout=9, on_error="skip"), Iterator[ChatCompletionContentPartParam])
    assert_type(document_pages("a.pdf", timeout=None, on_error="raise"), Iterator[ChatCompletionContentPartParam])
    assert_type(user("a", text("b"), *document_pages("a.pdf")), ChatCompletionMessageParam)
    assert_type(system("a"), ChatCompletionMessageParam)
    assert_type(assistant("a"), ChatCompletionMessageParam)
    assert_type(MAX_INLINE_BYTES, int)


def openai_takes_them(client: VLMRun, plain: OpenAI) -> None:
    message = content.user("What is this?", content.image("a.png"), content.file("file_1"))
    messages: list[ChatCompletionMessageParam] = [content.system("Be brief."), message]
    assert_type(client.agent.completions.create(model="m", messages=messages), ChatCompletion)
    assert_type(client.agent.completions.create(model="m", messages=[content.system("a"), message]), ChatCompletion)
    assert_type(plain.chat.completions.create(model="m", messages=[message]), ChatCompletion)
    plain.chat.completions.create(model="m", messages=[{"role": "user", "content": [content.video("a.mp4")]}])


def messages_in_a_variable(client: VLMRun, plain: OpenAI, answer: ChatCompletionMessage) -> None:
    messages = [content.system("Be brief."), content.user("What is this?", content.image("a.png"))]
    assert_type(client.agent.completions.create(model="m", messages=messages), ChatCompletion)
    messages.append(content.assistant(answer))
    messages.append(content.assistant("A cat."))
    plain.chat.completions.create(model="m", messages=messages, stream=True)
    plain.chat.completions.stream(model="m", messages=[content.user("a")])
    one = [content.user("a")]
    plain.chat.completions.create(model="m", messages=one)


def names_for_lists(client: VLMRun, names: list[str], parts: list[Part], inputs: list[Input], any_of: Inputs) -> None:
    messages: list[Message] = []
    messages.append(user(*parts, *inputs, *names, *any_of))
    messages += [system("a"), assistant("b")]
    messages.append({"role": "user", "content": parts})
    client.agent.completions.create(model="m", messages=messages)
    parts.append(text("a"))
    parts.extend(document_pages("a.pdf"))
    inputs.append("a")
    run = client.agent.run
    several: list[Inputs] = [
        parts,
        inputs,
        names,
        tuple(inputs),
        deque(inputs),
        iter(inputs),
        {"a": text("a")}.values(),
    ]
    for one in several:
        run("p", inputs=one)
    run("p", inputs=["a", image("a.png")])
    run("p", inputs=("a", image("a.png")))
    run("p", inputs=(one for one in inputs))
    run("p", inputs=[])

    inputs.append(b"a")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    messages.append("a")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    part: Part = "a"  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    message: Message = text("a")  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    inputs_of_one: Inputs = "a.png"  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    an_input: Input = 7  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del part, message, inputs_of_one, an_input


async def openai_takes_them_async(plain: AsyncOpenAI) -> None:
    answer = await plain.chat.completions.create(model="m", messages=[content.user("a", content.audio("a.mp3"))])
    assert_type(answer, ChatCompletion)


def sources(picture: Image.Image, pixels: NDArray[np.uint8], upload: Uploaded) -> None:
    anything: list[Source] = ["a", Path("a"), b"", bytearray(), memoryview(b""), io.BytesIO(), open("a", "rb")]  # noqa: SIM115  # checked, never run
    raw: Source = open("a", "rb", buffering=0)  # noqa: SIM115  # checked, never run
    images: list[ImageSource] = [
        *anything,
        picture,
        pixels,
        np.zeros((2, 3), np.bool_),
        np.zeros((2, 3), np.uint16),
        np.zeros((2, 3), np.uint8),
        pixels[::2],
    ]
    files: list[FileSource] = [*anything, upload, "file_1"]
    for source in anything:
        video(source)
        audio(source)
        document(source)
        document_pages(source)
    for picturable in images:
        image(picturable)
    for filable in files:
        file(filable)
    supporting(picture, pixels, upload, io.BytesIO())
    del raw


def supporting(picture: SupportsImage, array: SupportsArray, upload: SupportsId, stream: SupportsRead) -> None:
    assert_type(picture.mode, str)
    assert_type(array.shape, tuple[int, ...])
    assert_type(upload.id, str | None)
    assert_type(stream.read(1), bytes)


def what_is_no_source(
    picture: Image.Image,
    pixels: NDArray[np.uint8],
    upload: Uploaded,
    part: ChatCompletionContentPartParam,
    as_text: io.TextIOWrapper,
) -> None:
    image(42)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    image(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    image(Opaque())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    image(upload)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    image([b""])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    image("a", detail="lo")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    image("a", quality="high")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    image("a", max_pixels=(640, 480))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    image("a", media_type=b"image/png")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    image("a", "image/png")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    video(pixels)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    video(picture)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    video(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    video("a", detail="low")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[unknown-argument]  # pyrefly: ignore[unexpected-keyword]
    audio(pixels)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    audio(as_text)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    document(picture)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    document(io.StringIO())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    document_pages(pixels)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    document_pages("a", dpi="150")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    document_pages("a", timeout="60")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    document_pages("a", on_error="ignore")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    file(42)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    file(pixels)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    file(Opaque())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    text(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    text(b"a")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    user(42)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    user(["a", part])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    user(document_pages("a"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    user(name="a")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[unknown-argument]  # pyrefly: ignore[unexpected-keyword]
    assistant(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    assistant(part)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    system(part)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    no_text: str = MAX_INLINE_BYTES  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    source: Source = pixels  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    image_source: ImageSource = upload  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    file_source: FileSource = picture  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    supports_image: SupportsImage = pixels  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    supports_array: SupportsArray = picture  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    supports_id: SupportsId = Opaque()  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    supports_read: SupportsRead = io.StringIO()  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del no_text, source, image_source, file_source, supports_image, supports_array, supports_id, supports_read
