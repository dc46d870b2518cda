"""The environment has no say: whatever it holds, the bytes on the wire are those of a clean one.

The laws are about any environment; `tests/test_agent_completions.py` has one hostile one, looked at closely.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.broken import breaks
from support.colours import API_KEY, BASE_URL
from support.wire import Sent, fake_wire, few_certificates
from vlmrun import AsyncVLMRun, VLMRun
from vlmrun._http._async.pools import AsyncPool
from vlmrun._http._sync.pools import Pool

openai = pytest.importorskip("openai", reason="its variables and settings are what the laws are about")

NAMES = [
    *(f"OPENAI_{name}" for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "ORGANIZATION", "PROJECT_ID", "BASE_URL")),
    *(f"OPENAI_{name}" for name in ("CUSTOM_HEADERS", "WEBHOOK_SECRET", "API_TYPE", "API_VERSION", "LOG", "TIMEOUT")),
    *(f"AZURE_OPENAI_{name}" for name in ("API_KEY", "ENDPOINT", "AD_TOKEN")),
    *(f"AZURE_{name}" for name in ("CLIENT_ID", "TENANT_ID", "CLIENT_SECRET")),
    *(f"AWS_{name}" for name in ("BEARER_TOKEN_BEDROCK", "BEDROCK_BASE_URL", "REGION", "DEFAULT_REGION")),
]
MODULE_SETTINGS = [
    *("api_key", "organization", "project", "base_url", "default_headers", "default_query", "timeout", "max_retries"),
    *("api_type", "api_version", "azure_endpoint", "azure_ad_token", "webhook_secret", "admin_api_key"),
]


@dataclass(frozen=True)
class Surroundings:
    """What is around a client."""

    variables: dict[str, str]
    """Environment variables."""
    settings: dict[str, Any]
    """Settings of the module `openai`."""
    netrc: str
    """What `.netrc` in the home folder, and the file of `NETRC`, hold."""


# An environment holds any text but NUL; what is no UTF-8 arrives as lone surrogates.
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    ["", " ", "a-secret", "https://evil.test/v1", "azure", "debug", "\udcff", "0", "-1", "true"]
)
header_lines = st.builds(
    "{}: {}".format,
    st.sampled_from(["Authorization", "authorization", "X-Evil", "User-Agent", "Content-Type", "Host", "Accept", ""]),
    st.sampled_from(["Bearer a-secret", "evil", "", "ü", "text/html"]),
)
headers = st.lists(header_lines | texts, max_size=4).map("\n".join)
names = st.sampled_from(NAMES) | st.from_regex(r"(OPENAI|AZURE|AZURE_OPENAI)_[A-Z_]{1,12}", fullmatch=True)
values: dict[str, st.SearchStrategy[Any]] = {
    "default_headers": st.dictionaries(st.sampled_from(["X-Evil", "Authorization"]), st.just("evil"), max_size=2),
    "default_query": st.dictionaries(st.just("evil"), st.just("1"), max_size=1),
    "timeout": st.sampled_from([0.001, None]),
    "max_retries": st.integers(0, 99),
    "api_type": st.sampled_from(["azure", "openai"]),
}
surroundings = st.builds(
    Surroundings,
    st.fixed_dictionaries({}, optional={"OPENAI_CUSTOM_HEADERS": headers}).flatmap(
        lambda fixed: st.dictionaries(names, texts, max_size=8).map(lambda found: {**found, **fixed})
    ),
    st.fixed_dictionaries(
        {}, optional={name: values.get(name, st.just("https://evil.test/")) for name in MODULE_SETTINGS}
    ),
    st.sampled_from(["", "default login someone password a-secret", "machine vlmrun.test login me password a-secret"]),
)


@contextmanager
def around(what: Surroundings) -> Generator[None, None, None]:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        file = Path(folder, ".netrc")
        file.write_text(what.netrc)
        file.chmod(0o600)
        for name, text in {**what.variables, "HOME": folder, "NETRC": str(file)}.items():
            patch.setenv(name, text)
        for name, value in what.settings.items():
            if hasattr(openai, name):  # releases differ
                patch.setattr(openai, name, value)
        yield


@pytest.fixture(autouse=True, scope="module")
def _few_certificates(tmp_path_factory: pytest.TempPathFactory) -> Generator[None, None, None]:
    """Clients are made quickly."""
    with few_certificates(tmp_path_factory.mktemp("certificates")):
        yield


def test_the_names_are_all_that_openai_reads() -> None:
    """Whatever the installed openai looks up of its own is among the names above."""
    folder = Path(openai.__file__).parent
    sources = [path for path in folder.rglob("*.py") if path.parts[len(folder.parts)] not in ("types", "cli")]
    read = re.compile(r"""["']((?:OPENAI|AZURE|AWS)_[A-Z_]+)["']""")
    found = {name for path in sources for name in read.findall(path.read_text(encoding="utf-8"))}
    assert "OPENAI_API_KEY" in found
    assert found <= set(NAMES)


# What is sent ---------------------------------------------------------------------------------------------------------

ASK: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hello!"}]}
ARGUMENTS: dict[str, Any] = {"api_key": API_KEY, "base_url": BASE_URL, "max_retries": 0}
Subject = Callable[[], None]


def ours() -> None:
    """Accessors and native calls of a client, and of copies of it and of its OpenAI client."""
    with VLMRun(**ARGUMENTS) as client:
        copies = [client.openai, client.openai.with_options(timeout=9.0), client.openai.copy().with_options()]
        for copy in [*copies, client.with_options(timeout=9.0).openai]:
            copy.chat.completions.create(**ASK)
        list(client.agent.completions.create(**ASK, stream=True))
        client.agent.completions.list()
        client.agent.list()
        client.agent.get(name="a")
        client.with_options(max_retries=1).agent.execute(config={"prompt": "Read."})
        client.agent.run("Read.")
        client.executions.list(limit=1)
        client.files.list(limit=1000)
        client.files.upload(b"%PDF-1.7", method="presigned-url", force=True)
        client.artifacts.get("img_1", session_id="s")
        client.healthcheck()


def ours_awaited() -> None:
    """The same, awaited."""

    async def main() -> None:
        async with AsyncVLMRun(**ARGUMENTS) as client:
            copies = [client.openai, client.openai.with_options(timeout=9.0), client.openai.copy().with_options()]
            for copy in [*copies, client.with_options(timeout=9.0).openai]:
                await copy.chat.completions.create(**ASK)
            async for _ in await client.agent.completions.create(**ASK, stream=True):
                pass
            await client.agent.completions.list()
            await client.agent.list()
            await client.with_options(max_retries=1).agent.execute(config={"prompt": "Read."})
            await client.agent.run("Read.")
            await client.files.list(limit=1000)
            await client.files.upload(b"%PDF-1.7", method="presigned-url", force=True)
            await client.artifacts.get("img_1", session_id="s")
            await client.healthcheck()

    asyncio.run(main())


def sent_by(subject: Subject) -> list[Sent]:
    with fake_wire() as sent:
        subject()
    return sent


def law(subject: Subject) -> Callable[[Surroundings], None]:
    """The law of a subject: it sends in any surroundings what it sends in clean ones."""
    clean = sent_by(subject)
    assert clean

    def holds(what: Surroundings) -> None:
        with around(what):
            assert sent_by(subject) == clean

    return holds


@given(surroundings)
def test_the_environment_changes_no_byte(what: Surroundings) -> None:
    law(ours)(what)


@given(surroundings)
def test_the_environment_changes_no_byte_that_is_awaited(what: Surroundings) -> None:
    law(ours_awaited)(what)


@given(surroundings)
def test_an_environment_that_comes_later_changes_no_byte(what: Surroundings) -> None:
    """A client that was made in a clean one, and is copied and used in this."""
    with ExitStack() as stack, fake_wire() as sent:
        client = stack.enter_context(VLMRun(**ARGUMENTS))
        client.openai.chat.completions.create(**ASK)
        with around(what):
            client.openai.chat.completions.create(**ASK)
            client.openai.with_options(max_retries=3).chat.completions.create(**ASK)
    assert sent[0] == sent[1] == sent[2]


# What must fail -------------------------------------------------------------------------------------------------------


def a_plain_client() -> None:
    """What people write who do not know of the environment."""
    with openai.OpenAI(api_key=API_KEY, base_url=f"{BASE_URL}/openai", max_retries=0) as client:
        client.chat.completions.create(**ASK)


def a_copy_of_a_plain_client() -> None:
    with openai.OpenAI(api_key=API_KEY, base_url=f"{BASE_URL}/openai", max_retries=0) as client:
        client.organization = client.project = None
        client.with_options(timeout=9.0).chat.completions.create(**ASK)


@pytest.mark.parametrize("subject", [a_plain_client, a_copy_of_a_plain_client])
def test_the_law_finds_plain_clients(subject: Subject) -> None:
    assert breaks(law(subject), surroundings)


@pytest.mark.parametrize("subject", [ours, ours_awaited])
def test_the_law_finds_ours_without_its_isolation(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what puts the given values back switched off, it fails."""

    def nothing(*_: object) -> None:
        """Leave the client as OpenAI's constructor made it."""

    monkeypatch.setattr("vlmrun._openai.clients._forget_environment", nothing)
    assert breaks(law(subject), surroundings)


def test_the_law_finds_an_isolation_that_copies_lose(monkeypatch: pytest.MonkeyPatch) -> None:
    """With only the first client put right, and none that is made from it, it fails."""
    from vlmrun._openai import clients as _openai

    forget: Callable[..., None] = vars(_openai)["_forget_environment"]

    def only_once(client: Any, given: Any) -> None:
        # Copies are given what the first client leaves to the environment.
        if "organization" not in given:
            forget(client, given)

    monkeypatch.setattr(_openai, "_forget_environment", only_once)
    assert breaks(law(ours), surroundings)


@pytest.mark.parametrize("subject", [ours, ours_awaited])
def test_the_law_finds_native_calls_that_look_into_netrc(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the credentials that a file has for our host, it fails."""

    class FromNetrc(httpx2.Auth):
        def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
            file = Path.home() / ".netrc"
            auth = httpx2.NetRCAuth(str(file)) if file.exists() else httpx2.Auth()
            yield from auth.auth_flow(request)

    def looking(open_group: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def opened(pool: Any) -> Any:
            group = open_group(pool)
            group.auth = FromNetrc()
            return group

        return opened

    for pool in (Pool, AsyncPool):
        monkeypatch.setattr(pool, "_open", looking(pool._open))  # pyright: ignore[reportPrivateUsage]
    assert breaks(law(subject), surroundings)
