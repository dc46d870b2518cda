"""Stored skills of the server on this machine, through the client: what is stored comes back (API.md §3.9)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

pytest.importorskip("PIL", reason="needs the extra 'local'")
pytest.importorskip("yaml", reason="front matter is read with it")

from support.local import connect, serve
from support.wire import zipped
from vlmrun import VLMRun
from vlmrun.client.exceptions import ResourceNotFoundError, UnprocessableEntityError
from vlmrun.local import LocalServer

server = pytest.fixture(serve, scope="module", name="server")
client = pytest.fixture(connect, scope="module", name="client")


@pytest.fixture
def vlm(server: LocalServer) -> Iterator[VLMRun]:
    with VLMRun(server.api_key, server.base_url, max_retries=0) as made:
        yield made


def _folder(tmp_path: Path, text: str = "Read it.") -> Path:
    folder = tmp_path / f"folder-{uuid.uuid4().hex}"
    (folder / "resources").mkdir(parents=True)
    (folder / "SKILL.md").write_text(f"---\nname: {folder.name}\ndescription: Reads receipts.\n---\n{text}\n")
    (folder / "resources" / "a.txt").write_text("a")
    return folder


def test_a_folder_goes_there_and_back(vlm: VLMRun, server: LocalServer, tmp_path: Path) -> None:
    """What is created from a folder is found by id and by name, and downloads as it was."""
    folder = _folder(tmp_path)
    skill = vlm.skills.create_from_directory(folder)
    assert skill.skill_id is not None
    found = vlm.skills.get(folder.name)
    assert (found.id, found.description) == (skill.skill_id, "Reads receipts.")
    assert vlm.skills.get(id=skill.skill_id) == found
    copy = vlm.skills.download(found.id, tmp_path / "copy")
    assert {path.relative_to(copy): path.read_bytes() for path in copy.rglob("*") if path.is_file()} == {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    assert [work.kind for work in server.work if work.id == found.id] == ["skill"]
    vlm.agent.execute(config={"prompt": "Read it.", "skills": [skill]})


def test_a_prompt_becomes_a_skill(vlm: VLMRun, tmp_path: Path) -> None:
    """It has a `SKILL.md`, and a schema where there is one."""
    skill = vlm.skills.create("Read receipts.", {"type": "object"}, name="of-a-prompt", description='Says "yes".')
    assert (skill.name, skill.status) == ("of-a-prompt", "completed")
    copy = vlm.skills.download(skill.id, tmp_path / "copy")
    assert sorted(path.name for path in copy.iterdir()) == ["SKILL.md", "schema.json"]
    assert "Read receipts." in (copy / "SKILL.md").read_text()


def test_a_name_that_is_taken_is_adjusted(vlm: VLMRun) -> None:
    """The name that counts is the one in the answer."""
    names = [vlm.skills.create("Read it.", name="taken").name for _ in range(3)]
    assert names == ["taken", "taken-2", "taken-3"]


def test_versions(vlm: VLMRun) -> None:
    """An update makes a version; the newest is the one without a version, and each is found by its own."""
    first = vlm.skills.create("Read it.", name="versioned")
    second = vlm.skills.update(first.id, description="New.")
    assert second.id == first.id
    assert second.skill_version != first.skill_version
    assert vlm.skills.get("versioned") == second
    assert vlm.skills.get("versioned", skill_version=first.skill_version) == first
    assert vlm.skills.get(id=first.id, version="latest") == second
    with pytest.raises(ResourceNotFoundError):
        vlm.skills.get("versioned", skill_version="never")


def test_lists(server: LocalServer) -> None:
    """In pages, in either order, by name, and only the newest version of each."""
    with LocalServer() as fresh, VLMRun(fresh.api_key, fresh.base_url) as vlm:
        first = vlm.skills.create("Read it.", name="b")
        vlm.skills.create("Read it.", name="a")
        vlm.skills.update(first.id, description="New.")
        assert [skill.name for skill in vlm.skills.list(limit=1)] == ["a", "b", "b"]
        assert [skill.name for skill in vlm.skills.list(descending=False)] == ["b", "b", "a"]
        assert [skill.name for skill in vlm.skills.list(order_by="name", grouped=True)] == ["b", "a"]
        assert [skill.description for skill in vlm.skills.list(grouped=True) if skill.name == "b"] == ["New."]
    del server


def test_what_is_unknown_is_404(vlm: VLMRun) -> None:
    """A skill, a file and a session."""
    for call in (
        lambda: vlm.skills.get(id="nobody"),
        lambda: vlm.skills.get("nobody"),
        lambda: vlm.skills.update("nobody", description="x"),
        lambda: vlm.skills.download("nobody"),
        lambda: vlm.skills.create(file_id="nobody"),
        lambda: vlm.skills.create(session_id="nobody"),
    ):
        with pytest.raises(ResourceNotFoundError):
            call()


@pytest.mark.parametrize("data", [b"no zip", zipped({"README.md": "x"}), zipped({"SKILL.md": "no front matter"})])
def test_a_file_that_is_no_skill_is_refused(vlm: VLMRun, data: bytes) -> None:
    """A skill is a zip file with a `SKILL.md` that begins with front matter."""
    file = vlm.files.upload(data, filename="skill.zip")
    with pytest.raises(UnprocessableEntityError):
        vlm.skills.create(file_id=file.id)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/skills/create", {}),
        ("/skills/create", {"prompt": "a", "file_id": "b"}),
        ("/skills/create", {"session_id": "a", "json_schema": {}}),
        ("/skills/create", {"prompt": "a", "json_schema": {"type": "frob"}}),
        ("/skills/lookup", {}),
        ("/skills/lookup", {"name": "a", "id": "b"}),
        ("/skills/5/update", {}),
    ],
)
def test_a_body_that_does_not_fit_is_422(client: httpx2.Client, path: str, body: dict[str, object]) -> None:
    """What the client refuses itself, the server refuses of others."""
    assert client.post(path, json=body).status_code == 422


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "offset=-1", "order_by=size", "descending=perhaps"])
def test_a_query_that_does_not_fit_is_422(client: httpx2.Client, query: str) -> None:
    """The bounds that the documentation gives."""
    assert client.get(f"/skills?{query}").status_code == 422
