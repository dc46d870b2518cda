"""Classes of vlmrun-hub as `response_model`, on the local server: a small package in its style stands in for it."""

from __future__ import annotations

import datetime
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import vlmrun
from vlmrun.client import VLMRun
from vlmrun.client.types import AgentExecutionConfig, GenerationConfig

SCHEMA = '''
import enum
from datetime import date
from typing import Dict, List, Literal, Optional, Union

from pydantic import BaseModel, Field, field_validator


class Address(BaseModel):
    city: Optional[str] = Field(None, description="City")


class Kind(str, enum.Enum):
    goods = "goods"
    service = "service"


class Item(BaseModel):
    description: Optional[str] = Field(None, description="Name of the item")
    quantity: Optional[float] = Field(None, description="Quantity, which may be a fraction")
    kind: Kind = Field(..., description="What it is")


class Invoice(BaseModel):
    """An invoice."""

    invoice_id: Optional[str] = Field(None, description="Unique invoice identifier")
    invoice_issue_date: Optional[date] = Field(None, description="Date of issue")
    issuer_address: Optional[Address] = Field(None, description="Address of the issuer")
    items: Optional[List[Item]] = Field(None, description="List of items")
    due: date = Field(..., description="Date by which it is due")
    status: Literal["paid", "open"] = Field(..., description="Whether it is paid")
    tax: Union[float, str] = Field(..., description="A rate, or why there is none")
    notes: Dict[str, str] = Field(default_factory=dict, description="Notes by their place")

    @field_validator("tax")
    def rate(cls, value):
        return value
'''


@pytest.fixture(name="hub")
def _hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The classes of `vlmrun.hub`, by their domains."""
    folder = tmp_path / "vlmrun" / "hub"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "invoice.py").write_text(SCHEMA)
    (folder / "registry.py").write_text(
        "from vlmrun.hub.invoice import Invoice\n\nregistry = {'document.invoice': Invoice}\n"
    )
    before = {name: module for name, module in sys.modules.items() if name.startswith("vlmrun.hub")}
    for name in before:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(vlmrun, "__path__", [str(tmp_path / "vlmrun"), *vlmrun.__path__])
    yield importlib.import_module("vlmrun.hub.registry").registry
    for name in ("vlmrun.hub", "vlmrun.hub.invoice", "vlmrun.hub.registry"):
        sys.modules.pop(name, None)
    if hasattr(vlmrun, "hub"):
        delattr(vlmrun, "hub")


def is_read(invoice: Any, model: type[Any]) -> bool:
    return type(invoice) is model and type(invoice.due) is datetime.date and invoice.status in ("paid", "open")


def test_predictions(client: VLMRun, hub: Any, invoice: Path) -> None:
    model = hub["document.invoice"]
    given = client.document.generate(file=invoice, domain="document.invoice", response_model=model)
    assert is_read(given.response, model)
    config = GenerationConfig(response_model=model)
    assert isinstance(client.document.generate(file=invoice, domain="document.invoice", config=config).response, dict)
    batch = client.document.generate(file=invoice, domain="document.invoice", response_model=model, batch=True)
    assert is_read(client.predictions.wait(batch.id, response_model=model, poll_interval=0.01).response, model)


def test_agents(client: VLMRun, hub: Any) -> None:
    pytest.importorskip("openai", reason="chats are OpenAI's")
    model: type[BaseModel] = hub["document.invoice"]
    assert is_read(client.agent.run("Read it.", response_model=model).output, model)
    assert is_read(client.agent.run("Read it.", mode="execution", response_model=model).output, model)
    execution = client.agent.execute(config=AgentExecutionConfig(prompt="Read it.", response_model=model))
    assert is_read(client.executions.wait(execution.id, response_model=model, poll_interval=0.01).output, model)
