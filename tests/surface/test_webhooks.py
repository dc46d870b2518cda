"""Webhooks: what VLM Run has signed is read, and nothing else (API.md §13 and §20)."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, RootModel

from support.wire import COMPLETED, EXECUTION
from vlmrun import webhooks
from vlmrun.client.exceptions import InputError, OutputValidationError, ResponseValidationError
from vlmrun.client.types import AgentExecutionResponse
from vlmrun.common.webhook import verify_webhook

SECRET = "whsec-4711"
BODY = json.dumps(COMPLETED).encode()


class Word(RootModel[str]):
    """An answer that is a text."""


class Invoice(BaseModel):
    total: float


def sign(body: bytes, secret: bytes = SECRET.encode()) -> str:
    """The header that VLM Run sends."""
    return f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}"


GOOD = sign(BODY)
DIGEST = GOOD.removeprefix("sha256=")


# verify ---------------------------------------------------------------------------------------------------------------


def test_a_known_signature() -> None:
    """The digest of RFC 4231, test case 2: not computed here."""
    known = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert webhooks.verify("what do ya want for nothing?", known, "Jefe")
    assert not webhooks.verify("what do ya want for nothing.", known, "Jefe")


@given(st.binary(), st.binary(min_size=1))
def test_what_is_signed_is_verified(body: bytes, secret: bytes) -> None:
    """Any bytes, and any secret; with one bit more it is not."""
    assert webhooks.verify(body, sign(body, secret), secret)
    assert not webhooks.verify(body + b"\0", sign(body, secret), secret)
    assert not webhooks.verify(body, sign(body, secret), secret + b"!")


@given(st.text(), st.text(min_size=1))
def test_text_is_its_utf_8(body: str, secret: str) -> None:
    """As frameworks hand over bodies, and environments secrets."""
    assert webhooks.verify(body, sign(body.encode(), secret.encode()), secret)


MALFORMED: dict[str, Any] = {
    "missing": None,
    "empty": "",
    "prefix alone": "sha256=",
    "no prefix": DIGEST,
    "another prefix": f"sha1={DIGEST}",
    "prefix twice": f"sha256=sha256={DIGEST}",
    "prefix in capitals": f"SHA256={DIGEST}",
    "upper case": f"sha256={DIGEST.upper()}",
    "cut off": GOOD[:-1],
    "longer": f"{GOOD}0",
    "space before": f" {GOOD}",
    "space after": f"{GOOD} ",
    "line after": f"{GOOD}\n",
    "no hex": f"sha256={'g' * 64}",
    "no ASCII": f"sha256={'é' * 64}",
    "digits of another script": f"sha256={'٣' * 64}",
    "half a character": f"sha256={chr(0xD800) * 64}",
    "bytes": GOOD.encode(),
    "a list": [GOOD],
    "another body's": sign(b"another"),
}


@pytest.mark.parametrize("signature", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_signature_is_false(signature: Any) -> None:
    """No error: whoever sends it is answered with 401."""
    assert webhooks.verify(BODY, signature, SECRET) is False
    assert verify_webhook(BODY, signature, SECRET) is False
    with pytest.raises(InputError, match="signature") as raised:
        webhooks.parse(BODY, signature, SECRET)
    assert raised.value.error_type == "invalid_signature"
    assert SECRET not in str(raised.value)
    assert "12.5" not in str(raised.value)


@given(st.text())
def test_no_signature_raises(signature: str) -> None:
    """Whatever the header says."""
    assert webhooks.verify(BODY, signature, SECRET) is (signature == GOOD)


@pytest.mark.parametrize("secret", ["", b"", "\ud800"])
def test_an_empty_secret_is_false(secret: str | bytes) -> None:
    """Also for what was signed with an empty secret."""
    assert webhooks.verify(BODY, sign(BODY, b""), secret) is False


@pytest.mark.parametrize("argument", ["body", "secret"])
@pytest.mark.parametrize("value", [None, 5, {"id": 5}, ["a"]])
def test_another_type_is_an_error(argument: str, value: Any) -> None:
    """A body that was parsed already, and a secret that is not set, are mistakes of the program."""
    arguments: dict[str, Any] = {"body": BODY, "signature": GOOD, "secret": SECRET, argument: value}
    for function in (webhooks.verify, webhooks.parse):
        with pytest.raises(InputError, match=f"{argument} must be"):
            function(**arguments)


def test_the_comparison_takes_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is left to the function of Python that is made for that."""
    compared: list[tuple[str, str]] = []

    def compare(one: str, other: str) -> bool:
        compared.append((one, other))
        return True

    monkeypatch.setattr(hmac, "compare_digest", compare)
    assert webhooks.verify(BODY, f"sha256={'0' * 64}", SECRET)
    assert compared == [("0" * 64, DIGEST)]


