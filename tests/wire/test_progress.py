"""`on_progress`: how far an upload or a download is, told to a function of the caller."""

from __future__ import annotations

import gzip
import io
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from support.colours import Colour, both_colours
from support.wire import ARTIFACT, FILE, Answer, Answerer, LoopbackServer, Sent, fake_wire, json_answer, vlm_run
from vlmrun._lifetimes import waiting
from vlmrun.client.exceptions import InputError, NetworkError

# `Any`, because the calls of these tests are written once for clients of both colours.
Use = Callable[[Any], Any]

LARGE = bytes(2_500_000)
"""More than two chunks, whatever a chunk is."""
METHODS = ("direct", "presigned-url")


class Progress:
    """What a function is told, and in which thread."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int | None]] = []
        self.threads: set[int] = set()

    def __call__(self, done: int, total: int | None) -> None:
        self.told.append((done, total))
        self.threads.add(threading.get_ident())


@pytest.fixture(autouse=True)
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time passes between attempts."""

    async def async_sleep(seconds: float) -> None:
        del seconds

    def sleep(seconds: float) -> None:
        del seconds

    monkeypatch.setattr(waiting, "sleep", sleep)
    monkeypatch.setattr(waiting, "async_sleep", async_sleep)


def attempts(progress: Progress) -> list[list[int]]:
    """The bytes of each attempt: one begins with 0."""
    found: list[list[int]] = []
    for done, _ in progress.told:
        if done == 0:
            found.append([])
        found[-1].append(done)
    return found


def first_fails(name: str) -> Answerer:
    """VLM Run, where the first request of this method fails in a way that is retried."""
    left = [httpx2.ConnectError("not yet"), httpx2.ConnectError("not yet")]

    def answer(sent: Sent) -> Answer | Exception:
        return left.pop() if sent.method == name and sent.body and len(left) > 1 else vlm_run(sent)

    return answer


@both_colours
@pytest.mark.parametrize("method", METHODS)
def test_an_upload_is_told_chunk_by_chunk(colour: Colour, method: str) -> None:
    """From 0 to the size of the file, in steps that only grow, in the caller's thread, with the size each time."""
    progress = Progress()
    with fake_wire():
        colour.run(lambda c: c.files.upload(LARGE, method=method, on_progress=progress))
    (told,) = attempts(progress)
    assert told == sorted(set(told))
    assert len(told) > 3
    assert told[-1] == len(LARGE)
    assert {total for _, total in progress.told} == {len(LARGE)}
    assert progress.threads == {threading.get_ident()}


@both_colours
@pytest.mark.parametrize(("method", "name"), [("direct", "POST"), ("presigned-url", "PUT")])
def test_a_retry_starts_again_from_zero(colour: Colour, method: str, name: str) -> None:
    """Both attempts begin with 0, and the last ends with all."""
    progress = Progress()
    with fake_wire(first_fails(name)):
        colour.run(lambda c: c.files.upload(LARGE, method=method, on_progress=progress), max_retries=2)
    assert len(attempts(progress)) == 2
    assert attempts(progress)[-1][-1] == len(LARGE)


def pipe(_: Path) -> object:
    """What is left in a pipe, which cannot seek."""
    reading, writing = os.pipe()
    os.write(writing, LARGE[:9_000])
    os.close(writing)
    return open(reading, "rb")


def wrapped(tmp_path: Path) -> object:
    """A file whose `fileno` is of what is compressed."""
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(LARGE[:9_000]))
    return gzip.open(path)


def moved(_: Path) -> object:
    """A file that is not at its first byte."""
    file = io.BytesIO(LARGE[:9_000])
    file.seek(77)
    return file


@both_colours
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("source", [pipe, wrapped, moved])
def test_wrapped_and_unseekable_files_count_what_is_sent(
    colour: Colour, source: Callable[[Path], Any], method: str, tmp_path: Path
) -> None:
    """The size is that of what goes out, whatever the file below has."""
    progress = Progress()
    with source(tmp_path) as file, fake_wire():
        colour.run(lambda c: c.files.upload(file, method=method, filename="a", on_progress=progress))
    assert progress.told == [(0, 9_000), (9_000, 9_000)]


@both_colours
def test_a_file_that_was_uploaded_before_is_done_at_once(colour: Colour) -> None:
    """Nothing is sent; the function learns that everything is there."""
    progress = Progress()
    with fake_wire(lambda _: json_answer(FILE)):
        colour.run(lambda c: c.files.upload(b"%PDF-1.7", on_progress=progress))
    assert progress.told == [(8, 8)]


def uploads(folder: Path) -> dict[str, Callable[[Progress], Use]]:
    """All that upload for their own purposes."""
    return {
        "document": lambda p: lambda c: c.document.generate(file=LARGE, domain="document.invoice", on_progress=p),
        "audio": lambda p: lambda c: c.audio.execute("a", file=LARGE, on_progress=p),
        "video": lambda p: lambda c: c.video.schema(file=LARGE, on_progress=p),
        "dataset": lambda p: (
            lambda c: c.datasets.create(
                domain="d", dataset_directory=folder, dataset_name="n", dataset_type="images", on_progress=p
            )
        ),
        "skill": lambda p: lambda c: c.skills.create_from_directory(folder, on_progress=p),
    }


