"""Bad input: whatever an argument is, a public function works, or an error of this package names the argument.

Every public callable is found by its module's `__all__`, and each of its arguments is attacked in turn, while the
others are good. A function that is added later is missing from `GOOD`, which a test notices.

What may come of an attack:

- It works.
- A `VLMRunError` that names the argument. After a `ClientError` nothing has been sent.
- `ValidationError` and its like of pydantic, where a model of ours is made: it is what users of pydantic expect.
- `InvalidURLError`, of the functions in `urls`: the error of their own, which says what is wrong with the one text.
- `Theirs`: what code of the caller's own raises, such as `__iter__` of an argument, is not lost. It comes through
  untouched, or is the cause of an error of ours that names the argument, as it is where a file cannot be read.
"""

from __future__ import annotations

import asyncio
import dataclasses
import enum
import functools
import hashlib
import hmac
import importlib
import inspect
import io
import itertools
import math
import operator
import os
import pkgutil
import types
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from typing_extensions import is_protocol, is_typeddict

import vlmrun
from support.broken import breaks
from support.colours import API_KEY, BASE_URL
from support.hostile import HOSTILE, Arguments, Attack, Hostile, Theirs, bad_input_is_named, generator_that_raises
from support.wire import (
    AGENT,
    ARTIFACTS,
    COMPLETION,
    DATASET,
    DECISION,
    DECISION_MODEL,
    DOMAIN,
    EXECUTION,
    FEEDBACK,
    FEEDBACK_ITEM,
    FEEDBACK_LIST,
    FILE,
    GATEWAY_MODEL,
    HUB_DOMAIN,
    MODEL,
    PREDICTION,
    PROVISION,
    SCHEMA,
    SKILL,
    SKILL_URL,
    TUNING,
    Answer,
    Sent,
    fake_wire,
    few_certificates,
    vlm_run,
)
from vlmrun import AsyncVLMRun, Skill, VLMRun
from vlmrun._http import strangers
from vlmrun.batch import Batch, Extractor
from vlmrun.client import urls
from vlmrun.client.config import Configuration, configure
from vlmrun.client.exceptions import ConfigurationError, InputError
from vlmrun.client.pages import AsyncPage
from vlmrun.client.systemone import AsyncDecisionStream, DecisionStream
from vlmrun.client.types import (
    AgentExecutionResponse,
    BoundingBox,
    CreditUsage,
    MarkdownTable,
    PredictionResponse,
    RequestMetadata,
    WireModel,
)
from vlmrun.results import AgentRun, RawResponse

# The arguments are attacked of everything that there is, so all that is optional has to be there.
np = pytest.importorskip("numpy", reason="arrays are sources")
pytest.importorskip("pypdfium2", reason="content.document_pages draws with it")
pytest.importorskip("yaml", reason="Skill.from_directory reads with it")
Image = pytest.importorskip("PIL.Image", reason="images are sources")
chat = pytest.importorskip("openai.types.chat", reason="chats are OpenAI's")


def drawn() -> SearchStrategy[Hostile]:
    """Values that nobody has thought of."""
    # No text that is a path to somewhere else: artifacts are really written.
    text = st.text(st.characters(), max_size=20).filter(lambda text: not text.startswith(("/", "..", "~")))
    leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), text, st.binary(max_size=20))
    keys = st.one_of(st.integers(), text, st.none())
    return st.recursive(
        leaves, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3))
    ).map(lambda value: Hostile(f"{value!r}", lambda _: value))


AT_A_TIME = 20
TWENTY = st.lists(drawn(), min_size=AT_A_TIME, max_size=AT_A_TIME, unique_by=operator.attrgetter("name"))
"""Drawn together, a hundred different values cost a third of what they cost one by one, where a fifth are the same."""


# What is attacked -----------------------------------------------------------------------------------------------------


def _png() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (2, 2)).save(data, format="PNG")
    return data.getvalue()


def _pdf() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (2, 2)).save(data, format="PDF")
    return data.getvalue()


def _zip() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("SKILL.md", _SKILL)
    return data.getvalue()


_SKILL = "---\nname: reader\ndescription: Reads.\n---\n"
_PNG, _PDF, _ZIP = _png(), _pdf(), _zip()
_MP4 = b"\0\0\0\x18ftypmp42" + b"\0" * 12
_WAV = b"RIFF\0\0\0\0WAVE"
_PHOTO = "https://files.test/photo.png"


def _see(done: int, total: int | None) -> None:
    """Progress is none of the laws' business."""
    del done, total


_DOWNLOAD: Arguments = {"timeout": 5.0, "max_bytes": 1000, "allow_private": False}
_PART: dict[str, object] = {"type": "text", "text": "Hello!"}
_CONFIG = configure(api_key=API_KEY, base_url=BASE_URL, timeout=600.0, max_retries=0, default_headers=None, environ={})
_COMPLETION = chat.ChatCompletion.model_validate(COMPLETION)
_EXECUTION = AgentExecutionResponse.model_validate({**EXECUTION, "status": "completed", "response": {"total": 12.5}})