def test_the_official_path_is_the_same() -> None:
    """With the official names of the parameters."""
    assert verify_webhook(raw_body=BODY, signature_header=GOOD, secret=SECRET) is True


# parse ----------------------------------------------------------------------------------------------------------------


def parse(event: object, response_model: type[BaseModel] | None = None) -> Any:
    body = json.dumps(event).encode()
    if response_model is None:
        return webhooks.parse(body, sign(body), SECRET)
    return webhooks.parse(body, sign(body), SECRET, response_model)


def test_an_execution_is_read() -> None:
    """Its answer as JSON or as a model, and the execution itself."""
    event = webhooks.parse(BODY, GOOD, SECRET)
    assert event.response == {"total": 12.5}
    assert event.execution == AgentExecutionResponse.model_validate(COMPLETED)
    assert event.prediction is None
    assert event.key == f"{COMPLETED['id']}:completed"
    typed = webhooks.parse(BODY.decode(), GOOD, SECRET.encode(), response_model=Invoice)
    assert typed.response == Invoice(total=12.5)
    assert "12.5" not in repr(typed)


def test_a_prediction_is_read() -> None:
    """It has neither a name nor a mode."""
    prediction = {"id": "p-1", "status": "completed", "created_at": "2026-05-19T08:32:00Z", "response": {"total": 1}}
    event = parse({**prediction, "domain": "document.invoice"}, Invoice)
    assert (event.key, event.response, event.execution) == ("p-1:completed", Invoice(total=1), None)
    assert event.prediction is not None
    assert (event.prediction.id, event.prediction.response) == ("p-1", {"total": 1})


def test_an_answer_that_is_no_object_is_read() -> None:
    """As by `wait`: the text "12" is a text, and no number."""
    event = parse({"id": "p-1", "status": "completed", "response": "12"}, Word)
    assert event.response == Word("12")


@pytest.mark.parametrize("status", ["pending", "failed", "cancelled", "of-tomorrow"])
def test_what_is_not_completed_has_no_answer(status: str) -> None:
    """Whatever stands in its place, such as why it failed."""
    event = parse({**EXECUTION, "status": status, "response": {"error": "no"}}, Invoice)
    assert (event.status, event.response) == (status, None)
    assert event.execution.response == {"error": "no"}


@pytest.mark.parametrize("event", [None, [], 5, "text", {}, {"id": "a"}, {"id": 5, "status": "completed"}])
def test_a_body_of_another_shape_is_an_error(event: object) -> None:
    """Signed, but no prediction or execution."""
    with pytest.raises(ResponseValidationError, match="cannot be read"):
        parse(event)


@pytest.mark.parametrize("response", [None, "text", {"total": "secret-word"}, [1]])
def test_an_answer_that_does_not_match_is_an_error(response: object) -> None:
    """With the raw answer, and without it in the message."""
    with pytest.raises(OutputValidationError, match="does not match Invoice") as raised:
        parse({**COMPLETED, "response": response}, Invoice)
    assert "secret-word" not in str(raised.value)


def test_a_model_that_is_none_is_refused() -> None:
    """Before anything else."""
    model: Any = int
    with pytest.raises(InputError, match="response_model"):
        webhooks.parse(BODY, GOOD, SECRET, model)
