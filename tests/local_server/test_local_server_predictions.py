"""Predictions of images, documents, audio and video, and the callbacks of jobs."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import threading
import wave
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Literal

import httpx2
import pytest

pytest.importorskip("PIL", reason="needs the extra 'local'")

from PIL import Image

from support.local import connect, data_url, encoded, serve
from vlmrun.client.exceptions import InputError
from vlmrun.local import Fault, LocalServer
from vlmrun.local._answers.checker import Checker
from vlmrun.local._callbacks import callbacks

server = pytest.fixture(serve, scope="module", name="server")
client = pytest.fixture(connect, scope="module", name="client")

GROUPS = ["image", "document", "audio", "video"]
FILE_GROUPS = GROUPS[1:]

each_group = pytest.mark.parametrize("group", GROUPS)
each_file_group = pytest.mark.parametrize("group", FILE_GROUPS)

SCHEMA = {
    "type": "object",
    "properties": {"width": {"type": "integer"}, "format": {"type": "string"}},
    "required": ["width", "format"],
    "additionalProperties": False,
}
PREDICTION = {"id", "created_at", "completed_at", "response", "status", "usage", "domain"}


def _picture(width: int = 12) -> str:
    return data_url(encoded(Image.new("RGB", (width, 9)), "PNG"), "image/png")


def _pdf(texts: Sequence[str]) -> bytes:
    """A PDF with a page for each text."""
    kids = " ".join(f"{3 + 2 * index} 0 R" for index in range(len(texts)))
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {len(texts)} >>"]
    for index, text in enumerate(texts):
        lines = " ".join(f"({line}) Tj T*" for line in text.split("\n"))
        content = f"BT /F1 12 Tf 14 TL 72 720 Td {lines} ET"
        page = f"/Contents {4 + 2 * index} 0 R /Resources << /Font << /F1 {font} >> >>"
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] {page} >>",
            f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        ]
    body, offsets = "%PDF-1.4\n", list[int]()
    for number, item in enumerate(objects, 1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{item}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    trailer = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF"
    return f"{body}xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{trailer}".encode("ascii")


def _wav(seconds: float) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8_000)
        sound.writeframes(bytes(int(seconds * 8_000) * 2))
    return buffer.getvalue()


def _source(group: str) -> dict[str, object]:
    return {"images": [_picture()]} if group == "image" else {"url": _picture()}


def _make(client: httpx2.Client, path: str, **body: object) -> Any:
    answer = client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def _upload(client: httpx2.Client, name: str, data: bytes) -> str:
    return str(client.post("/files", files={"file": (name, data)}).json()["id"])


def _response(client: httpx2.Client, path: str, **body: object) -> Any:
    made = _make(client, path, batch=False, **body)
    assert made["status"] == "completed"
    return made["response"]


# Jobs -----------------------------------------------------------------------------------------------------------------


@each_group
def test_prediction_is_completed_at_once_or_passes_through_its_states(client: httpx2.Client, group: str) -> None:
    """Only a batch job is pending when made; each look moves it on, and the result is shown at the end."""
    body = {**_source(group), "domain": "document.markdown", "metadata": {"environment": "dev", "session_id": None}}
    done = _make(client, f"/{group}/generate", **body, batch=False, model="vlm-1", callback_url=None)
    assert set(done) == PREDICTION
    assert (done["status"], done["domain"]) == ("completed", "document.markdown")
    assert done["completed_at"] >= done["created_at"]
    assert client.get(f"/predictions/{done['id']}").json() == done
    made = _make(client, f"/{group}/generate", **body, batch=True)
    seen = [made, *(client.get(f"/predictions/{made['id']}").json() for _ in range(3))]
    assert [item["status"] for item in seen] == ["pending", "running", "completed", "completed"]
    assert [item["response"] is None for item in seen] == [True, True, False, False]
    assert [item["completed_at"] is None for item in seen] == [True, True, False, False]
    assert [item["usage"]["credits_used"] is None for item in seen] == [True, True, False, False]
    assert seen[2]["response"] == done["response"]


def test_files_are_batch_jobs_unless_told_otherwise_and_images_are_not(client: httpx2.Client) -> None:
    """The server's default differs by route."""
    states = [_make(client, f"/{group}/generate", **_source(group), domain="image.caption") for group in GROUPS]
    assert [state["status"] for state in states] == ["completed", "pending", "pending", "pending"]