_CLIENT: Arguments = {
    "api_key": API_KEY,
    "base_url": BASE_URL,
    "timeout": 5.0,
    "max_retries": 0,
    "default_headers": {"X-Team": "blue"},
    "default_query": {"team": "blue"},
    "verify": True,
    "cert": ("client.pem", "client.key", "password"),
    "proxy": "http://127.0.0.1:9",
    "max_connections": 10,
    "on_request": repr,
    "on_response": repr,
}
_HEADERS_SET: Arguments = {"set_default_headers": {"X-Team": "blue"}}
_MODEL: Arguments = {"json_schema": None, "response_model": WireModel}
_CREATION: Arguments = {
    "prompt": "Read it.",
    "json_schema": {"type": "object"},
    "skills": [Skill.reference("reader")],
    "service_tier": "auto",
    "orchestration_mode": False,
}
_RUN: Arguments = {
    "prompt": "Read it.",
    "inputs": [_PART],
    "response_model": WireModel,
    "model": "vlmrun-orion-1:auto",
    "toolsets": ["image"],
    "skills": [Skill.reference("reader")],
    "metadata": {"environment": "dev"},
    "timeout": 5.0,
}
_LIST: Arguments = {"skip": 0, "limit": 10}
_CALL: Arguments = {
    "timeout": 5.0,
    "extra_headers": {"X-Team": "blue"},
    "extra_query": {"page": 1, "tags": ["a", "b"]},
    "extra_body": {"more": {"a": None}},
}
"""The options of every native call."""
_AGENT: dict[str, list[Arguments]] = {
    "list": [{}],
    "get": [{"name": "reader"}, {"id": "5"}, {"prompt": "Read it."}],
    "create": [
        {
            "config": {"prompt": "Read it."},
            "name": "reader",
            "inputs": {"image": _PART},
            "callback_url": "https://example.com/done",
        }
    ],
    "execute": [
        {
            "name": "reader",
            "inputs": {"image": _PART},
            "batch": True,
            "config": {"prompt": "Read it."},
            "metadata": {"environment": "dev"},
            "callback_url": "https://example.com/done",
            "model": "vlmrun-orion-1:auto",
            "toolsets": ["image"],
        }
    ],
    "run": [
        {**_RUN, "mode": "chat", "session_id": "9f1f0a52-0000-4000-8000-000000000000"},
        {**_RUN, "mode": "execution", "name": "reader"},
    ],
    "get_by_id": [{"agent_id": "5"}],
}
_FILES: dict[str, list[Arguments]] = {
    "upload": [
        {
            "file": _PDF,
            "filename": "invoice.pdf",
            "purpose": "assistants",
            "generate_public_url": True,
            "method": method,
            "expiration": 60,
            "force": False,
            "on_progress": _see,
        }
        for method in ("direct", "presigned-url")
    ],
    "list": [_LIST],
    "get": [{"file_id": "5", "generate_public_url": True}],
    "delete": [{"file_id": "5"}],
}
_EXECUTIONS: dict[str, list[Arguments]] = {
    "list": [_LIST],
    "get": [{"id": "5"}],
    "wait": [
        {"id": "5", "timeout": 5.0, "poll_interval": 0.5, "response_model": WireModel},
        {"id": "5", "sleep": 0.5},
    ],
}
_ARTIFACTS: dict[str, list[Arguments]] = {
    "list": [{"session_id": "5"}, {"execution_id": "5"}],
    "get": [
        {"object_id": "img_a1b2c3", "session_id": "5", "wait": 1.0},
        {"filename": "picture.png", "execution_id": "5"},
    ],
    "image": [
        {"object_id": "img_a1b2c3", "session_id": "5", "wait": 1.0},
        {"filename": "picture.png", "execution_id": "5"},
    ],
    "array": [
        {"object_id": "img_a1b2c3", "session_id": "5", "wait": 1.0},
        {"filename": "picture.png", "execution_id": "5"},
    ],
    "download": [
        {
            "object_id": "img_a1b2c3",
            "session_id": "5",
            "folder": ".",
            "wait": 1.0,
            "allow_private": False,
            "on_progress": _see,
        },
        {"filename": "picture.png", "execution_id": "5", "folder": "."},
    ],
    "url": [
        {"object_id": "url_a1b2c3", "session_id": "5", "wait": 1.0},
        {"filename": "link.url", "execution_id": "5"},
    ],
}
_WAIT: Arguments = {"id": "5", "timeout": 5.0, "sleep": 1.0}
_PREDICTIONS: dict[str, list[Arguments]] = {
    "list": [_LIST],
    "get": [{"id": "5"}],
    "wait": [_WAIT, {"id": "5", "poll_interval": 1.0, "response_model": WireModel}],
}
_GENERATED: Arguments = {
    "batch": True,
    "config": {"grounding": True},
    "metadata": {"environment": "prod"},
    "callback_url": "https://example.com/hook",
    "autocast": False,
}
_URLS: Arguments = {"urls": ["https://example.com/a.png"]}
_IMAGE: dict[str, list[Arguments]] = {
    **_PREDICTIONS,
    "generate": [
        {"domain": "document.invoice", "model": "vlm-1", **_URLS, **_GENERATED},
        {"domain": "document.invoice", "images": [_PNG], "response_model": WireModel},
    ],
    "execute": [
        {"name": "reader", "version": "latest", **_URLS, **_GENERATED},
        {"name": "reader", "images": [_PNG], "response_model": WireModel},
    ],
    "schema": [_URLS, {"images": [_PNG]}],
}
_MEDIA: dict[str, list[Arguments]] = {
    **_PREDICTIONS,
    "generate": [
        {"domain": "document.invoice", "model": "vlm-1", "file": "5", "on_progress": _see, **_GENERATED},
        {"domain": "document.invoice", "url": "https://example.com/a.pdf", "response_model": WireModel},
    ],
    "execute": [
        {"name": "reader", "version": "latest", "file": "5", "on_progress": _see, **_GENERATED},
        {"name": "reader", "url": "https://example.com/a.pdf", "response_model": WireModel},
    ],
    "schema": [{"file": "5", "on_progress": _see}, {"url": "https://example.com/a.pdf"}],
}
_SCHEMA: list[Arguments] = [{"domain": "document.invoice", "config": {"gql_stmt": "{ total }"}}]
_MODELS: dict[str, list[Arguments]] = {"list": [{}]}
_DOMAINS: dict[str, list[Arguments]] = {"list": [{}], "get_schema": _SCHEMA}
_GATEWAY: dict[str, list[Arguments]] = {"models": [{}], "health": [{}]}
_ASKED: Arguments = {"late": {"type": "noul", "instructions": "Is it late?"}}
_SYSTEM_ONE: dict[str, list[Arguments]] = {
    "decide": [
        {
            "state": {"hour": 9},
            "questions": _ASKED,
            "model": "a/b",
            "images": [_PNG],
            "document": "https://example.com/a.pdf",
            "text": ["Page 1."],
            "detail": "high",
            "steps": 1,
            "samples": 1,
            "reasoning_effort": "low",
        }
    ],
    "models": [{}],
    "stream": [
        {"state": "Late?", "questions": _ASKED, "model": "a/b", "detail": "high", "concurrency": 4},
    ],
}
_HUB: dict[str, list[Arguments]] = {
    "info": [{}],
    "list_domains": [{}],
    "has_domain": [{"domain": "document.invoice"}],
    "get_schema": _SCHEMA,
    "get_pydantic_model": _SCHEMA,
}
_GENERATION: Arguments = {
    "prompt": "Read it.",
    "json_schema": {"type": "object"},
    "gql_stmt": "{ total }",
    "max_retries": 1,
    "max_tokens": 100,
    "temperature": 0.5,
    "detail": "hi",
    "confidence": True,
    "grounding": True,
    "keyframes": True,
    "video_segment_duration": 2.5,
    "video_frames_per_segment": 4,
    "page_indices": [0, 2],
    "service_tier": "flex",
    "skills": [Skill.reference("reader")],
}
_WITHOUT_SCHEMA = {name: value for name, value in _GENERATION.items() if name != "json_schema"}


