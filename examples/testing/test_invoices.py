"""Tests of `invoices.py`: the real client, and a server on this machine that answers what each test says.

`pip install "vlmrun[openai,local]" pytest`, and `pytest` has the fixtures `vlmrun_server` and `vlmrun_client`.
"""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

import pytest
from invoices import BusyError, Invoice, Summary, UnreadableError, compare, read_invoice, receive, report, summarize

from vlmrun import VLMRun, testing
from vlmrun.local import Answer, Fault, LocalServer, ReceivedRequest, ToolCall, When

PDF = Path(__file__).parent.parent / "assets" / "invoice.pdf"
INVOICE = Invoice(number="2026-001", total=620.0)
SECRET = "whsec_test"  # noqa: S105  # made up


def test_an_invoice_is_read(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """The PDF is sent as it is, with the schema of an invoice, and a typed invoice is returned."""
    vlmrun_server.answer(INVOICE)
    assert read_invoice(vlmrun_client, PDF) == INVOICE
    request = vlmrun_server.requests[-1]
    assert "Read this invoice." in request.prompt_text
    assert [file.read() for file in request.files] == [PDF.read_bytes()]
    assert request.chat.response_format is not None


def test_code_that_makes_its_own_client(vlmrun_server: LocalServer) -> None:
    """`VLMRun()` talks to the server, too, while a test uses `vlmrun_server`."""
    vlmrun_server.answer(INVOICE)
    assert report(PDF) == "2026-001: 620.00"


def test_a_refusal(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """The application says why there is no invoice."""
    vlmrun_server.answer(Answer(refusal="This is a passport."))
    with pytest.raises(UnreadableError, match="passport"):
        read_invoice(vlmrun_client, PDF)


@pytest.mark.parametrize("reply", ["I see no invoice.", {"number": "2026-001"}, Answer(output=[])])
def test_an_answer_that_is_no_invoice(
    vlmrun_server: LocalServer, vlmrun_client: VLMRun, reply: str | dict[str, object] | Answer
) -> None:
    """An answer need not fit the schema."""
    vlmrun_server.answer(reply)
    with pytest.raises(UnreadableError):
        read_invoice(vlmrun_client, PDF)


def test_a_rate_limit_that_passes(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """The client retries when the server says that it may."""
    vlmrun_server.answer(Answer(status=429, headers={"retry-after": "0.01"}), times=2)
    vlmrun_server.answer(INVOICE)
    assert read_invoice(vlmrun_client, PDF) == INVOICE
    assert len(vlmrun_server.requests) == 3


def test_a_rate_limit_that_stays(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """The application puts the invoice back, and nothing was billed."""
    vlmrun_server.answer(Answer(status=429, error="Ten a minute."))
    with pytest.raises(BusyError, match="Ten a minute"):
        read_invoice(vlmrun_client.with_options(max_retries=0), PDF)
    assert not vlmrun_server.work


def test_a_stream(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """A summary arrives in pieces."""
    vlmrun_server.answer(Answer(chunks=["Rent ", "for ", "May."]))
    assert summarize(vlmrun_client, PDF) == Summary("Rent for May.", is_complete=True)


def test_a_stream_that_is_cut_off(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """What arrived is kept, and marked."""
    vlmrun_server.answer(Answer(chunks=["Rent ", "for ", "May."]))
    vlmrun_server.add_fault(Fault("stream_cut"))
    summary = summarize(vlmrun_client, PDF)
    assert not summary.is_complete
    assert "Rent for May.".startswith(summary.text)


def test_a_tool_call(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """The model asks for an order, gets its total, and answers."""
    vlmrun_server.answer(Answer(tool_calls=[ToolCall("OrderTotal", {"order": "A-17"}, id="call_1")]), times=1)
    vlmrun_server.answer("It matches.", when="620.00")
    assert compare(vlmrun_client, PDF, {"A-17": 620.0}) == "It matches."
    result = vlmrun_server.requests[-1].chat.messages[-1]
    assert (result.role, result.tool_call_id, result.content) == ("tool", "call_1", "620.00")


def test_each_invoice_has_its_answer(vlmrun_server: LocalServer, vlmrun_client: VLMRun, tmp_path: Path) -> None:
    """Answers are chosen by what is asked, here by the bytes of the file."""

    def total_in_file(request: ReceivedRequest) -> Invoice:
        return Invoice(number="1", total=float(len(request.files[0].read())))

    longer = tmp_path / "longer.pdf"
    longer.write_bytes(PDF.read_bytes() + b"\n")
    vlmrun_server.answer(total_in_file, when=When(prompt="Read", path="/v1/openai"))
    totals = [read_invoice(vlmrun_client, path).total for path in (PDF, longer)]
    assert totals[1] == totals[0] + 1


def test_a_webhook() -> None:
    """An invoice is kept once; without a server."""
    kept: dict[str, Invoice] = {}
    webhook = testing.webhook(testing.prediction(INVOICE), SECRET)
    for _ in range(2):
        assert receive(kept, webhook.body, webhook.signature, SECRET) == HTTPStatus.OK
    assert list(kept.values()) == [INVOICE]


def test_webhooks_that_bring_no_invoice() -> None:
    """Of a failed execution, of another answer, and of somebody else."""
    kept: dict[str, Invoice] = {}
    failed = testing.webhook(testing.prediction(None, status="failed"), SECRET)
    assert receive(kept, failed.body, failed.signature, SECRET) == HTTPStatus.OK
    other = testing.webhook(testing.agent_run({"sum": 1}), SECRET)
    assert receive(kept, other.body, other.signature, SECRET) == HTTPStatus.UNPROCESSABLE_ENTITY
    assert receive(kept, other.body, other.signature, "another") == HTTPStatus.UNAUTHORIZED
    assert not kept