def test_predictions_are_listed_newest_first() -> None:
    """A page is cut by skip and limit, and looking at the list moves nothing."""
    with LocalServer() as own, closing(httpx2.Client(base_url=own.base_url)) as client:
        client.headers["authorization"] = f"Bearer {own.api_key}"
        body = {"url": _picture(), "domain": "image.caption"}
        ids = [_make(client, "/document/generate", **body)["id"] for _ in range(11)][::-1]
        for query, expected in (("", ids[:10]), ("?skip=3&limit=2", ids[3:5]), ("?skip=11", [])):
            page = client.get(f"/predictions{query}").json()
            assert [item["id"] for item in page] == expected
            assert all(item["status"] == "pending" for item in page)
        assert client.get("/predictions?limit=1001").status_code == 422
        assert client.get("/agent/executions").json() == []
        assert [(work.kind, work.id) for work in own.work] == [("prediction", id_) for id_ in ids[::-1]]


@pytest.mark.parametrize("outcome", ["failed", "cancelled"])
def test_predictions_end_as_the_server_was_told(outcome: Literal["failed", "cancelled"]) -> None:
    """One that is to fail has no response, and a message that says why."""
    with LocalServer(execution_status=outcome) as own, closing(httpx2.Client(base_url=own.base_url)) as client:
        client.headers["authorization"] = f"Bearer {own.api_key}"
        body = {"images": [_picture()], "domain": "image.caption"}
        made = _make(client, "/image/generate", **body, batch=True)
        seen = [client.get(f"/predictions/{made['id']}").json() for _ in range(2)]
        assert [item["status"] for item in (made, *seen)] == ["pending", "running", outcome]
        at_once = _make(client, "/image/generate", **body)
        for item in (seen[-1], at_once):
            assert (item["status"], item["response"]) == (outcome, None)
            told = "This server was told to fail predictions." if outcome == "failed" else None
            assert item.get("message") == told


def test_missing_fields_leaves_what_is_required() -> None:
    """What is left of a prediction has an id, a status, a creation time and the response."""
    fault = Fault("missing_fields", path="/v1/predictions", times=None)
    with LocalServer(faults=[fault]) as own, closing(httpx2.Client(base_url=own.base_url)) as client:
        client.headers["authorization"] = f"Bearer {own.api_key}"
        made = _make(client, "/image/generate", images=[_picture()], domain="image.caption")
        bare = client.get(f"/predictions/{made['id']}").json()
        assert set(bare) == {"id", "created_at", "status", "response"}
        assert bare["response"] == made["response"]


# What is refused ------------------------------------------------------------------------------------------------------


@each_group
@pytest.mark.parametrize(
    ("route", "body", "loc"),
    [
        ("generate", {}, []),
        ("generate", {"domain": ""}, ["domain"]),
        ("generate", {"config": {"skills": []}}, []),
        ("generate", {"domain": "image.caption", "model": ""}, ["model"]),
        ("generate", {"domain": "image.caption", "batch": "yes"}, ["batch"]),
        ("generate", {"domain": "image.caption", "callback_url": ""}, ["callback_url"]),
        ("generate", {"domain": "image.caption", "metadata": {"allow_training": "no"}}, ["metadata", "allow_training"]),
        ("generate", {"domain": "image.caption", "config": {"max_tokens": 0}}, ["config", "max_tokens"]),
        ("generate", {"domain": "image.caption", "config": {"json_schema": {"type": 1}}}, ["config", "json_schema"]),
        ("generate", {"domain": "image.caption", "config": {"gql_stmt": "{ nothing }"}}, ["config", "gql_stmt"]),
        ("generate", {"config": {"skills": [{"type": "unheard_of"}]}}, ["config", "skills", 0]),
        ("execute", {}, ["name"]),
        ("execute", {"name": ""}, ["name"]),
        ("execute", {"name": "a", "version": 2}, ["version"]),
    ],
)
def test_malformed_body_names_the_field(
    client: httpx2.Client, group: str, route: str, body: dict[str, object], loc: list[object]
) -> None:
    """A body that does not fit is 422, and the problem says where."""
    answer = client.post(f"/{group}/{route}", json={**_source(group), **body})
    assert answer.status_code == 422
    assert [problem["loc"] for problem in answer.json()["detail"]] == [["body", *loc]]