_EVENT = b'{"id": "5", "status": "pending"}'  # without an answer, which a hostile model need not match
_SIGNED = hmac.new(b"secret", _EVENT, hashlib.sha256).hexdigest()
_WEBHOOK: Arguments = {"body": _EVENT, "signature": f"sha256={_SIGNED}", "secret": "secret"}
_ABOUT: Arguments = {"response": {"total": 12.5}, "notes": "It was 12.5."}
_FEEDBACK: dict[str, list[Arguments]] = {
    "submit": [{key: "5", **_ABOUT} for key in ("request_id", "agent_execution_id", "chat_id")],
    "get": [{key: "5", "offset": 0, "limit": 10} for key in ("request_id", "agent_execution_id", "chat_id")],
}
_WANDB: Arguments = {
    "wandb_base_url": "https://example.com",
    "wandb_project_name": "receipts",
    "wandb_api_key": "key",
}
_DATASETS: dict[str, list[Arguments]] = {
    "create": [
        {
            "domain": "document.receipt",
            "dataset_directory": "reader",
            "dataset_name": "receipts",
            "dataset_type": "images",
            "on_progress": _see,
            **_WANDB,
        }
    ],
    "get": [{"dataset_id": "5"}],
    "list": [_LIST],
}
_FINETUNING: dict[str, list[Arguments]] = {
    "create": [
        {
            "model": "vlm-1",
            "training_file": "5",
            "validation_file": "6",
            "num_epochs": 1,
            "batch_size": "auto",
            "learning_rate": 2e-4,
            "suffix": "receipts",
            **_WANDB,
            "callback_url": "https://example.com/done",
        }
    ],
    "provision": [{"model": "ft:1", "duration": 600, "concurrency": 1}],
    "generate": [
        {
            "model": "ft:1",
            "images": [_PNG],
            "videos": [_MP4],
            "batch": False,
            "config": {"prompt": "Read it.", "json_schema": {"type": "object"}},
            "metadata": {"environment": "prod"},
            "callback_url": "https://example.com/hook",
        },
        {"model": "ft:1", "images": [_PNG], "config": {"prompt": "Read it."}, "response_model": WireModel},
    ],
    "list": [_LIST],
    "get": [{"job_id": "5"}],
    "list_models": [_LIST],
}


class _NewFolder(os.PathLike[str]):
    """A folder that does not exist yet, whenever it is asked for."""

    def __init__(self) -> None:
        self._numbers = itertools.count()

    def __fspath__(self) -> str:
        return f"new-{next(self._numbers)}"


_SKILL_TEXTS: Arguments = {"name": "reader", "description": "Reads."}
_SKILLS: dict[str, list[Arguments]] = {
    "list": [{"limit": 25, "offset": 0, "order_by": "name", "descending": False, "grouped": True}],
    "get": [
        {"name": "reader", "skill_version": "latest", "version": None},
        {"id": "5", "skill_version": None, "version": "latest"},
    ],
    "create": [
        {**_SKILL_TEXTS, "prompt": "Read it.", "json_schema": {"type": "object"}},
        {**_SKILL_TEXTS, "prompt": "Read it.", "response_model": WireModel},
        {**_SKILL_TEXTS, "session_id": "5"},
        {**_SKILL_TEXTS, "file_id": "5"},
    ],
    "create_from_directory": [{"directory": "reader", "on_progress": _see, **_SKILL_TEXTS}],
    "update": [{"skill_id": "5", "file_id": "5", "description": "Reads."}],
    "download": [{"skill_id": "5", "folder": _NewFolder(), "allow_private": False, "on_progress": _see}],
}
_OPTIONS: list[Arguments] = [_CLIENT, {**{k: v for k, v in _CLIENT.items() if k != "default_headers"}, **_HEADERS_SET}]


def _resource(module: str, name: str, methods: Mapping[str, list[Arguments]]) -> dict[str, list[Arguments]]:
    """A resource and its async twin: how each is made, and the methods of both."""
    found: dict[str, list[Arguments]] = {}
    for cls in (name, f"Async{name}"):
        found[f"vlmrun.client.{module}.{cls}"] = [{"client": _CONFIG}]
        for method, goods in methods.items():
            found[f"vlmrun.client.{module}.{cls}.{method}"] = [{**good, **_CALL} for good in goods]
    return found


_CELL: Arguments = {"content": "2", "bbox": {"xywh": [0, 0, 1, 1]}, "index": [0, 1], "span": [1, 2]}
_COLUMN: Arguments = {"id": "c", "column": 0, "name": "Total", "dtype": "float"}
_AROUND: Arguments = {"title": "Items", "caption": None, "notes": None}
_TABLE: Arguments = {
    "metadata": _AROUND,
    "content": "| a |",
    "headers": [_COLUMN],
    "cells": [_CELL],
    "data": [{"c": 1}],
    "bbox": {"xywh": [0, 0, 1, 1]},
}
_FIGURE: Arguments = {"id": 1, "title": "A cat", "caption": "Figure 1", "content": "It sleeps."}
_PAGE: Arguments = {"content": "Hi.", "tables": [_TABLE], "figures": [_FIGURE]}
_HEARD: Arguments = {"start_time": 0, "end_time": 1, "content": "Hi."}
_SEEN: Arguments = {"start_time": 0, "end_time": 1, "audio": {"content": "Hi."}, "video": {"content": "A cat."}}
_ANSWER = AgentRun("Yes.", "Yes.", None, (), None, "e-1", AgentExecutionResponse.model_construct())


def _fetch(skip: int, limit: int) -> list[int]:
    return [skip, limit]


async def _fetch_async(skip: int, limit: int) -> list[int]:
    return [skip, limit]


