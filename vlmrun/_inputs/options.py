"""VLM Run's own fields of a chat, typed for editors and type checkers. At run time they are plain values."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias, cast, get_args

from typing_extensions import TypedDict  # pydantic refuses that of typing on Python 3.10 and 3.11

from vlmrun._arguments.checks import require_names
from vlmrun._inputs.skills import Skill
from vlmrun._lifetimes.names import later
from vlmrun.client.exceptions import InputError

if TYPE_CHECKING:
    from pydantic import BaseModel
else:
    BaseModel = later("pydantic", "BaseModel")

__all__ = [
    "DEFAULT_MODEL",
    "AgentMetadata",
    "AgentModel",
    "AgentOptions",
    "AgentToolset",
    "Environment",
    "GatewayOptions",
    "GenerationOptions",
    "toolsets",
]

DEFAULT_MODEL: str = "vlmrun-orion-1:auto"
"""The default model of native calls that run agents."""

# Closed, because it is only sent: a checker catches typos. Pass a newer toolset in a plain dict.
AgentToolset: TypeAlias = Literal["core", "image", "image-gen", "world-gen", "viz", "document", "video", "web"]
"""A set of tools that an agent may use."""
Environment: TypeAlias = Literal["dev", "staging", "prod"] | str
"""The environment stored with a request. Open: other values are accepted."""


class AgentModel(str, enum.Enum):
    """The known models of VLM Run's agents.

    Each member is the `str` that is sent. Every `model` parameter also accepts any other `str`.
    """

    ORION_1 = "vlmrun-orion-1"
    ORION_1_LITE = "vlmrun-orion-1:lite"
    ORION_1_FAST = "vlmrun-orion-1:fast"
    ORION_1_AUTO = "vlmrun-orion-1:auto"
    ORION_1_PRO = "vlmrun-orion-1:pro"
    ORION_2 = "vlmrun-orion-2"
    ORION_2_FAST = "vlmrun-orion-2:fast"
    ORION_2_AUTO = "vlmrun-orion-2:auto"
    ORION_2_PRO = "vlmrun-orion-2:pro"

    # Without it, an f-string has the plain name on one Python and `AgentModel.ORION_1` on another.
    __str__ = str.__str__


class GatewayOptions(TypedDict, total=False):
    """The gateway's own fields of a request, for OpenAI's `extra_body`, with every field type-checked.

    ```python
    client.gateway.completions.create(..., extra_body=GatewayOptions(method="ocr", document_pages=[0, 1]))
    ```

    At run time it is a plain dict. Which fields a model accepts is in its `extra_body_help`: `client.gateway.models()`.
    Omitted fields have the defaults of the gateway. Pass newer fields in a plain dict, too.

    HTTP: fields of `POST {gateway}/openai/chat/completions`.
    """

    method: str
    """The preset of the task, one of the `methods` of the model."""
    method_params: Mapping[str, object]
    """Parameters of the preset."""
    llm: Mapping[str, object]
    """Options of the language model behind the preset."""
    document_dpi: int
    """The resolution at which pages are rendered, in dots per inch, up to 400."""
    document_max_pages: int
    """Maximum number of pages to read."""
    document_pages: Sequence[int | str | Sequence[int]] | str
    """The pages to read, counted from 0; a range excludes its end."""
    image_resolution: int | str
    """The size in pixels that images are scaled to, such as 448 or `448x448`."""
    video_fps: float
    """Number of frames to read per second of video."""
    video_max_frames: int
    """Maximum number of frames to read."""
    video_resolution: str
    """The size in pixels that frames are scaled to, such as `640x480`."""
    precision: int
    """From 1 to 8."""
    url: str
    """The URL of the audio to transcribe, instead of OpenAI's `file`."""


def toolsets(names: Sequence[str]) -> list[AgentToolset]:
    """Check the names of toolsets, such as those of a configuration, and return them with the type of `toolsets=`.

    ```python
    client.agent.run("Read it.", toolsets=options.toolsets(settings["toolsets"]))
    ```

    Args:
        names: The names, such as `["image", "web"]`.

    Raises:
        InputError: A name is not that of a known toolset. Pass a newer toolset in a plain dict.
    """
    require_names("names", names)
    known = get_args(AgentToolset)
    for index, name in enumerate(names):
        if name not in known:
            raise InputError(
                f"names[{index}] is not a known toolset: {name!r}.", suggestion=f"pass some of {', '.join(known)}."
            )
    return cast("list[AgentToolset]", list(names))


class AgentMetadata(TypedDict, total=False):
    """Metadata stored with a chat. The server's defaults apply to omitted fields."""

    environment: Environment
    """`dev`, `staging` or `prod`."""
    session_id: str
    """Your own id for a group of chats."""
    allow_training: bool
    """Whether VLM Run may train on the chat."""


class AgentOptions(TypedDict, total=False):
    """VLM Run's own fields of a chat, for OpenAI's `extra_body`, with every field type-checked.

    ```python
    client.agent.completions.create(..., extra_body=AgentOptions(toolsets=["image"], session_id="..."))
    ```

    `create`, `parse` and `stream` all accept it. At run time it is a plain dict. Pass newer fields or toolsets in a
    plain dict, too: `extra_body={"toolsets": ["new"]}`.

    HTTP: fields of [`POST /openai/chat/completions`](https://docs.vlm.run/api-reference/v1/post-chat-completions).
    """

    toolsets: Sequence[AgentToolset]
    """The toolsets that the agent may use."""
    skills: Sequence[Skill]
    """The skills that the agent may use."""
    session_id: str
    """The id of the chat to continue, a UUID. `client.artifacts` takes the same id."""
    models: Sequence[str]
    """Models whose tools the agent may use, such as `depth-anything-3`."""
    metadata: AgentMetadata
    """Metadata stored with the chat. It replaces OpenAI's parameter of the same name."""
    preview: bool
    """If `False`, the answer contains ids of artifacts, which `client.artifacts` takes with the `session_id`."""


class GenerationOptions(TypedDict, total=False):
    """The configuration of a prediction, as a dict with every key type-checked; `GenerationConfig` is the model.

    ```python
    client.document.generate(file=Path("invoice.pdf"), domain="document.invoice", config={"grounding": True})
    ```
    """

    prompt: str
    """Instructions in addition to those of the domain."""
    json_schema: Mapping[str, object]
    """The JSON schema that answers must match, in place of the domain's."""
    response_model: type[BaseModel]
    """A pydantic model instead of `json_schema`, which is derived from it. It is not sent."""
    gql_stmt: str
    """A GraphQL statement that selects fields of the domain's schema."""
    max_retries: int
    """How many times the server retries the generation."""
    max_tokens: int
    """Maximum number of tokens to generate."""
    temperature: float
    """Sampling temperature."""
    detail: Literal["auto", "lo", "hi"] | str
    """Resolution at which inputs are read: `auto`, `lo` or `hi`."""
    confidence: bool
    """Whether to add a confidence to each field."""
    grounding: bool
    """Whether to add to each field its location in the input."""
    keyframes: bool
    """Whether to return key frames of a video."""
    video_segment_duration: float
    """Length of the segments that a video is divided into, in seconds."""
    video_frames_per_segment: int
    """Number of frames to read from each segment."""
    page_indices: Sequence[int]
    """The pages of a document to read, counted from 0."""
    service_tier: Literal["auto", "default", "standard", "flex", "priority"] | str
    """The priority, and the price, of the work."""
    skills: Sequence[Skill]
    """Skills to use, which may replace the domain."""