@pytest.mark.parametrize("route", ["generate", "execute", "schema"])
@pytest.mark.parametrize(
    ("images", "loc"),
    [
        ([], []),
        (None, []),
        (_picture(), []),
        (["ftp://x.example/a.png"], [0]),
        (["no url"], [0]),
        ([_picture(), 5], [1]),
    ],
)
def test_images_are_urls(client: httpx2.Client, route: str, images: object, loc: list[int]) -> None:
    """An image is a data: or http URL, and at least one is needed."""
    answer = client.post(f"/image/{route}", json={"images": images, "domain": "image.caption", "name": "a"})
    assert answer.status_code == 422
    assert [problem["loc"] for problem in answer.json()["detail"]] == [["body", "images", *loc]]


def test_image_that_does_not_open_is_422(client: httpx2.Client) -> None:
    """The place of the one that is broken is named."""
    images = [_picture(), data_url(b"no image", "image/png")]
    answer = client.post("/image/generate", json={"images": images, "domain": "image.caption"})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "images", 1]


@each_file_group
@pytest.mark.parametrize("route", ["generate", "execute", "schema"])
def test_exactly_one_of_file_id_and_url(client: httpx2.Client, group: str, route: str) -> None:
    """Neither and both are 422, and so is a URL of another scheme."""
    for source in ({}, {"file_id": "a", "url": "https://x.example/a"}, {"url": "ftp://x.example/a"}, {"file_id": ""}):
        answer = client.post(f"/{group}/{route}", json={**source, "domain": "image.caption", "name": "a"})
        assert answer.status_code == 422, source


@each_file_group
def test_unknown_file_is_404(client: httpx2.Client, group: str) -> None:
    """A file id that nobody has is not found, and the message says which."""
    answer = client.post(f"/{group}/generate", json={"file_id": "nobody", "domain": "image.caption"})
    assert answer.status_code == 404
    assert "file_id is 'nobody'" in answer.json()["detail"]


@each_group
def test_unknown_domain_name_and_prediction_are_404(client: httpx2.Client, group: str) -> None:
    """What is not there is not found."""
    body = {**_source(group), "domain": "document.unheard-of"}
    answer = client.post(f"/{group}/generate", json=body)
    assert (answer.status_code, "document.unheard-of" in answer.text) == (404, True)
    assert client.post(f"/{group}/execute", json={**_source(group), "name": "nobody"}).status_code == 404
    assert client.get("/predictions/nobody").status_code == 404


def test_refused_prediction_is_no_work(server: LocalServer, client: httpx2.Client) -> None:
    """Nothing is kept or counted of what was refused."""
    before = len(server.work), client.get("/predictions?limit=1000").json()
    client.post("/image/generate", json={"images": [_picture()], "domain": "unheard.of"})
    client.post("/image/generate", json={"images": [_picture()]})
    assert (len(server.work), client.get("/predictions?limit=1000").json()) == before


# Answers --------------------------------------------------------------------------------------------------------------


@each_group
def test_schema_of_the_config_shapes_the_response(client: httpx2.Client, group: str) -> None:
    """`json_schema` replaces the schema of any domain, and is filled with what is known."""
    for domain in ("document.invoice", "document.markdown"):
        body = {**_source(group), "domain": domain, "config": {"json_schema": SCHEMA}}
        found = _response(client, f"/{group}/generate", **body)
        # Audio and video are not opened.
        assert found == {"width": 12 if group in ("image", "document") else found["width"], "format": found["format"]}


@each_group
@pytest.mark.parametrize(
    "domain",
    [
        "audio.transcription",
        "document.invoice",
        "document.markdown",
        "document.receipt",
        "image.caption",
        "video.transcription",
    ],
)
def test_response_fits_the_schema_of_its_domain(client: httpx2.Client, group: str, domain: str) -> None:
    """Whatever arrives, the response is an instance of the schema that `/schema` tells."""
    schema = client.post("/schema", json={"domain": domain}).json()["json_schema"]
    found = _response(client, f"/{group}/generate", **_source(group), domain=domain)
    assert Checker(schema).failure(found, schema) is None


