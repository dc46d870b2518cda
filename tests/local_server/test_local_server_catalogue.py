"""Models, domains, schemas and the hub."""

from __future__ import annotations

import re
from typing import Any

import httpx2
import pytest

from support.local import connect, serve
from vlmrun.local import Fault, FaultKind, LocalServer
from vlmrun.local._answers.checker import Checker, check_schema

server = pytest.fixture(serve, scope="module", name="server")
client = pytest.fixture(connect, scope="module", name="client")

OWN = {
    "audio.transcription",
    "document.invoice",
    "document.markdown",
    "document.receipt",
    "image.caption",
    "video.transcription",
}
"""Those with a schema of their own; the documented others have a few fields each."""

FURTHER = {
    *(f"document.{name}" for name in ("resume", "us-drivers-license", "layout-detection", "bank-statement")),
    *(f"document.{name}" for name in ("utility-bill", "q-and-a")),
    *(f"healthcare.{name}" for name in ("patient-referral", "patient-identification", "physician-order")),
    *(f"healthcare.{name}" for name in ("claims-processing", "patient-medical-history")),
    *("construction.blueprint", "aerospace.remote-sensing", "retail.product-catalog"),
    *("image.object-detection", "image.person-detection", "audio.transcription-summary"),
    *(f"video.{name}-summary" for name in ("transcription", "product-demo", "conferencing", "podcast")),
    *("video.summary", "video.dashcam-analytics"),
}
DOMAINS = OWN | FURTHER

ROUTES = [
    ("GET", "/models"),
    ("GET", "/domains"),
    ("POST", "/schema"),
    ("GET", "/hub/info"),
    ("GET", "/hub/domains"),
    ("GET", "/hub/domains/document.invoice"),
    ("POST", "/hub/schema"),
]

SCHEMAS = ["/schema", "/hub/schema"]

each_schema_route = pytest.mark.parametrize("path", SCHEMAS)
each_domain = pytest.mark.parametrize("domain", sorted(DOMAINS))


def schema_of(client: httpx2.Client, path: str = "/schema", **body: object) -> dict[str, Any]:
    answer = client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def fields(schema: dict[str, Any]) -> set[str]:
    return set(schema["properties"])


# Lists ----------------------------------------------------------------------------------------------------------------


def test_models_are_pairs_with_domains(client: httpx2.Client) -> None:
    """Each item has a model and a domain, and nothing else."""
    items = client.get("/models").json()
    assert {item["domain"] for item in items} == DOMAINS
    assert all(set(item) == {"model", "domain"} and isinstance(item["model"], str) for item in items)


def test_domains_have_names_and_descriptions(client: httpx2.Client) -> None:
    """Each item has a domain, a name and a description."""
    items = client.get("/domains").json()
    assert {item["domain"] for item in items} == DOMAINS
    assert all(set(item) == {"domain", "name", "description"} and all(item.values()) for item in items)


def test_hub_domains_say_what_they_take(client: httpx2.Client) -> None:
    """Each item of the hub's list has the members that the platform's may have."""
    items = client.get("/hub/domains").json()
    assert {item["domain"] for item in items} == DOMAINS
    for item in items:
        assert set(item) == {"domain", "description", "supported_inputs", "tags", "sample_data"}
        assert set(item["supported_inputs"]) <= {"image", "document", "audio", "video"}


def test_hub_has_a_version(client: httpx2.Client) -> None:
    """The version is three numbers."""
    assert re.fullmatch(r"\d+\.\d+\.\d+", client.get("/hub/info").json()["version"])


@pytest.mark.parametrize(("domain", "known"), [("document.invoice", True), ("document.unheard", False), ("x", False)])
def test_hub_says_whether_it_has_a_domain(client: httpx2.Client, domain: str, *, known: bool) -> None:
    """The answer is a boolean, and 200 in either case."""
    answer = client.get(f"/hub/domains/{domain}")
    assert answer.status_code == 200
    assert answer.json() is known


# Schemas --------------------------------------------------------------------------------------------------------------


@each_schema_route
@each_domain
def test_schema_of_a_domain(client: httpx2.Client, path: str, domain: str) -> None:
    """The schema is valid, its sample fits it, and the statement names its fields."""
    found = schema_of(client, path, domain=domain)
    assert found["domain"] == domain
    assert found["description"]
    assert found["schema_version"]
    assert re.fullmatch(r"[0-9a-f]{8}", found["schema_hash"])
    assert check_schema(found["json_schema"]) is None
    assert Checker(found["json_schema"]).is_valid(found["json_sample"], found["json_schema"])
    for field in fields(found["json_schema"]):
        assert re.search(rf"^  {field}\b", found["gql_stmt"], flags=re.MULTILINE)