_INSTANCES: dict[str, object] = {
    "AgentRun": _ANSWER,
    "Configuration": _CONFIG,
    "PredictionResponse": PredictionResponse.model_validate(PREDICTION),
    "BoundingBox": BoundingBox(0, 0, 1, 1),
    "MarkdownTable": MarkdownTable.model_validate(_TABLE),
}
"""Something to call the methods of."""
_GROUNDED = {"total": 5, "total_metadata": {"bboxes": [{"xywh": [0, 0, 1, 1]}]}}
_SHOWN: Arguments = {
    "result": _GROUNDED,
    "image": _PNG,
    "image_info": {"taken": "today"},
    "font": None,
    "render_type": "bboxes",
    "fields": ["total"],
    "image_width": 10,
    "as_json": True,
    "limit": 1,
    "box_color": (255, 0, 0),
    "box_thickness": 2,
    "table_style": "table {}",
    "show_content": True,
    "show_confidence": True,
}
_BATCH: Arguments = {
    "journal": "jobs.db",
    "client": VLMRun(API_KEY, BASE_URL),
    "model": "vlmrun-orion-1:auto",
    "column": "path",
    "concurrency": 10,
    "requests_per_minute": 600,
    "timeout": 10,
    "on_interrupted": "report",
}
_READ: Arguments = {"prompt": "Read it.", "response_model": WireModel, "mode": "execution", "toolsets": ["image"]}
_EXTRACTOR: Arguments = {
    **_READ,
    **{name: _BATCH[name] for name in ("client", "model", "column", "requests_per_minute", "timeout")},
}
GOOD: dict[str, list[Arguments]] = {
    "vlmrun.batch.Batch": [
        {
            **_BATCH,
            **_READ,
            "domain": None,
            "skills": [Skill.reference("reader")],
            "config": None,
            "callback_url": "https://example.com/hook",
        },
        {**_BATCH, "domain": "document.invoice", "response_model": WireModel, "config": _WITHOUT_SCHEMA},
    ],
    "vlmrun.batch.Extractor": [_EXTRACTOR],
    "vlmrun.content.text": [{"text": "Hello!"}],
    "vlmrun.content.image": [
        {"source": _PNG, "media_type": "image/png", "detail": "high", "quality": 80, "max_pixels": 1000},
        {"source": "https://example.com/a.png", "detail": "low"},
    ],
    "vlmrun.content.video": [{"source": _MP4, "media_type": "video/mp4"}],
    "vlmrun.content.audio": [{"source": _WAV, "media_type": "audio/wav"}],
    "vlmrun.content.document": [{"source": _PDF, "media_type": "application/pdf"}],
    "vlmrun.content.document_url": [{"source": _PDF, "media_type": "application/pdf"}],
    "vlmrun.content.file": [{"source": _PDF, "media_type": "application/pdf"}, {"source": "file-5"}],
    "vlmrun.content.document_pages": [{"source": _PDF, "dpi": 72, "timeout": 60, "on_error": "skip"}],
    "vlmrun.content.user": [{"parts": _PART}],
    "vlmrun.content.system": [{"text": "Be brief."}],
    "vlmrun.content.assistant": [{"answer": _COMPLETION.choices[0].message}, {"answer": "Twelve."}],
    "vlmrun.options.toolsets": [{"names": ["image"]}],
    "vlmrun.skills.Skill.reference": [{"skill": "reader", "version": "latest"}],
    "vlmrun.skills.Skill.inline": [{"bundle": _ZIP, "name": "reader", "description": "Reads."}],
    "vlmrun.skills.Skill.from_directory": [{"directory": "reader", "name": "reader", "description": "Reads."}],
    "vlmrun.results.session_id": [{"answer": _COMPLETION}],
    "vlmrun.results.credits_used": [{"usage": _COMPLETION.usage}],
    "vlmrun.results.cost_usd": [{"usage": _COMPLETION.usage}],
    "vlmrun.results.served_model_id": [{"answer": _COMPLETION}],
    "vlmrun.results.backend": [{"answer": _COMPLETION}],
    "vlmrun.results.credit_usage": [{"usage": _COMPLETION.usage}],
    "vlmrun.results.artifact_ids": [{"answer": "img_a1b2c3"}],
    "vlmrun.results.response_text": [{"response": {"total": 12.5}}],
    "vlmrun.results.completion_from_execution": [{"execution": _EXECUTION, "model": "vlmrun-orion-1:auto"}],
    "vlmrun.results.run_from_execution": [{"execution": _EXECUTION, "response_model": WireModel}],
    "vlmrun.results.execution_from_completion": [{"completion": _COMPLETION}],
    "vlmrun.client.client.VLMRun": [{**_CLIENT, "require_api_key": True}],
    "vlmrun.client.client.AsyncVLMRun": [{**_CLIENT, "require_api_key": True}],
    "vlmrun.client.client.VLMRun.healthcheck": [_CALL],
    "vlmrun.client.client.AsyncVLMRun.healthcheck": [_CALL],
    **{
        f"vlmrun.client.client.{cls}.{method}": [{**good, **_CALL} for good in goods]
        for cls in ("VLMRun", "AsyncVLMRun")
        for method, goods in {"list_domains": _MODELS["list"], "get_schema": _SCHEMA, "get_type": _SCHEMA}.items()
    },
    "vlmrun.client.client.VLMRun.with_options": _OPTIONS,
    "vlmrun.client.client.AsyncVLMRun.with_options": _OPTIONS,
    "vlmrun.client.config.configure": [{**_CLIENT, "environ": {}, "require_api_key": True}],
    "vlmrun.client.config.reconfigure": [
        {"config": _CONFIG, "default_headers": None, "set_default_headers": None, **good} for good in _OPTIONS
    ],
    "vlmrun.client.config.Configuration.with_timeout": [{"timeout": 5.0}],
    "vlmrun.client.config.wait_seconds": [{"argument": "value", "value": 5.0}],
    "vlmrun.client.urls.normalize_base_url": [{"url": BASE_URL}],
    "vlmrun.client.urls.openai_base_url": [{"base_url": BASE_URL}],
    "vlmrun.client.urls.join": [{"base_url": BASE_URL, "segments": "files"}],
    "vlmrun.client.urls.is_unicode": [{"text": "Hello!"}],
    "vlmrun.client.urls.is_in_the_clear": [{"base_url": BASE_URL}],
    "vlmrun.results.AgentRun.model_dump": [{"mode": "json"}],
    "vlmrun.results.AgentRun.model_dump_json": [{"indent": 2}],
    "vlmrun.client.pages.Page": [{"fetch": _fetch, "skip": 0, "limit": 10}],
    "vlmrun.client.pages.AsyncPages": [{"fetch": _fetch_async, "skip": 0, "limit": 10}],
    **_resource("agent", "Agent", _AGENT),
    **_resource("files", "Files", _FILES),
    **_resource("executions", "Executions", _EXECUTIONS),
    **_resource("artifacts", "Artifacts", _ARTIFACTS),
    **_resource("models", "Models", _MODELS),
    **_resource("domains", "Domains", _DOMAINS),
    **_resource("hub", "Hub", _HUB),
    **_resource("skills", "Skills", _SKILLS),
    "vlmrun.viz.draw": [
        {
            "source": _PNG,
            "prediction": _GROUNDED,
            "page": 0,
            "fields": ["total"],
            "dpi": 72,
            "timeout": 60,
            "font": None,
        },
        {"source": _PDF, "prediction": _GROUNDED, "page": 0, "dpi": 72, "timeout": None},
    ],
    "vlmrun.viz.show_results": [_SHOWN],
    "vlmrun.common.viz.show_results": [_SHOWN],
    "vlmrun.webhooks.verify": [_WEBHOOK],
    "vlmrun.webhooks.parse": [{**_WEBHOOK, "response_model": None}],
    "vlmrun.common.image.encode_image": [{"image": "photo.png", "format": "JPEG", "quality": 90}],
    "vlmrun.common.image.encode_frame": [{"frame": np.zeros((2, 2, 3), "uint8"), "quality": 85}],
    "vlmrun.common.image.encode_video": [{"path": "clip.mp4"}],
    "vlmrun.common.pdf.pdf_images": [{"path": _PDF, "dpi": 72, "pages": [0], "backend": "pypdfium2"}],
    "vlmrun.common.utils.remote_image": [{"url": "photo.png", **_DOWNLOAD}, {"url": _PHOTO, **_DOWNLOAD}],
    "vlmrun.common.utils.download_image": [{"url": _PHOTO, **_DOWNLOAD}],
    "vlmrun.common.utils.download_artifact": [{"url": _PHOTO, "format": "file", "folder": ".", **_DOWNLOAD}],
    "vlmrun.common.webhook.verify_webhook": [
        {"raw_body": _EVENT, "signature_header": _WEBHOOK["signature"], "secret": "secret"}
    ],
    **_resource("feedback", "Feedback", _FEEDBACK),
    **_resource("datasets", "Datasets", _DATASETS),
    **_resource("fine_tuning", "Finetuning", _FINETUNING),
    **_resource("gateway", "Gateway", _GATEWAY),
    **_resource("systemone", "SystemOne", _SYSTEM_ONE),
    **_resource("predictions", "Predictions", _PREDICTIONS),
    **_resource("image", "Image", _IMAGE),
    **_resource("document", "Document", _MEDIA),
    **_resource("audio", "Audio", _MEDIA),
    **_resource("video", "Video", _MEDIA),
    "vlmrun.client.types.PredictionResponse": [{**PREDICTION, "message": None}],
    "vlmrun.client.types.PredictionResponse.field": [{"path": "total"}],
    "vlmrun.client.types.BoundingBox.in_pixels": [{"width": 100, "height": 100}],
    "vlmrun.client.types.MarkdownBox": [{"xywh": [0, 0, 1, 1]}],
    "vlmrun.client.types.MarkdownCell": [_CELL],
    "vlmrun.client.types.MarkdownDocument": [{"pages": [_PAGE]}],
    "vlmrun.client.types.MarkdownFigure": [_FIGURE],
    "vlmrun.client.types.MarkdownPage": [_PAGE],
    "vlmrun.client.types.MarkdownTable": [_TABLE],
    "vlmrun.client.types.MarkdownTable.column_names": [{"header": "id"}],
    "vlmrun.client.types.MarkdownTable.to_dataframe": [{"header": "id"}],
    "vlmrun.client.types.MarkdownTableHeader": [_COLUMN],
    "vlmrun.client.types.MarkdownTableMetadata": [_AROUND],
    "vlmrun.client.types.MediaMetadata": [{"duration": 1.5}],
    "vlmrun.client.types.AudioSegment": [_HEARD],
    "vlmrun.client.types.AudioTranscription": [{"metadata": {"duration": 1}, "segments": [_HEARD]}],
    "vlmrun.client.types.SegmentContent": [{"content": "Hi."}],
    "vlmrun.client.types.VideoSegment": [_SEEN],
    "vlmrun.client.types.VideoTranscription": [{"metadata": {"duration": 1}, "segments": [_SEEN]}],
    "vlmrun.client.types.WireModel": [{}],
    "vlmrun.client.types.AgentCreationConfig": [_CREATION, {**_CREATION, **_MODEL}],
    "vlmrun.client.types.AgentCreationResponse": [AGENT],
    "vlmrun.client.types.AgentExecutionConfig": [{**_CREATION, "mode": "agent"}, _MODEL],
    "vlmrun.client.types.AgentExecutionResponse": [EXECUTION],
    "vlmrun.client.types.AgentInfo": [AGENT],
    "vlmrun.client.types.ArtifactInfo": ARTIFACTS["items"],
    "vlmrun.client.types.CreditUsage": [dict.fromkeys(CreditUsage.model_fields)],
    "vlmrun.client.types.DatasetResponse": [DATASET],
    "vlmrun.client.types.DomainInfo": [DOMAIN],
    "vlmrun.client.types.FeedbackItem": [FEEDBACK_ITEM],
    "vlmrun.client.types.FeedbackListResponse": [FEEDBACK_LIST],
    "vlmrun.client.types.FeedbackSubmitResponse": [FEEDBACK],
    "vlmrun.client.types.FinetuningProvisionResponse": [PROVISION],
    "vlmrun.client.types.FinetuningResponse": [TUNING],
    "vlmrun.client.types.FileResponse": [FILE],
    "vlmrun.client.types.GatewayCapabilities": [GATEWAY_MODEL["capabilities"]],
    "vlmrun.client.types.GatewayModel": [GATEWAY_MODEL],
    "vlmrun.client.types.ChoiceAnswer": [DECISION["answers"]["team"]],
    "vlmrun.client.types.NoulAnswer": [DECISION["answers"]["urgent"]],
    "vlmrun.client.types.ScoreAnswer": [DECISION["answers"]["mood"]],
    "vlmrun.client.types.SystemOneModel": [DECISION_MODEL],
    "vlmrun.client.types.SystemOneResponse": [{**DECISION, "latency_ms": 12}],
    "vlmrun.client.types.SystemOneUsage": [DECISION["usage"]],
    "vlmrun.client.types.GenerationConfig": [_GENERATION, {**_GENERATION, **_MODEL}],
    "vlmrun.client.types.HubDomainInfo": [HUB_DOMAIN],
    "vlmrun.client.types.HubInfoResponse": [{"version": "0.1.35"}],
    "vlmrun.client.types.ModelInfo": [MODEL],
    "vlmrun.client.types.SchemaResponse": [SCHEMA],
    "vlmrun.types.ArtifactRef": [{"id": "img_a1b2c3"}],
    **{
        f"vlmrun.types.{module}{name}Ref": [{"id": f"{prefix}_a1b2c3"}]
        for module in ("", "refs.")
        for name, prefix in {
            "Array": "arr",
            "Audio": "aud",
            "Document": "doc",
            "Image": "img",
            "Recon": "recon",
            "Url": "url",
            "Video": "vid",
        }.items()
    },
    **{f"vlmrun.types.{name}Url": [{"url": "https://example.com"}] for name in ("Audio", "Document", "File", "Video")},
    "vlmrun.types.ImageUrl": [{"url": "https://example.com", "detail": "low"}],
    "vlmrun.types.MessageContent": [
        {
            "type": "text",
            "text": "Hello!",
            "file_id": "f",
            **{f"{kind}_url": {"url": "https://example.com"} for kind in ("audio", "file", "image", "video")},
        }
    ],
    "vlmrun.client.types.SkillDownloadResponse": [SKILL_URL],
    "vlmrun.client.types.SkillInfo": [SKILL],
    "vlmrun.client.types.RequestMetadata": [dict.fromkeys(RequestMetadata.model_fields)],
}
"""For each public callable, good arguments: the parts are named as the parameters are. Where some arguments exclude
others there are more than one."""


