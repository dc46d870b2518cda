"""What a prediction is made from: its inputs, opened, and the agent that it names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vlmrun.local._answers.usage import credit_usage
from vlmrun.local._inputs.contents import Opener, Source
from vlmrun.local._media.facts import Fact, PDFFact, TextFact
from vlmrun.local._requests.generation import GenerationConfig
from vlmrun.local._requests.predictions import FileExecution, FileSource, ImageExecution, ImageSource
from vlmrun.local._store.file_store import FileStore
from vlmrun.local._store.records import Agent
from vlmrun.local._store.store import Store
from vlmrun.local._wire.errors import Problem, RefusalError

__all__ = ["Received", "agent_config", "called_agent", "receive"]


def called_agent(store: Store, request: ImageExecution | FileExecution) -> Agent:
    """The agent that a request names.

    Raises:
        RefusalError: 404, there is none.
    """
    agent = store.agent_by_name(request.name if ":" in request.name else f"{request.name}:{request.version}")
    if agent is None:
        raise RefusalError(404, "Agent not found.")
    return agent


def agent_config(agent: Agent, request: ImageExecution | FileExecution) -> GenerationConfig:
    """The config of a request; what it leaves out is what the agent was created with."""
    config = request.settings
    schema = agent.json_schema if config.json_schema is None else config.json_schema
    return config.model_copy(update={"prompt": config.prompt or agent.prompt, "json_schema": schema})


@dataclass(frozen=True)
class Received:
    """The inputs of a request."""

    sources: Sequence[Source]
    """Images, or a file."""
    facts: Sequence[Fact]
    """Of the sources, with the prompt."""
    pages: Sequence[int]
    """The pages of a PDF that are read."""
    usage: dict[str, object]
    """What the answer is said to have used."""


def receive(files: FileStore, request: ImageSource | FileSource, config: GenerationConfig, kind: str) -> Received:
    """Open the inputs of a request.

    Args:
        files: Where uploaded files are kept.
        request: What was asked.
        config: How the answer is generated.
        kind: What a file should be: `file`, `audio` or `video`.

    Raises:
        RefusalError: 422, an input does not open, or has no such page; 404, there is no file of an id.
    """
    opener = Opener(files)
    if isinstance(request, ImageSource):
        urls = enumerate(request.images)
        sources = [opener.source(url, None, "image", ("body", "images", index)) for index, url in urls]
    else:
        place = "url" if request.file_id is None else "file_id"
        sources = [opener.source(request.url, request.file_id, kind, ("body", place))]
    prompt = [] if config.prompt is None else [TextFact(config.prompt)]
    found = [source.fact for source in sources]
    pages = _pages(found[0], config)
    # Only the pages that are read are counted.
    counted = [replace(fact, pages=len(pages)) if isinstance(fact, PDFFact) else fact for fact in found]
    return Received(sources, [*prompt, *found], pages, credit_usage(counted))


def _pages(fact: Fact, config: GenerationConfig) -> Sequence[int]:
    count = fact.pages if isinstance(fact, PDFFact) else 0
    indices = config.page_indices
    if indices is None or not isinstance(fact, PDFFact):
        return range(count)
    beyond = next((index for index in indices if index >= count), None)
    if beyond is not None:
        message = f"There is no page {beyond}: this PDF has {count}, counted from 0"
        raise RefusalError(422, [Problem(("body", "config", "page_indices"), message, "page_out_of_range")])
    return indices
