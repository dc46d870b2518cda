"""What a decision of System One is about, as it is sent: a state in JSON, and images or a PDF as parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias, cast

from vlmrun._arguments.checks import as_json, is_list, require_int, require_text, type_name
from vlmrun._arguments.discretion import discreet_errors
from vlmrun._inputs import sources
from vlmrun._inputs.parts import ImageSource, check_detail, image
from vlmrun._inputs.reading import check_size, file_name, naming
from vlmrun.client.exceptions import InputError

__all__ = [
    "DEFAULT_DECISION_MODEL",
    "Detail",
    "ReasoningEffort",
    "content_on_wire",
    "image_on_wire",
    "settings_on_wire",
]

DEFAULT_DECISION_MODEL = "google/diffusiongemma-26b-a4b-it"
Detail: TypeAlias = Literal["auto", "low", "high"]
"""The level of detail at which images and pages are read."""
ReasoningEffort: TypeAlias = Literal["none", "minimal", "low", "medium", "high"] | str
"""How long a model may think before it answers. Open: other values are accepted."""

_MOST_IMAGES = 8
_MOST_IMAGE_BYTES = 5 << 20
_SMALLER = "pass content.image(..., max_pixels=...), or a smaller image."


def settings_on_wire(steps: object, samples: object, reasoning_effort: object) -> dict[str, object]:
    """The settings of a decision that are set.

    Raises:
        InputError: One of them cannot be used.
    """
    if steps is not None:
        require_int("steps", steps, 1, 8, "omit it for the server's default.")
    if samples is not None:
        require_int("samples", samples, 1, 32, "omit it for the server's default.")
    if reasoning_effort is not None:
        require_text("reasoning_effort", reasoning_effort, 'pass "low", or omit it.')
    given = {"steps": steps, "samples": samples, "reasoning_effort": reasoning_effort}
    return {name: value for name, value in given.items() if value is not None}


def content_on_wire(images: object, document: object, text: object, detail: object) -> list[object] | None:
    """The parts of a decision; `None` if there are none.

    Raises:
        InputError: An argument cannot be used.
    """
    parts: list[object] = []
    if document is not None:
        parts.append(_document(document, detail))
    if images is not None:
        if not is_list(images):
            raise InputError(f"images must be a list, not {type_name(images)}.", suggestion="pass a list of images.")
        if len(images) > _MOST_IMAGES:
            raise InputError(
                f"images has {len(images)} images; a decision reads at most {_MOST_IMAGES}.",
                suggestion="decide about the rest in another call.",
            )
        parts += [image_on_wire(f"images[{index}]", source, detail) for index, source in enumerate(images)]
    texts = [text] if isinstance(text, str) else text if text is not None else []
    if not is_list(texts):
        raise InputError(f"text must be a str or a list, not {type_name(text)}.", suggestion="pass a str.")
    hint = 'pass text such as "Page 2.".'
    parts += [{"type": "text", "text": require_text(f"text[{index}]", item, hint)} for index, item in enumerate(texts)]
    return parts or None


def image_on_wire(argument: str, source: object, detail: object) -> object:
    """The part of an image, which is sent with its bytes.

    Args:
        argument: The name of the argument, for errors.
        source: A path, bytes, an open file, a Pillow image, an array, or the part that `content.image` has made.
        detail: The level of detail, or `None` for the server's default.

    Raises:
        InputError: It cannot be read, is too large, or is the URL of an image elsewhere.
    """
    part = _image(argument, source, detail)
    image_url = part.get("image_url")
    url = cast("dict[str, object]", image_url).get("url") if isinstance(image_url, dict) else None
    if not (isinstance(url, str) and url[:5].lower() == "data:"):
        raise InputError(
            f"{argument} is not an image with its bytes; System One fetches no URL.",
            suggestion="download it, and pass the bytes.",
        )
    check_size(len(url) // 4 * 3, _MOST_IMAGE_BYTES, _SMALLER)
    return part


def _image(argument: str, source: object, detail: object) -> Mapping[str, object]:
    if isinstance(source, Mapping):
        part = as_json(argument, cast("Mapping[str, object]", source))
        return part if isinstance(part, dict) else {}
    # Casts: callers without a type checker may pass anything, and it checks what they pass.
    with naming(argument):
        made = image(cast("ImageSource", source), detail=cast("Detail | None", detail))
    return cast("Mapping[str, object]", made)


def _document(source: object, detail: object) -> object:
    """The part of a PDF: the server fetches it if it is a URL."""
    check_detail(detail)
    with discreet_errors(), naming("document"):
        url = sources.url("document", source, None)
        name = None if sources.is_url(source) else file_name(source)
    if url[:5].lower() == "data:" and not url[:21].lower() == "data:application/pdf;":
        raise InputError("document must be a PDF.", suggestion="convert it to PDF first, or pass its text.")
    file = {"filename": name, "file_data": url, "detail": detail}
    return {"type": "file", "file": {key: value for key, value in file.items() if value is not None}}