def test_hash_follows_the_schema(client: httpx2.Client) -> None:
    """The same schema has the same hash, another schema another."""
    hashes = [schema_of(client, domain=domain)["schema_hash"] for domain in sorted(DOMAINS)]
    assert len(set(hashes)) == len(DOMAINS)
    assert hashes == [schema_of(client, "/hub/schema", domain=domain)["schema_hash"] for domain in sorted(DOMAINS)]


@each_domain
def test_statement_of_a_schema_selects_all_of_it(client: httpx2.Client, domain: str) -> None:
    """What a schema's statement selects of it is its fields again."""
    whole = schema_of(client, domain=domain)
    again = schema_of(client, "/hub/schema", domain=domain, gql_stmt=whole["gql_stmt"])
    assert again["gql_stmt"] == whole["gql_stmt"]
    assert fields(again["json_schema"]) == fields(whole["json_schema"])


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/schema", {"config": {"gql_stmt": "{ total items { description } }"}}),
        ("/hub/schema", {"config": {"gql_stmt": "{ total items { description } }"}}),
        ("/hub/schema", {"gql_stmt": "query Short { total, items { description } }"}),
        ("/hub/schema", {"gql_stmt": "{total items{description}}", "config": {"gql_stmt": "{ invoice_id }"}}),
    ],
)
def test_statement_reduces_the_schema(client: httpx2.Client, path: str, body: dict[str, Any]) -> None:
    """Only selected fields are left, and required ones among them; the statement beside the domain comes first."""
    found = schema_of(client, path, domain="document.invoice", **body)
    schema = found["json_schema"]
    assert fields(schema) == {"total", "items"}
    assert set(schema["required"]) == {"total", "items"}
    assert fields(schema["properties"]["items"]["items"]) == {"description"}
    assert found["gql_stmt"] == "{\n  total\n  items {\n    description\n  }\n}"
    assert Checker(schema).is_valid(found["json_sample"], schema)


@each_schema_route
def test_schema_of_the_request_is_returned(client: httpx2.Client, path: str) -> None:
    """`config.json_schema` takes the place of the domain's schema."""
    schema: dict[str, Any] = {"type": "object", "properties": {"total": {"type": "number"}}, "required": ["total"]}
    found = schema_of(client, path, domain="document.invoice", config={"json_schema": schema})
    assert found["json_schema"] == schema
    assert found["gql_stmt"] == "{\n  total\n}"
    assert found["json_sample"] == {"total": 0}


NODE = {"type": "object", "properties": {"name": {"type": "string"}, "next": {"$ref": "#/$defs/Node"}}}
NESTED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "item": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]},
        "other": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
    },
    "$defs": {"Node": NODE},
}


def test_statement_goes_through_references(client: httpx2.Client) -> None:
    """References, lists and alternatives to null are looked into; what contains itself is named once."""
    config = {"json_schema": NESTED, "gql_stmt": "{ item { name } other { next { name } } }"}
    whole = schema_of(client, domain="image.caption", config={"json_schema": NESTED})
    assert whole["gql_stmt"] == ("{\n  item {\n    name\n    next\n  }\n  other {\n    name\n    next\n  }\n}")
    properties = schema_of(client, domain="image.caption", config=config)["json_schema"]["properties"]
    assert fields(properties["item"]["anyOf"][0]) == {"name"}
    assert properties["item"]["anyOf"][1] == {"type": "null"}
    assert fields(properties["other"]["items"]["properties"]["next"]) == {"name"}


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]},
        {"items": {"$ref": "#"}},
        {
            "properties": {"a": {"$ref": "#/$defs/0"}},
            "$defs": {
                str(n): {"properties": {"x": {"$ref": f"#/$defs/{n + 1}"}, "y": {"$ref": f"#/$defs/{n + 1}"}}}
                for n in range(40)
            },
        },
        {"$ref": "https://example.com/schema"},
        {"properties": {"a": 5}},
    ],
    ids=["itself", "alternatives", "items", "tree", "elsewhere", "not_a_schema"],
)
def test_schema_without_end_is_answered(client: httpx2.Client, schema: dict[str, Any]) -> None:
    """A schema of a user's is never a defect of the server, and never keeps it busy for long."""
    for statement in (None, "{ a { x { y } } }"):
        config = {"json_schema": schema, "gql_stmt": statement}
        assert client.post("/schema", json={"domain": "image.caption", "config": config}).status_code in (200, 422)


# Refusals -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_key_is_needed(server: LocalServer, method: str, path: str) -> None:
    """All of these routes need the key."""
    answer = httpx2.request(method, server.base_url + path, headers={"authorization": "Bearer wrong"})
    assert answer.status_code == 401
    assert isinstance(answer.json()["detail"], str)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_other_methods_are_405(client: httpx2.Client, method: str, path: str) -> None:
    """A GET route takes no POST, and a POST route no GET."""
    assert client.request("GET" if method == "POST" else "POST", path).status_code == 405


