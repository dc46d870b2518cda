"""The answers of the domains that have one of their own: documents as Markdown, and transcriptions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from vlmrun.local._answers.json_schema import Schema
from vlmrun.local._inputs.contents import Source
from vlmrun.local._media.facts import ImageFact, PDFFact
from vlmrun.local._media.pdf import page_texts
from vlmrun.local._media.sound import seconds_of
from vlmrun.local._wire.json_values import json_list, json_object

__all__ = ["BODIES", "Material", "selected"]


@dataclass(frozen=True)
class Material:
    """What an answer is made of."""

    sources: Sequence[Source]
    """What arrived."""
    pages: Sequence[int]
    """Which pages of a PDF to read, from 0."""
    spoken: str
    """The answer in words."""


def _markdown(material: Material) -> dict[str, object]:
    return {"pages": [page for source in material.sources for page in _pages(source, material)]}


def _pages(source: Source, material: Material) -> list[dict[str, object]]:
    if isinstance(source.fact, PDFFact) and source.content is not None:
        # The text is really that of the pages; nothing here can tell a table from it.
        return [_page(text) for text in page_texts(source.content.read(), material.pages)]
    if isinstance(source.fact, ImageFact):
        figure = {"id": 0, "caption": source.fact.describe()}
        return [{**_page(f'{material.spoken}\n\n<Figure id="fg-0"/>'), "figures": [figure]}]
    return [_page(material.spoken)]


def _page(content: str) -> dict[str, object]:
    return {"content": content, "tables": [], "figures": []}


def _audio(material: Material) -> dict[str, object]:
    seconds = _duration(material)
    segment = {"start_time": 0.0, "end_time": seconds, "content": material.spoken}
    return {"metadata": {"duration": seconds}, "segments": [segment]}


def _video(material: Material) -> dict[str, object]:
    seconds = _duration(material)
    told = {"content": material.spoken}
    segment = {"start_time": 0.0, "end_time": seconds, "audio": told, "video": told}
    return {"metadata": {"duration": seconds}, "segments": [segment]}


def _duration(material: Material) -> float:
    """The length in seconds where it is known, which is that of WAV files, else 0."""
    content = material.sources[0].content
    if content is None:
        return 0.0
    with content.open() as opened:
        return round(seconds_of(opened) or 0.0, 3)


BODIES: Mapping[str, Callable[[Material], dict[str, object]]] = {
    "document.markdown": _markdown,
    "audio.transcription": _audio,
    "video.transcription": _video,
}
"""By domain."""


def selected(body: object, schema: Schema) -> object:
    """What a schema, reduced to some fields, names of a body."""
    properties = json_object(schema.get("properties"))
    items, members = json_list(body), json_object(body)
    if items:
        return [selected(item, json_object(schema.get("items"))) for item in items]
    if not members or not properties:
        return body
    return {name: selected(item, json_object(properties[name])) for name, item in members.items() if name in properties}