def _public(module: types.ModuleType) -> Iterator[tuple[str, object]]:
    """What a module has of this package, under its own name; the packages themselves only hand on what these have."""
    if module.__name__ in ("vlmrun", "vlmrun.client"):
        return
    for name in module.__all__:
        value = getattr(module, name)
        ours = str(getattr(value, "__module__", None)).partition(".")[0] == "vlmrun"
        if callable(value) and ours and getattr(value, "__name__", None) == name:
            yield f"{module.__name__}.{name}", value


# What needs an open WebSocket, a journal or a table: tests of their own have what their methods refuse.
_SESSIONS = (DecisionStream, AsyncDecisionStream, Batch, Extractor)


def _not_attacked(value: type[object]) -> str | None:
    """Why what is made by calling a class is none of the laws' business."""
    if is_protocol(value) or is_typeddict(value):
        return "a type, and nothing when it runs"
    if issubclass(value, (Exception, enum.Enum)):
        return "made by this package, or by looking it up"
    if value in (DecisionStream, AsyncDecisionStream):
        return "made by `stream`; tests/integration/test_decision_streams.py has what its methods refuse"
    if dataclasses.is_dataclass(value) or value in (Skill, AsyncPage, Configuration, RawResponse):
        return "holds whatever it is given; of a Skill that is what `dict` says"
    return None