@each_schema_route
def test_unknown_domain_is_404(client: httpx2.Client, path: str) -> None:
    """An unknown domain is 404 and named, with or without a schema of the user's."""
    for body in ({"domain": "no.such"}, {"domain": "no.such", "config": {"json_schema": {"type": "object"}}}):
        answer = client.post(path, json=body)
        assert answer.status_code == 404
        assert "no.such" in answer.json()["detail"]


@each_schema_route
@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({}, ["body", "domain"]),
        ({"domain": None}, ["body", "domain"]),
        ({"domain": 5}, ["body", "domain"]),
        ({"domain": ""}, ["body", "domain"]),
        ([], ["body"]),
        ({"domain": "document.invoice", "config": "x"}, ["body", "config"]),
        ({"domain": "document.invoice", "config": {"temperature": "hot"}}, ["body", "config", "temperature"]),
        ({"domain": "document.invoice", "config": {"json_schema": []}}, ["body", "config", "json_schema"]),
        ({"domain": "document.invoice", "config": {"json_schema": {"type": 1}}}, ["body", "config", "json_schema"]),
        ({"domain": "document.invoice", "config": {"gql_stmt": 5}}, ["body", "config", "gql_stmt"]),
        ({"domain": "document.invoice", "config": {"gql_stmt": "{ nothing }"}}, ["body", "config", "gql_stmt"]),
    ],
)
def test_malformed_body_names_the_field(client: httpx2.Client, path: str, body: object, loc: list[str]) -> None:
    """422 is a list of problems, and each says where, what and which kind."""
    answer = client.post(path, json=body)
    assert answer.status_code == 422
    (problem,) = answer.json()["detail"]
    assert problem["loc"] == loc
    assert set(problem) == {"loc", "msg", "type"}


@each_schema_route
def test_missing_body_is_422(client: httpx2.Client, path: str) -> None:
    """Without a body there is no JSON."""
    answer = client.post(path)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["type"] == "json_invalid"


@pytest.mark.parametrize(
    "statement",
    [
        "total",
        "{",
        "{ }",
        "{ total",
        "{ total } }",
        "{ { total } }",
        "{ total(unit: 1) }",
        "mutation { total }",
        "query",
        "{ items { } }",
        "{ items { nothing } }",
        "{ total { cents } }",
        "{" * 40,
        "{a" * 40,
    ],
)
def test_unusable_statement_is_422(client: httpx2.Client, statement: str) -> None:
    """What is no selection of the schema's fields is refused, and not ignored."""
    answer = client.post("/hub/schema", json={"domain": "document.invoice", "gql_stmt": statement})
    assert answer.status_code == 422
    (problem,) = answer.json()["detail"]
    assert (problem["loc"], problem["type"]) == (["body", "gql_stmt"], "invalid_gql_stmt")


def test_config_may_be_as_full_as_it_gets(client: httpx2.Client) -> None:
    """Everything that the official SDK sends in a config is let through, nulls too."""
    config = {
        "prompt": None,
        "json_schema": None,
        "gql_stmt": None,
        "max_retries": 3,
        "max_tokens": 65535,
        "temperature": 0,
        "detail": "auto",
        "confidence": False,
        "grounding": True,
        "keyframes": False,
        "video_segment_duration": 1.5,
        "video_frames_per_segment": 2,
        "page_indices": [0, 1],
        "service_tier": "flex",
        "skills": [{"type": "skill_reference", "skill_name": "reader"}],
        "of_tomorrow": 1,
    }
    assert schema_of(client, domain="document.invoice", config=config)["json_schema"]["title"] == "Invoice"


# Faults ---------------------------------------------------------------------------------------------------------------


def _answer(kind: FaultKind, method: str, path: str) -> httpx2.Response:
    fault = Fault(kind, size=100) if kind == "enormous_json" else Fault(kind)
    with LocalServer(faults=[fault]) as server:
        headers = {"authorization": f"Bearer {server.api_key}"}
        body = {"domain": "document.invoice"} if method == "POST" else None
        return httpx2.request(method, server.base_url + path, headers=headers, json=body)


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("kind", ["enormous_json", "unknown_values", "missing_fields"])
def test_answers_can_be_broken(kind: FaultKind, method: str, path: str) -> None:
    """Faults that change an answer's JSON know these answers, booleans too: they are 200 and still JSON."""
    answer = _answer(kind, method, path)
    assert answer.status_code == 200
    assert answer.json() is not None
    if kind == "enormous_json":
        assert len(answer.content) > 100


def test_missing_fields_leaves_what_is_required() -> None:
    """What a schema must have stays: its hash, version, statement and itself."""
    answer = _answer("missing_fields", "POST", "/schema").json()
    assert set(answer) == {"domain", "schema_version", "schema_hash", "gql_stmt", "json_schema"}
    assert answer["json_schema"]["title"] == "Invoice"
    assert [set(item) for item in _answer("missing_fields", "GET", "/domains").json()] == [{"domain"}] * len(DOMAINS)