def test_statement_selects_fields(client: httpx2.Client) -> None:
    """`gql_stmt` reduces the response, of domains with a body of their own, too."""
    url = data_url(_pdf(["one"]), "application/pdf")

    def fields_of(domain: str, statement: str) -> Any:
        return _response(client, "/document/generate", url=url, domain=domain, config={"gql_stmt": statement})

    assert fields_of("document.markdown", "{ pages { content } }") == {"pages": [{"content": "one"}]}
    assert set(fields_of("document.receipt", "{ merchant_name }")) == {"merchant_name"}


@pytest.mark.parametrize("is_uploaded", [True, False])
def test_markdown_has_the_text_of_the_pages(client: httpx2.Client, *, is_uploaded: bool) -> None:
    """Each page of a PDF has the text that is in it, however long; nothing is taken for a table."""
    texts = ["first page\nsecond line", "\n".join([" ".join(["word"] * 14)] * 45), ""]
    pdf = _pdf(texts)
    source = {"file_id": _upload(client, "a.pdf", pdf)} if is_uploaded else {"url": data_url(pdf, "application/pdf")}
    made = _make(client, "/document/generate", **source, domain="document.markdown", batch=False)
    pages = made["response"]["pages"]
    assert [page["content"] for page in pages] == texts
    assert all((page["tables"], page["figures"]) == ([], []) for page in pages)
    assert (made["usage"]["element_type"], made["usage"]["elements_processed"]) == ("page", 3)


def test_pages_are_selected(client: httpx2.Client) -> None:
    """`page_indices` counts from 0; only those pages are read and counted."""
    body = {"url": data_url(_pdf(["a", "b", "c"]), "application/pdf"), "domain": "document.markdown", "batch": False}
    made = _make(client, "/document/generate", **body, config={"page_indices": [2, 0]})
    assert [page["content"] for page in made["response"]["pages"]] == ["c", "a"]
    assert made["usage"]["elements_processed"] == 2
    answer = client.post("/document/generate", json={**body, "config": {"page_indices": [0, 3]}})
    assert answer.status_code == 422
    (problem,) = answer.json()["detail"]
    assert (problem["loc"], "no page 3" in problem["msg"]) == (["body", "config", "page_indices"], True)


def test_markdown_of_an_image_is_a_figure(client: httpx2.Client) -> None:
    """An image is one page with one figure, whose place is in the text."""
    (page,) = _response(client, "/image/generate", images=[_picture()], domain="document.markdown")["pages"]
    assert '<Figure id="fg-0"/>' in page["content"]
    (figure,) = page["figures"]
    assert (figure["id"], "12x9" in figure["caption"]) == (0, True)


@pytest.mark.parametrize("is_uploaded", [True, False])
def test_transcriptions_have_segments_and_a_duration(client: httpx2.Client, *, is_uploaded: bool) -> None:
    """The length is that of the WAV file, and the billed element is that of the route."""
    wav = _wav(1.5)
    source = {"file_id": _upload(client, "a.wav", wav)} if is_uploaded else {"url": data_url(wav, "audio/wav")}
    for group in ("audio", "video"):
        made = _make(client, f"/{group}/generate", **source, domain=f"{group}.transcription", batch=False)
        body = made["response"]
        assert body["metadata"] == {"duration": 1.5}
        (segment,) = body["segments"]
        assert (segment["start_time"], segment["end_time"]) == (0, 1.5)
        said = [segment] if group == "audio" else [segment["audio"], segment["video"]]
        assert all(f"{len(wav):,} bytes" in item["content"] for item in said)
        assert made["usage"]["element_type"] == group


@pytest.mark.parametrize("data", [b"", b"RIFF\x24\0\0\0WAVE", b"\0\0\0\x18ftypmp42", _wav(1)[:20]])
def test_length_that_is_not_known_is_0(client: httpx2.Client, data: bytes) -> None:
    """A recording that is none, or none that is read here, has no length."""
    body = {"file_id": _upload(client, "a.wav", data), "domain": "audio.transcription"}
    assert _response(client, "/audio/generate", **body)["metadata"] == {"duration": 0}


def test_urls_are_not_fetched(client: httpx2.Client) -> None:
    """What is elsewhere is named and not opened."""
    made = _make(client, "/video/generate", url="https://x.example/a.mp4", domain="video.transcription", batch=False)
    assert "the URL of a video (not opened" in made["response"]["segments"][0]["video"]["content"]