def _methods(name: str, cls: type[object]) -> Iterator[tuple[str, object]]:
    """The public methods of a class that this package has written and that have parameters."""
    for method in dir(cls):
        value = inspect.getattr_static(cls, method)
        function = getattr(value, "__func__", value)
        ours = isinstance(function, types.FunctionType) and function.__module__.startswith("vlmrun.")
        if ours and not method.startswith("_") and len(inspect.signature(function).parameters) > 1:
            yield f"{name}.{method}", function


def attacked(modules: Mapping[str, types.ModuleType]) -> dict[str, list[str]]:
    """Everything that can be called with arguments, and the names of its parameters."""
    return {name: _parameters(value) for name, value in called(modules).items()}


def called(modules: Mapping[str, types.ModuleType]) -> dict[str, Any]:
    """Everything that can be called with arguments."""
    found: dict[str, Any] = {}
    for module in modules.values():
        for name, value in _public(module):
            if not isinstance(value, type):
                found[name] = value
                continue
            cls = cast("type[object]", value)
            if _not_attacked(cls) is None:
                found[name] = cls
            if not is_protocol(cls) and not issubclass(cls, Exception) and cls not in _SESSIONS:
                found.update(_methods(name, cls))
    return found


def _parameters(value: Callable[..., object]) -> list[str]:
    parameters = inspect.signature(value).parameters.values()
    return [p.name for p in parameters if p.name not in ("self", "cls") and p.kind is not p.VAR_KEYWORD]


def _modules() -> dict[str, types.ModuleType]:
    # The server on this machine has laws of its own.
    names = [found.name for found in pkgutil.walk_packages(vlmrun.__path__, "vlmrun.")]
    # What tests make up is theirs to choose.
    for_tests = ("vlmrun.local", "vlmrun.testing")
    # The command line has errors for people.
    public = [name for name in names if "._" not in name and name != "vlmrun.cli" and not name.startswith(for_tests)]
    return {name: importlib.import_module(name) for name in public}


MODULES = _modules()
LONGEST_FIRST = sorted(MODULES, reverse=True)
ATTACKED = attacked(MODULES)


@functools.cache
def _module_of(name: str) -> str:
    return next(module for module in LONGEST_FIRST if name.startswith(f"{module}."))


