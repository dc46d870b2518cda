"""One local server for all of these tests, whose clients read the environment as most programs do."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vlmrun.client import VLMRun
from vlmrun.client.exceptions import DependencyError

pytest.importorskip("vlmrun.local", reason="needs the extra 'local'", exc_type=DependencyError)

from PIL import Image, ImageDraw

from vlmrun.local import LocalServer

if TYPE_CHECKING:
    from support.received import Received


@pytest.fixture(scope="session")
def server() -> Iterator[LocalServer]:
    with LocalServer(keep_requests=100) as started:
        yield started


@pytest.fixture
def client(server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[VLMRun]:
    """A client as most programs make it, and the environment that they have."""
    monkeypatch.setenv("VLMRUN_API_KEY", server.api_key)
    monkeypatch.setenv("VLMRUN_BASE_URL", server.base_url)
    with VLMRun() as made:
        yield made


@pytest.fixture
def received(server: LocalServer) -> Received:
    """The JSON body of the last request to a path: `received("/image/generate")`."""

    def last(path: str) -> Any:
        return [request.body for request in server.requests if request.path == f"/v1{path}"][-1]

    return last


@pytest.fixture
def picture() -> Image.Image:
    image = Image.new("RGB", (120, 40), "white")
    ImageDraw.Draw(image).text((5, 5), "Total 12.50", fill="black")
    return image


@pytest.fixture
def receipt(picture: Image.Image, tmp_path: Path) -> Path:
    path = tmp_path / "receipt.jpg"
    picture.save(path)
    return path


@pytest.fixture
def invoice(tmp_path: Path) -> Path:
    """A PDF of two pages."""
    path = tmp_path / "invoice.pdf"
    first, second = Image.new("RGB", (200, 300), "white"), Image.new("RGB", (200, 300), "white")
    first.save(path, save_all=True, append_images=[second])
    return path


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """A WAV file of half a second."""
    path = tmp_path / "call.wav"
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(bytes(8_000))
    path.write_bytes(buffer.getvalue())
    return path


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """What begins as an MP4 file does."""
    path = tmp_path / "film.mp4"
    path.write_bytes(b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + bytes(64))
    return path


@pytest.fixture
def skill_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "receipts"
    folder.mkdir()
    (folder / "SKILL.md").write_text("---\nname: receipts\ndescription: Reads receipts.\n---\nRead the total.\n")
    return folder