@each_group
def test_skills_may_replace_the_domain(client: httpx2.Client, group: str) -> None:
    """Without a schema the response tells what arrived, and the skills."""
    config: dict[str, object] = {"skills": [{"skill_name": "reader"}], "prompt": "three more words"}
    made = _make(client, f"/{group}/generate", **_source(group), config=config, batch=False)
    assert made["domain"] is None
    assert made["response"]["skills"] == [{"name": "reader", "version": "latest", "files": []}]
    assert made["response"]["received"][0] == {
        "kind": "text",
        "words": 3,
        "characters": 16,
        "text": "three more words",
    }
    shaped = _response(client, "/image/generate", images=[_picture()], config={**config, "json_schema": SCHEMA})
    assert shaped == {"width": 12, "format": "PNG"}


@each_group
def test_named_agents_are_executed(client: httpx2.Client, group: str) -> None:
    """A name means the newest version unless another is asked for; what the call says replaces the agent's own."""
    for schema in ({"properties": {"prompt": {"type": "string"}}, "required": ["prompt"], "type": "object"}, None):
        config = {"prompt": "read it", "json_schema": schema}
        client.post("/agent/create", json={"name": f"reader-{group}", "config": config})
    body = {**_source(group), "name": f"reader-{group}"}
    assert _response(client, f"/{group}/execute", **body, version="1") == {"prompt": "read it"}
    assert _response(client, f"/{group}/execute", **{**body, "name": f"reader-{group}:1"}) == {"prompt": "read it"}
    newest = _response(client, f"/{group}/execute", **body)
    assert newest["received"][0]["text"] == "read it"
    assert client.post(f"/{group}/execute", json={**body, "version": "9"}).status_code == 404
    other = _response(client, f"/{group}/execute", **body, version="1", config={"prompt": "look"})
    assert other == {"prompt": "look"}


@each_group
def test_schema_of_what_arrived(client: httpx2.Client, group: str) -> None:
    """The response is a schema with the facts that are known, of the type that they have; it is there at once."""
    made = _make(client, f"/{group}/schema", **_source(group))
    assert made["status"] == "completed"
    described = made["response"]
    assert {"domain", "schema_version", "schema_hash", "gql_stmt", "json_schema"} <= set(described)
    properties = described["json_schema"]["properties"]
    assert properties["bytes"] == {"type": "integer"}
    assert properties["media_type"] == {"type": "string"}
    assert ("width" in properties) is (group in ("image", "document"))


@pytest.mark.parametrize(
    ("config", "keys"),
    [
        ({"confidence": True}, {"confidence"}),
        ({"grounding": True}, {"bboxes"}),
        ({"confidence": True, "grounding": True}, {"confidence", "bboxes"}),
    ],
)
def test_fields_have_metadata_beside_them(client: httpx2.Client, config: dict[str, bool], keys: set[str]) -> None:
    """Each field has a sibling with a confidence and a box on its page; an object has them on its own fields."""
    body = {"url": data_url(_pdf(["a", "b"]), "application/pdf"), "domain": "document.markdown", "config": config}
    pages = _response(client, "/document/generate", **body)["pages"]
    for number, page in enumerate(pages):
        names = {"content", "tables", "figures"}
        assert set(page) == names | {f"{name}_metadata" for name in names}
        for name in names:
            metadata = page[f"{name}_metadata"]
            assert set(metadata) == keys
            assert metadata.get("confidence", "hi") == "hi"
            for box in metadata.get("bboxes", ()):
                assert box["page"] == number
                left, top, width, height = box["xywh"]
                assert min(left, top, width, height) > 0
                assert max(left + width, top + height) < 1
    boxes = [json.dumps(page[name]) for page in pages for name in page if name.endswith("_metadata")]
    assert len(set(boxes)) == (6 if "bboxes" in keys else 1)


def test_no_metadata_unless_asked_for(client: httpx2.Client) -> None:
    """`false` is as if nothing was said."""
    config = {"confidence": False, "grounding": False}
    found = _response(client, "/image/generate", images=[_picture()], domain="image.caption", config=config)
    assert set(found) == {"caption", "tags"}


# Callbacks ------------------------------------------------------------------------------------------------------------