class Field:
    """Where attacks take place: clients of both colours over a fake wire, and a folder to read and write in.

    Attributes:
        sent: What was sent since the last attack began.
    """

    def __init__(self, sent: list[Sent]) -> None:
        self.sent = sent
        self._client = VLMRun(API_KEY, BASE_URL, max_retries=0)
        self._async_client = AsyncVLMRun(API_KEY, BASE_URL, max_retries=0)
        self._loop = asyncio.new_event_loop()

    def call(self, name: str, arguments: Arguments) -> object:
        """Call what has a name, and wait for what is waited for."""
        function = self._find(name)
        in_order = not _VARIADIC.isdisjoint(arguments) and not isinstance(function, type)
        parts, named = (list(arguments.values()), {}) if in_order else ([], dict(arguments))

        async def wait() -> object:
            result = function(*parts, **named)
            return await result if inspect.isawaitable(result) else result

        if "Async" in name:
            return self._loop.run_until_complete(wait())
        result = function(*parts, **named)
        return [*cast("Iterator[object]", result)] if isinstance(result, types.GeneratorType) else result

    def _find(self, name: str) -> Callable[..., object]:
        """A function or a class by its name, or the method of a resource."""
        module = _module_of(name)
        owner, _, method = name.removeprefix(f"{module}.").partition(".")
        if owner in _INSTANCES and method:
            return getattr(_INSTANCES[owner], method)  # type: ignore[no-any-return]
        if not method or owner == "Skill":
            return operator.attrgetter(name.removeprefix(f"{module}."))(MODULES[module])  # type: ignore[no-any-return]
        client = self._async_client if owner.startswith("Async") else self._client
        resource = module.rpartition(".")[2]
        path = {"systemone": "gateway.systemone"}.get(resource, resource)
        return getattr(client if resource == "client" else operator.attrgetter(path)(client), method)  # type: ignore[no-any-return]

    def close(self) -> None:
        """Close the clients and the loop."""
        self._client.close()
        self._loop.run_until_complete(self._async_client.close())
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()


_VARIADIC = {"parts", "segments"}  # parameters with a star: all arguments are then given by their order


_ADDRESS = "93.184.215.14"


def _look_up(*_: object, **__: object) -> list[tuple[object, ...]]:
    return [(0, 0, 0, "", (_ADDRESS, 443))]


def _answer(sent: Sent) -> Answer:
    is_photo = sent.url.startswith(f"https://{_ADDRESS}") or sent.url == _PHOTO
    return Answer(200, _PNG, {"content-type": "image/png"}) if is_photo else vlm_run(sent)


@pytest.fixture
def attack_field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Field]:
    """A field, in a folder of its own that has the folder of a skill."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reader").mkdir()
    (tmp_path / "reader" / "SKILL.md").write_text(_SKILL)
    (tmp_path / "photo.png").write_bytes(_PNG)
    (tmp_path / "clip.mp4").write_bytes(_MP4)
    # Every host that is no API has a photo, and an address without asking anybody.
    monkeypatch.setattr(strangers, "getaddrinfo", _look_up)
    with few_certificates(tmp_path), fake_wire(_answer) as sent:
        made = Field(sent)
        yield made
        made.close()


# The law --------------------------------------------------------------------------------------------------------------


# Where this package's errors are not the ones to expect.
OTHERS_ERRORS: dict[str, tuple[type[Exception], ...]] = {
    "vlmrun.client.types": (pydantic.ValidationError, pydantic.PydanticUserError),
    "vlmrun.types": (pydantic.ValidationError,),
    "vlmrun.client.urls": (urls.InvalidURLError,),
}


def attacks(name: str, argument: str, value: Hostile) -> list[Attack]:
    """An argument of a callable has a value, with each of the good ones for the others."""
    others_errors = OTHERS_ERRORS.get(name.rpartition(".")[0], ())
    return [Attack(argument, good, value, others_errors) for good in GOOD[name] if argument in good]


# All methods hand them to `CallOptions`; a form, a file, pages, a wait and a run are attacked, and one of the others.
OPTIONS_SPARED = tuple(
    f"{cls}.{method}"
    for cls, methods in {
        "Agent": ("get", "create", "execute", "get_by_id"),
        "Files": ("get", "delete"),
        "Executions": ("list", "get"),
        "Artifacts": ("list", "get"),
        "Models": ("list",),
        "Domains": ("list", "get_schema"),
        "Hub": ("info", "list_domains", "has_domain", "get_schema", "get_pydantic_model"),
        "Skills": ("get", "create", "update"),
        "Feedback": ("submit", "get"),
        "Datasets": ("get", "list"),
        "Finetuning": ("create", "provision", "list", "get", "list_models"),
        "Audio": ("execute", "schema", "list", "get"),
        "Image": ("execute", "schema"),
        "VLMRun": ("list_domains", "get_schema", "get_type"),
    }.items()
    for method in methods
)
ONCE = {value: name for name, value in reversed(called(MODULES).items())}.values()
"""What is attacked: a method that several classes inherit is one and the same."""

EACH = {
    name: [argument for argument in arguments if argument not in _CALL or not name.endswith(OPTIONS_SPARED)]
    for name, arguments in ATTACKED.items()
    if name in ONCE
}


@pytest.mark.parametrize("name", [name for name, arguments in EACH.items() if arguments])
def test_bad_input_is_named(name: str, attack_field: Field) -> None:
    """Every argument of every public callable can be anything: it works, or the error names the argument."""

    # Drawing a value costs more than the calls: each argument in turn gets it.
    def law(values: Sequence[Hostile]) -> None:
        for value in values:
            for argument in EACH[name]:
                for attack in attacks(name, argument, value):
                    bad_input_is_named(lambda arguments: attack_field.call(name, arguments), attack, attack_field.sent)

    law(HOSTILE)
    if not is_generated(name):
        settings(max_examples=math.ceil(settings().max_examples / AT_A_TIME) + 1)(given(TWENTY)(law))()


def is_generated(name: str) -> bool:
    """Whether a method is generated from the one of the async class, which meets what Hypothesis draws."""
    owner, _, method = name.rpartition(".")
    module, _, cls = owner.rpartition(".")
    return f"{module}.Async{cls}.{method}" in ATTACKED


@pytest.mark.parametrize("name", ATTACKED)
def test_good_arguments_are_good(name: str, attack_field: Field) -> None:
    """Without a hostile value among them, the arguments work: or the attacks would say nothing."""
    for good in GOOD[name]:
        attack_field.call(name, good)


def test_every_public_argument_is_attacked() -> None:
    """There are good arguments for each public callable, for each of its parameters, and for nothing else."""
    given = {name: {key for good in goods for key in good} for name, goods in GOOD.items()}
    assert given == {name: set(parameters) for name, parameters in ATTACKED.items()}


# The law can fail -----------------------------------------------------------------------------------------------------

Broken = Callable[[object, list[Sent]], None]


def looks_it_up(limit: object, _: list[Sent]) -> None:
    """A KeyError from inside."""
    names: dict[object, str] = {10: "ten"}
    names.pop(limit)


def asserts(limit: object, _: list[Sent]) -> None:
    """An AssertionError from inside."""
    assert isinstance(limit, int)


def says_no(limit: object, _: list[Sent]) -> None:
    """An error that names nothing."""
    if not isinstance(limit, int):
        raise InputError("That cannot be used.", suggestion="pass another limit.")


def names_a_longer_word(limit: object, _: list[Sent]) -> None:
    """An error that has the letters of the name in another word."""
    if not isinstance(limit, int):
        raise InputError("It is unlimited.")


def sends_first(limit: object, sent: list[Sent]) -> None:
    """Finds out when it is too late."""
    sent.append(Sent("GET", BASE_URL, (), b""))
    if not isinstance(limit, int):
        raise InputError("limit must be an int.")


def loses_the_cause(limit: object, _: list[Sent]) -> None:
    """Says nothing of what the caller's code raised."""
    try:
        str(limit)
    except Theirs:
        raise InputError("limit cannot be read.") from None


