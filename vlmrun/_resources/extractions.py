"""A prediction: the request from what a user passes, and the answer as the type that was asked for."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard, TypeVar

from pydantic import BaseModel, JsonValue

from vlmrun._arguments.checks import is_list, optional_text, require_bool, require_text, type_name
from vlmrun._arguments.discretion import discreet_errors
from vlmrun._arguments.validation import model_as_json
from vlmrun._http.call import Call
from vlmrun._inputs.addresses import check_http_url, looks_like_url
from vlmrun._inputs.reading import is_bytes, is_path, naming, opened
from vlmrun._inputs.sources import MAX_INLINE_BYTES
from vlmrun._resources.outputs import output_of_response
from vlmrun._resources.schemas import answer_schema, require_model, type_call
from vlmrun.client.exceptions import InputError
from vlmrun.client.types import (
    AudioTranscription,
    GenerationConfig,
    MarkdownDocument,
    PredictionResponse,
    RequestMetadata,
    VideoTranscription,
)
from vlmrun.client.types._predictions import with_response

if TYPE_CHECKING:
    from vlmrun._inputs.options import AgentMetadata, GenerationOptions

__all__ = [
    "Extraction",
    "execution",
    "extraction",
    "generation",
    "image_sources",
    "image_url",
    "is_large",
    "prompt_hint",
    "read_answer",
    "remote_file",
    "require_instructions",
    "tuned_sources",
    "video_url",
]

M = TypeVar("M", bound=BaseModel)

DOMAIN_MODELS: Mapping[str, type[BaseModel]] = {
    "document.markdown": MarkdownDocument,
    "audio.transcription": AudioTranscription,
    "video.transcription": VideoTranscription,
}
"""The models of the domains whose answers have one."""


@dataclass(frozen=True, repr=False)  # it holds documents
class Extraction:
    """What `generate` and `execute` send beside the source, and how the answer is read."""

    body: Mapping[str, object]
    """The members of the request without the source."""
    batch: bool
    """Whether the call returns at once."""
    answer_model: type[BaseModel] | None
    """The model of the answer; `None` for JSON."""
    type_call: Call[type[BaseModel]] | None = None
    """The call that gets the model of the answer, in place of `answer_model`."""


def generation(domain: object, model: object) -> dict[str, str | None]:
    """What `generate` says of itself in a request.

    Raises:
        InputError: An argument cannot be sent.
    """
    hint = "pass the name of a model, such as vlm-1."
    return {"model": require_text("model", model, hint), "domain": optional_text("domain", domain)}


def execution(name: object, version: object) -> dict[str, str | None]:
    """What `execute` says of itself in a request.

    Raises:
        InputError: An argument cannot be sent.
    """
    return {
        "name": require_text("name", name, "pass the name of the prediction to run."),
        "version": require_text("version", version, "pass a version, or omit it for the latest."),
    }


def extraction(
    body: Mapping[str, str | None],
    *,
    batch: object,
    config: GenerationConfig | GenerationOptions | None,
    metadata: RequestMetadata | AgentMetadata | None,
    callback_url: object,
    autocast: object,
    response_model: type[BaseModel] | None,
) -> Extraction:
    """The request of `generate` or `execute`, without its source.

    Raises:
        InputError: An argument cannot be sent.
    """
    domain = body.get("domain")
    if "domain" in body and domain is None and config is None and response_model is None:
        raise InputError(
            "domain is missing.", suggestion='pass domain="document.invoice" or the like, or skills in config=...'
        )
    require_bool("batch", batch)
    require_bool("autocast", autocast)
    require_model(response_model)
    answer_model = response_model or (DOMAIN_MODELS.get(domain or "") if not _has_schema(config) else None)
    rest = {
        "batch": batch,
        "config": _config(config, response_model),
        "metadata": model_as_json("metadata", RequestMetadata, metadata),
        "callback_url": optional_text("callback_url", callback_url),
    }
    type_of_domain = None
    if autocast and answer_model is None:
        if domain is None:
            raise InputError("autocast requires a domain.", suggestion="pass the class: response_model=Invoice.")
        type_of_domain = None if batch else type_call(("schema",), domain, config)
    return Extraction({**body, **rest}, batch is True, answer_model, type_of_domain)


def _has_schema(config: object) -> bool:
    """Whether a configuration replaces the schema of the domain."""
    names = ("json_schema", "response_model")
    if _is_object(config):
        return any(name in config for name in names)
    return any(getattr(config, name, None) is not None for name in names)


def _config(config: object, response_model: type[BaseModel] | None) -> JsonValue:
    """The configuration as it is sent. A key that no configuration has is a mistake."""
    given: object = config.model_extra if isinstance(config, GenerationConfig) else config
    if _is_object(given):
        unknown = [str(key) for key in given if key not in GenerationConfig.model_fields]
        if unknown:
            raise InputError(
                f"config has no field {unknown[0]!r}.",
                suggestion='see GenerationConfig; for newer fields, pass all of them in extra_body={"config": {...}}.',
            )
    found = model_as_json("config", GenerationConfig, config)
    if response_model is None:
        return found
    if _has_schema(config):
        raise InputError("response_model and the schema of config say the same thing.", suggestion="pass one of them.")
    schema = answer_schema(None, response_model)
    return {**(found if isinstance(found, dict) else {}), "json_schema": schema}


# Sources --------------------------------------------------------------------------------------------------------------


def image_sources(images: object, urls: object) -> Sequence[object]:
    """The images of a request: exactly one of the two arguments has them.

    Raises:
        InputError: Both are given, or neither, or an argument is no list.
    """
    if (images is None) == (urls is None):
        wrong = "images and urls are both given" if images is not None else "images and urls are both missing"
        raise InputError(f"{wrong}.", suggestion="pass images=[...], or urls=[...].")
    name, given = ("images", images) if images is not None else ("urls", urls)
    if not is_list(given) or not given:
        wrong = "is empty" if is_list(given) else f"must be a list, not {type_name(given)}"
        raise InputError(f"{name} {wrong}.", suggestion=f"pass a list: {name}=[...].")
    if name == "urls":
        for index, url in enumerate(given):
            if not (isinstance(url, str) and re.match(r"https?:", url, re.IGNORECASE)):
                raise InputError(
                    f"urls[{index}] must be an http: or https: URL.", suggestion="pass anything else in images=[...]."
                )
            check_http_url(url, f"urls[{index}]", "pass a URL such as https://example.com/page.png.")
    return given


def image_url(index: int, source: object) -> str:
    """The URL of an image that is sent with the request.

    Raises:
        InputError: It is no image, or cannot be read.
    """
    from vlmrun._inputs import parts  # here, because URLs and large images need none of it

    where = f"images[{index}]"
    try:
        with naming(where):
            part: object = source if _is_object(source) else parts.image(source)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # it checks what it is
    except InputError as error:
        raise type(error)(error.message, suggestion=_for_predictions(error.suggestion)) from error
    image = part.get("image_url") if _is_object(part) else None
    url = image.get("url") if _is_object(image) else None
    if not isinstance(url, str):
        raise InputError(f"{where} is a part that is no image.", suggestion="pass content.image(...), or the image.")
    return url


def video_url(index: int, source: object) -> str:
    """The URL of a video that is sent with the request.

    Raises:
        InputError: It is no video, or cannot be read, or is too large.
    """
    from vlmrun._inputs import parts  # here, because few requests need it

    where = f"videos[{index}]"
    with naming(where):
        part: object = parts.video(source)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # it checks what it is
    video = part.get("video_url") if _is_object(part) else None
    return str(video["url"]) if _is_object(video) else ""


def tuned_sources(images: object, videos: object) -> tuple[Sequence[object], Sequence[object]]:
    """The images and videos for a fine-tuned model.

    Raises:
        InputError: There are none, or more than the model takes, or an argument is no list.
    """
    found: list[Sequence[object]] = []
    for name, given, most in (("images", images, 16), ("videos", videos, 1)):
        if given is not None and not is_list(given):
            raise InputError(
                f"{name} must be a list, not {type_name(given)}.", suggestion=f"pass a list: {name}=[...]."
            )
        found.append(given or ())
        if len(found[-1]) > most:
            raise InputError(f"{name} has more than {most}.", suggestion="make several calls.")
    if not found[0] and not found[1]:
        raise InputError("images or videos is required; got none.", suggestion="pass a list: images=[...].")
    return found[0], found[1]


def require_instructions(request: Extraction) -> None:
    """Raise `InputError` unless the configuration has what a fine-tuned model requires."""
    config = request.body.get("config")
    for name, others in (("prompt", ""), ("json_schema", " or response_model")):
        if not (_is_object(config) and config.get(name) is not None):
            raise InputError(
                f"config.{name}{others} is required.",
                suggestion='pass config={"prompt": ..., "json_schema": ...}, or response_model=... for the schema.',
            )


def _for_predictions(suggestion: str | None) -> str | None:
    """What to do with an image that `content.image` would not take, where it is the image of a prediction."""
    other = re.search(r"content\.(document|audio|video)\b", suggestion or "")
    if other is not None:
        return f"pass it to client.{other[1]}.generate(file=...)."
    if suggestion is not None and "media_type=" in suggestion:
        return 'pass content.image(..., media_type="image/png"), or the type that it is.'
    return suggestion


def prompt_hint(name: object) -> str | None:
    """What to do where the name of a stored prediction looks like a prompt."""
    if isinstance(name, str) and " " in name.strip():
        return "pass a prompt to client.agent.run(...): the first argument is the name of a stored prediction."
    return None


def is_large(source: object) -> bool:
    """Whether an image is too large for a request, so that it is uploaded first."""
    try:
        return _size(source) > MAX_INLINE_BYTES
    except (InputError, OSError, ValueError):  # what is wrong with it is said when it is read
        return False


def _size(source: object) -> int:
    """How many bytes an image has; 0 for what is not in bytes, and for a file that cannot tell."""
    if is_bytes(source):
        return memoryview(source).nbytes
    if _is_object(source) or (isinstance(source, str) and looks_like_url(source)):
        return 0
    if is_path(source):
        return os.stat(source).st_size
    with opened("image", source, "an image") as stream:
        start = stream.position()
        if start is None:
            return 0
        size = stream.seek(0, os.SEEK_END) - start
        stream.seek(start)
        return size


def remote_file(file: object, url: object) -> Mapping[str, str] | None:
    """The source of a request that needs no upload; `None` where `file` has to be uploaded.

    A `str` that names no file here and looks like an id is an id.

    Raises:
        InputError: Both are given, or neither, or the URL cannot be fetched.
    """
    if (file is None) == (url is None):
        wrong = "file and url are both given" if file is not None else "file and url are both missing"
        raise InputError(f"{wrong}.", suggestion="pass file=..., or url=...")
    if url is not None:
        hint = "pass a URL such as https://example.com/invoice.pdf; pass a file as file=..."
        address = require_text("url", url, hint)
        check_http_url(address, "url", hint)
        return {"url": address}
    if isinstance(file, str) and looks_like_url(file):
        raise InputError("file is a URL.", suggestion="pass it as url=...")
    known: object = file if isinstance(file, str) else getattr(file, "id", None)
    if isinstance(known, str) and re.fullmatch(r"[A-Za-z0-9_-]+", known) and not os.path.exists(known):
        return {"file_id": known}
    return None


def _is_object(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, Mapping)


# Answers --------------------------------------------------------------------------------------------------------------


def read_answer(prediction: PredictionResponse, model: type[M]) -> PredictionResponse[M]:
    """A completed prediction with its answer as a model.

    Raises:
        OutputValidationError: The answer does not match the model.
    """
    with discreet_errors():
        return with_response(prediction, output_of_response(prediction.response, model, prediction))