class _Receiver:
    """What a receiver of callbacks got."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.enough = threading.Semaphore(0)

    def wait(self) -> tuple[dict[str, str], Any]:
        """The next call."""
        assert self.enough.acquire(timeout=60)
        headers, body = self.calls[-1]
        return headers, json.loads(body)


@contextmanager
def receiver(*statuses: int, location: str | None = None) -> Generator[_Receiver]:
    """A receiver on this machine that answers with these statuses, and then with 200."""
    left = list(statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            got.calls.append(({name.lower(): text for name, text in self.headers.items()}, self.rfile.read(length)))
            self.send_response(left.pop(0) if left else 200)
            if location is not None:
                self.send_header("location", location)
            self.send_header("content-length", "0")
            self.end_headers()
            got.enough.release()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as listening:
        got = _Receiver(f"http://127.0.0.1:{listening.server_port}/hook?a=1")
        thread = threading.Thread(target=listening.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield got
        listening.shutdown()
        thread.join()


@contextmanager
def _own(**options: Any) -> Generator[httpx2.Client]:
    with LocalServer(**options) as own, closing(httpx2.Client(base_url=own.base_url, timeout=60)) as client:
        client.headers["authorization"] = f"Bearer {own.api_key}"
        yield client


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("batch", [True, False])
def test_callback_gets_the_signed_prediction(host: str, *, batch: bool) -> None:
    """The body is the completed prediction, signed over its bytes, and the job has then ended."""
    with receiver() as got, _own(webhook_secret="whisper") as client:
        url = got.url.replace("127.0.0.1", host)
        body = {"images": [_picture()], "domain": "image.caption", "batch": batch, "callback_url": url}
        made = _make(client, "/image/generate", **body)
        headers, told = got.wait()
        assert (told["id"], told["status"]) == (made["id"], "completed")
        assert told == client.get(f"/predictions/{made['id']}").json()
        digest = hmac.new(b"whisper", got.calls[0][1], hashlib.sha256).hexdigest()
        assert headers["x-vlmrun-signature"] == f"sha256={digest}"
        assert headers["content-type"] == "application/json"
        assert "authorization" not in headers


def test_callback_of_an_execution() -> None:
    """An execution is told of, too; without a secret nothing is signed. A failed one is told as such."""
    with receiver() as got, _own(execution_status="failed") as client:
        answer = client.post("/agent/execute", json={"config": {"prompt": "p"}, "callback_url": got.url})
        assert answer.json()["status"] == "pending"
        headers, told = got.wait()
        assert (told["id"], told["status"]) == (answer.json()["id"], "failed")
        assert told == client.get(f"/agent/executions/{told['id']}").json()
        assert "x-vlmrun-signature" not in headers


def test_callback_is_repeated_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A receiver that fails is called again, at most twice, with the same bytes; and the work is counted once."""
    monkeypatch.setattr(callbacks, "_PAUSES", (0.0, 0.0))
    with receiver(500, 302, 500, location="http://127.0.0.1:9/") as got:
        with LocalServer(webhook_secret="s") as own, closing(httpx2.Client(base_url=own.base_url)) as client:
            client.headers["authorization"] = f"Bearer {own.api_key}"
            body = {"images": [_picture()], "domain": "image.caption"}
            _make(client, "/image/generate", **body, callback_url=got.url)
            for _ in range(3):
                got.wait()
            # A second job shows that the first is not sent a fourth time before it.
            second = _make(client, "/image/generate", **body, callback_url=got.url)
            assert got.wait()[1]["id"] == second["id"]
            assert len(own.work) == 2
        assert len({body for _, body in got.calls[:3]}) == 1
        assert len(got.calls) == 4


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1:9/",
        "ftp://127.0.0.1/",
        "no url",
        "http://[",
        "http://x.example/",
        "http://127.0.0.1.x.example/",
    ],
)
def test_other_callbacks_are_not_called(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Only http and this machine: any other URL is taken, and nothing is sent."""
    tried: list[object] = []

    async def begin(self: callbacks.Callbacks, url: httpx2.URL, finish: object) -> None:  # noqa: ARG001  # as the method has it
        tried.append(url)

    monkeypatch.setattr(callbacks.Callbacks, "_begin", begin)
    with _own() as client:
        made = _make(client, "/image/generate", images=[_picture()], domain="image.caption", callback_url=url)
        assert made["status"] == "completed"
    assert tried == []


def test_stop_does_not_wait_for_a_receiver() -> None:
    """A receiver that never answers, or that is not there, keeps no server alive and warns nobody."""
    with receiver(500) as got, _own() as client:
        body = {"images": [_picture()], "domain": "image.caption"}
        _make(client, "/image/generate", **body, callback_url=got.url)
        got.wait()
        _make(client, "/image/generate", **body, callback_url="http://127.0.0.1:9/")


@pytest.mark.parametrize("secret", ["", 5, b"bytes"])
def test_secret_must_be_text(secret: Any) -> None:
    """A secret that signs nothing is a mistake."""
    with pytest.raises(InputError, match="webhook_secret"):
        LocalServer(webhook_secret=secret)


def test_secret_is_never_in_repr() -> None:
    """It is no business of a log."""
    assert "whisper" not in repr(LocalServer(webhook_secret="whisper"))


def _grounded(client: httpx2.Client, answer: Mapping[str, object], pdf: bytes, **config: object) -> Any:
    """The response of a server that was told an answer, with its grounding."""
    with LocalServer() as own, closing(httpx2.Client(base_url=own.base_url, headers=client.headers)) as told:
        own.answer(answer)
        told.headers["authorization"] = f"Bearer {own.api_key}"
        body = {"url": data_url(pdf, "application/pdf"), "domain": "document.invoice", "config": config}
        return _response(told, "/document/generate", **body)


def test_values_have_their_place_in_the_text_of_a_pdf(client: httpx2.Client) -> None:
    """Where they stand on the page; one that is there twice is found twice, and another has a placeholder."""
    answer = {"number": "A-12", "lines": [{"total": 5}, {"total": 5}, {"total": 1234.5}], "missing": "elsewhere"}
    pdf = _pdf(["other page", "Invoice A-12\n5 and 5\nTotal 1,234.50"])
    found = _grounded(client, answer, pdf, grounding=True, confidence=True)
    assert found["number"] == "A-12"
    (number,) = found["number_metadata"]["bboxes"]
    assert (number["page"], number["content"]) == (1, "A-12")
    left, top, width, height = number["xywh"]
    assert 72 / 612 < left < 150 / 612  # behind "Invoice", in 12 points
    assert top < (792 - 720) / 792 < top + height + 0.005
    assert 0.02 < width < 0.08
    totals = [line["total_metadata"]["bboxes"][0] for line in found["lines"]]
    assert [box["content"] for box in totals] == ["5", "5", "1,234.50"]
    assert totals[0]["xywh"][0] < totals[1]["xywh"][0]
    assert totals[0]["xywh"][1] == pytest.approx(totals[1]["xywh"][1], abs=0.01)
    assert totals[0]["xywh"][1] < totals[2]["xywh"][1]
    (missing,) = found["missing_metadata"]["bboxes"]
    assert "content" not in missing
    assert found["number_metadata"]["confidence"] == "hi"


def test_evidence_that_a_test_has_told_is_kept(client: httpx2.Client) -> None:
    """It is what the test is about."""
    own = {"confidence": "low", "bboxes": [{"xywh": [0, 0, 1, 1], "page": 0}]}
    found = _grounded(client, {"total": 5, "total_metadata": own}, _pdf(["5"]), grounding=True)
    assert found == {"total": 5, "total_metadata": own}


def test_places_are_those_of_the_page_as_it_is_seen(client: httpx2.Client) -> None:
    """Of one that is rotated or cropped, too."""
    upright = _pdf(["Total"])
    boxes = {
        name: _grounded(client, {"a": "Total"}, pdf, grounding=True)["a_metadata"]["bboxes"][0]["xywh"]
        for name, pdf in {
            "upright": upright,
            "rotated": upright.replace(b"/MediaBox [0 0 612 792]", b"/Rotate 90 /MediaBox [0 0 612 792]"),
            "cropped": upright.replace(
                b"/MediaBox [0 0 612 792]", b"/CropBox [36 600 336 792] /MediaBox [0 0 612 792]"
            ),
        }.items()
    }
    x, y, width, height = boxes["upright"]
    assert boxes["rotated"] == pytest.approx([1 - y - height, x, height, width], abs=0.001)
    cropped = [(x * 612 - 36) / 300, y * 792 / 192, width * 612 / 300, height * 792 / 192]
    assert boxes["cropped"] == pytest.approx(cropped, abs=0.001)