def refuses(limit: object, _: list[Sent]) -> None:
    """As it should be."""
    if isinstance(limit, bool) or not isinstance(limit, int):
        raise InputError("limit must be an int.")


def _breaks(function: Broken) -> bool:
    sent: list[Sent] = []

    def law(value: Hostile) -> None:
        attack = Attack("limit", {"limit": 10}, value)
        bad_input_is_named(lambda arguments: function(arguments["limit"], sent), attack, sent)

    return breaks(law, st.one_of(st.sampled_from(HOSTILE), drawn()), Exception)


@pytest.mark.parametrize("broken", [looks_it_up, asserts, says_no, names_a_longer_word, sends_first, loses_the_cause])
def test_broken_functions_are_found(broken: Broken) -> None:
    """The law fails for a function that lets something else out, names nothing, sends first or loses a cause."""
    assert _breaks(broken)


def test_a_function_that_refuses_is_not_found() -> None:
    """The law holds for a function that refuses all that it cannot use, and says what."""
    assert not _breaks(refuses)


def test_a_function_that_is_new_is_found() -> None:
    """A public function, class or method that is added later is attacked, or missed in `GOOD`."""
    module = types.ModuleType("vlmrun.new")
    text = """
__all__ = ["New", "function"]
class New:
    def __init__(self, made): ...
    def method(self, one, *more, other=5, **rest): ...
    def nothing(self): ...
def function(given): ...
"""
    exec(text, vars(module))  # noqa: S102  # it is a literal of this file
    vars(module)["__name__"] = module.__name__
    for value in (module.New, module.function, module.New.method, module.New.nothing):
        value.__module__ = module.__name__
    assert attacked({module.__name__: module}) == {
        "vlmrun.new.New": ["made"],
        "vlmrun.new.New.method": ["one", "more", "other"],
        "vlmrun.new.function": ["given"],
    }


# Nothing is lost ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "argument", "rest"),
    [
        ("vlmrun.content.image", "source", {"media_type": "png"}),
        ("vlmrun.content.image", "source", {"detail": "very"}),
        ("vlmrun.content.image", "source", {"media_type": "video/mp4"}),
        ("vlmrun.content.video", "source", {}),
        ("vlmrun.content.audio", "source", {"media_type": 5}),
        ("vlmrun.content.document", "source", {}),
        ("vlmrun.content.file", "source", {"media_type": "csv"}),
        ("vlmrun.content.document_pages", "source", {"dpi": 0}),
        ("vlmrun.content.document_pages", "source", {}),
        ("vlmrun.client.files.Files.upload", "file", {"method": "by post"}),
        ("vlmrun.client.files.Files.upload", "file", {"purpose": 5}),
        ("vlmrun.client.files.AsyncFiles.upload", "file", {"expiration": 0}),
        ("vlmrun.client.files.AsyncFiles.upload", "file", {"filename": 5}),
    ],
)
def test_a_file_that_is_refused_stays_where_it_is(
    name: str, argument: str, rest: Arguments, attack_field: Field, tmp_path: Path
) -> None:
    """After an argument was refused, an open file of the caller's is open, and stands where it stood."""
    path = tmp_path / "picture"
    path.write_bytes(b"before" + _PNG)
    with path.open("rb") as file:
        file.seek(len(b"before"))
        with pytest.raises(InputError):
            attack_field.call(name, {argument: file, **rest})
        assert not file.closed
        assert file.tell() == len(b"before")
    assert attack_field.sent == []


@pytest.mark.parametrize("colour", ["", "Async"])
@pytest.mark.parametrize("mode", ["chat", "execution"])
def test_inputs_that_can_be_used_once_are_sent_whole(colour: str, mode: str, attack_field: Field) -> None:
    """What is checked before it is sent is still there when it is sent, also where it can be used only once."""
    once = {"type": "text", "text": "Hello!", "more": (number for number in range(3))}
    arguments = {"prompt": "Read it.", "mode": mode, "inputs": (part for part in [once])}
    attack_field.call(f"vlmrun.client.agent.{colour}Agent.run", arguments)
    body = attack_field.sent[0].json()
    part = body["messages"][0]["content"][0] if mode == "chat" else body["inputs"]["files"][0]
    assert part == {"type": "text", "text": "Hello!", "more": [0, 1, 2]}


@pytest.mark.parametrize("colour", ["", "Async"])
@pytest.mark.parametrize("mode", ["chat", "execution"])
def test_inputs_that_break_off_are_not_sent(colour: str, mode: str, attack_field: Field) -> None:
    """What a generator of inputs raises comes through untouched, and nothing has been sent of what it gave before."""
    arguments = {"prompt": "Read it.", "mode": mode, "inputs": generator_that_raises()}
    with pytest.raises(Theirs):
        attack_field.call(f"vlmrun.client.agent.{colour}Agent.run", arguments)
    assert attack_field.sent == []


@pytest.mark.parametrize("colour", ["", "Async"])
def test_a_response_model_without_fields_is_what_is_wrong(colour: str, attack_field: Field) -> None:
    """`BaseModel` itself is refused as the response model, and not as something else that is checked with it."""
    arguments = {"prompt": "Read it.", "response_model": pydantic.BaseModel}
    with pytest.raises(InputError, match=r"^response_model must be"):
        attack_field.call(f"vlmrun.client.agent.{colour}Agent.run", arguments)


def test_a_base_url_that_is_too_long_to_be_sent_is_refused_at_once() -> None:
    """What httpx2 would refuse when the first call is made, in words of its own, is refused where it is said."""
    with pytest.raises(ConfigurationError, match="base_url cannot be used: it has more than 2,048 characters"):
        VLMRun(API_KEY, f"{BASE_URL}/{'a' * 70_000}")