@both_colours
@pytest.mark.parametrize("name", uploads(Path()))
def test_whatever_uploads_a_file_tells_how_far_it_is(colour: Colour, name: str, tmp_path: Path) -> None:
    """They hand the function on."""
    (tmp_path / "SKILL.md").write_text("---\nname: reader\ndescription: Reads.\n---\n")
    progress = Progress()
    with fake_wire():
        colour.run(uploads(tmp_path)[name](progress))
    assert progress.told[0][0] == 0
    assert progress.told[-1][0] == progress.told[-1][1]


@both_colours
def test_a_file_that_need_not_be_uploaded_has_no_progress(colour: Colour) -> None:
    """A URL is not uploaded."""
    progress = Progress()
    with fake_wire():
        colour.run(
            lambda c: c.document.generate(
                url="https://example.com/a.pdf", domain="document.invoice", on_progress=progress
            )
        )
    assert progress.told == []


def download(tmp_path: Path, progress: Progress) -> Use:
    """The download of an artifact."""
    return lambda c: c.artifacts.download("img_a1b2c3", session_id="s", folder=tmp_path, on_progress=progress)


def serving(*answers: Answer | Exception) -> Answerer:
    """A server that says one thing after another."""
    left = list(answers)
    return lambda _: left.pop(0)


@both_colours
def test_a_download_is_told_chunk_by_chunk(colour: Colour, tmp_path: Path) -> None:
    """From 0 to the `Content-Length`, in the caller's thread."""
    progress = Progress()
    with fake_wire():
        colour.run(download(tmp_path, progress))
    assert progress.told == [(0, len(ARTIFACT)), (len(ARTIFACT), len(ARTIFACT))]
    assert progress.threads == {threading.get_ident()}


@both_colours
def test_a_download_of_unknown_length_has_no_total(colour: Colour, tmp_path: Path) -> None:
    """The length of compressed bytes is not that of the file."""
    progress = Progress()
    packed = Answer(200, gzip.compress(ARTIFACT), {"content-encoding": "gzip", "content-type": "image/png"})
    with fake_wire(serving(packed)):
        colour.run(download(tmp_path, progress))
    assert progress.told[0] == (0, None)
    assert progress.told[-1] == (len(ARTIFACT), None)


@both_colours
def test_a_download_that_is_retried_starts_again_from_zero(colour: Colour, tmp_path: Path) -> None:
    """What a broken attempt received does not count; an attempt without a body says nothing."""
    cut = Answer(200, b"half", {"content-length": "9", "connection": "close"})
    progress = Progress()
    with LoopbackServer(serving(cut, Answer(503, b"busy"), Answer(200, b"all"))) as server:
        colour.run(download(tmp_path, progress), base_url=server.base_url, max_retries=2)
    assert progress.told == [(0, 9), (4, 9), (0, 3), (3, 3)]


@both_colours
def test_a_skill_that_is_downloaded_tells_how_far_it_is(colour: Colour, tmp_path: Path) -> None:
    """The zip file, before it is unpacked."""
    progress = Progress()
    with fake_wire():
        colour.run(lambda c: c.skills.download("s-1", tmp_path / "reader", on_progress=progress))
    assert progress.told[0][0] == 0
    assert progress.told[-1][0] == progress.told[-1][1]


class StoppedError(Exception):
    """What a function raises to end a call."""


def stop(done: int, total: int | None) -> None:
    """End the call once something is done."""
    if done and total:
        raise StoppedError


@both_colours
@pytest.mark.parametrize("method", METHODS)
def test_what_the_function_raises_ends_the_upload(colour: Colour, method: str) -> None:
    """As it is, and nothing is retried."""
    with fake_wire() as sent, pytest.raises(StoppedError):
        colour.run(lambda c: c.files.upload(LARGE, method=method, on_progress=stop, force=True), max_retries=2)
    assert [request.method for request in sent if request.method == "PUT"] == []


@both_colours
def test_what_the_function_raises_ends_the_download(colour: Colour, tmp_path: Path) -> None:
    """And nothing stays in the folder."""
    with fake_wire(), pytest.raises(StoppedError):
        colour.run(
            lambda c: c.artifacts.download("img_a1b2c3", session_id="s", folder=tmp_path, on_progress=stop),
            max_retries=2,
        )
    assert list(tmp_path.iterdir()) == []


async def awaited(done: int, total: int | None) -> None:
    """A function that nobody would await."""


@both_colours
@pytest.mark.parametrize("wrong", [5, awaited])
def test_what_cannot_be_called_is_refused(colour: Colour, wrong: object, tmp_path: Path) -> None:
    """Before anything is sent, with what to pass."""
    uses: list[Use] = [
        lambda c: c.files.upload(b"a", on_progress=wrong),
        lambda c: c.artifacts.download("img_a1b2c3", session_id="s", folder=tmp_path, on_progress=wrong),
        lambda c: c.skills.download("s-1", tmp_path / "reader", on_progress=wrong),
        lambda c: c.document.generate(file=b"a", domain="document.invoice", on_progress=wrong),
    ]
    for use in uses:
        with fake_wire() as sent, pytest.raises(InputError, match="on_progress must") as caught:
            colour.run(use)
        assert sent == []
        assert caught.value.suggestion


@both_colours
def test_an_upload_that_fails_has_said_what_was_sent(colour: Colour) -> None:
    """The error is the one that it would be without a function."""
    progress = Progress()
    with fake_wire(lambda _: httpx2.ReadError("gone")), pytest.raises(NetworkError):
        colour.run(lambda c: c.files.upload(LARGE, force=True, on_progress=progress))
    assert progress.told[-1] == (len(LARGE), len(LARGE))
