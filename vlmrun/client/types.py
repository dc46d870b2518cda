"""The wire: what VLM Run's API takes and gives, as pydantic models.

Tolerant, because a server grows faster than its clients: fields that are not named here are kept (as attributes and in
`model_extra`), and the enumerations are open, so that a new status is a value and not an error.

Source: API.md §3.6 (agents and executions), §7 (shared objects), §9 (enumerations).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from typing_extensions import Self

from vlmrun.options import AgentToolset, Environment
from vlmrun.skills import Skill

__all__ = [
    "AgentCreationConfig",
    "AgentCreationResponse",
    "AgentExecutionConfig",
    "AgentExecutionResponse",
    "AgentInfo",
    "AgentSkill",
    "AgentToolset",
    "ArtifactInfo",
    "ArtifactSource",
    "CreditUsage",
    "Environment",
    "ExecutionMode",
    "FilePurpose",
    "FileResponse",
    "JobStatus",
    "RequestMetadata",
    "ServiceTier",
    "WireModel",
]

# Open enumerations: the literals are what is known, for people and IDEs; `str` is what may come or be sent as well.
JobStatus: TypeAlias = Literal["enqueued", "pending", "running", "completed", "failed", "paused", "cancelled"] | str
"""Where a job stands. `completed`, `failed` and `cancelled` are final."""
ServiceTier: TypeAlias = Literal["auto", "default", "standard", "flex", "priority"] | str
"""How urgently, and at what price, a job is run."""
ExecutionMode: TypeAlias = Literal["agent", "program"] | str
"""How an Orion-2 model runs an execution."""
FilePurpose: TypeAlias = (
    Literal["assistants", "assistants_output", "batch", "batch_output", "datasets", "fine-tune", "vision"] | str
)
"""What an uploaded file is for."""
ArtifactSource: TypeAlias = Literal["store", "manifest", "workspace"] | str
"""Where the server found an artifact."""

AgentSkill: TypeAlias = Skill
"""The name under which the official SDK has `vlmrun.skills.Skill`."""


class WireModel(BaseModel):
    """Base of every model here: keeps unknown fields, and builds its validator on first use."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow", defer_build=True, protected_namespaces=())

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        # Without what unknown fields hold, among which may be a URL that lets anybody in.
        unknown = self.model_extra or {}
        for name, value in super().__repr_args__():
            yield name, ... if name in unknown else value


class CreditUsage(WireModel):
    """What a job has used. Source: API.md §7.

    Attributes:
        elements_processed: How many elements were processed.
        element_type: What an element is: `image`, `page`, `video` or `audio`.
        credits_used: Credits, 100 to the US dollar; may be a fraction.
        steps: How many steps an agent took.
        message: What the server says about the usage.
        duration_seconds: Processed duration of video or audio, in seconds.
    """

    elements_processed: int | None = None
    element_type: Literal["image", "page", "video", "audio"] | str | None = None
    credits_used: float | None = None
    steps: int | None = None
    message: str | None = None
    duration_seconds: float | None = None


class RequestMetadata(WireModel):
    """What a request is filed under. Source: API.md §7.

    Only what is set is sent, so the server's defaults hold for the rest.

    Attributes:
        environment: `dev`, `staging` or `prod`.
        session_id: Your name for the session that the request belongs to.
        allow_training: Whether VLM Run may train on the request.
    """

    environment: Environment | None = None
    session_id: str | None = None
    allow_training: bool | None = None


class _AgentConfig(WireModel):
    """What creation and execution share."""

    json_schema: dict[str, JsonValue] | None = None
    skills: list[Skill] | None = None
    service_tier: ServiceTier | None = None
    orchestration_mode: bool | None = None
    response_model: type[BaseModel] | None = Field(default=None, exclude=True)

    @model_validator(mode="after")
    def _schema_of_response_model(self) -> Self:
        if self.response_model is not None:
            if self.json_schema is not None:
                raise ValueError("json_schema and response_model say the same thing: set one of them")
            if self.response_model is BaseModel:
                raise ValueError("response_model must have fields: pass a model of your own")
            self.json_schema = self.response_model.model_json_schema()
        return self


class AgentCreationConfig(_AgentConfig):
    """How a new agent works. Source: API.md §3.6, `POST /agent/create`.

    Attributes:
        prompt: What the agent is to do.
        json_schema: The JSON schema that its answers fit.
        response_model: A pydantic model instead of `json_schema`, which is made from it. Stays on this side.
        skills: Skills the agent may use.
        service_tier: How urgently it runs.
        orchestration_mode: Whether it plans with other agents.
    """

    prompt: str


class AgentExecutionConfig(_AgentConfig):
    """How one execution runs. Source: API.md §3.6, `POST /agent/execute`.

    Attributes:
        prompt: What to do; without an agent's name, this is what identifies the agent.
        json_schema: The JSON schema that the answer fits.
        response_model: A pydantic model instead of `json_schema`, which is made from it. Stays on this side.
        skills: Skills the agent may use.
        service_tier: How urgently it runs.
        orchestration_mode: Whether it plans with other agents.
        mode: `agent` or `program`; Orion-2 only.
    """

    prompt: str | None = None
    mode: ExecutionMode | None = None


class AgentInfo(WireModel):
    """An agent. Source: API.md §3.6.

    Attributes:
        id: Its identifier.
        name: Its name.
        description: What it is for.
        prompt: What it does.
        json_schema: The JSON schema that its answers fit.
        json_sample: An example of an answer.
        created_at: When it was created.
        updated_at: When it was last changed.
        status: Where its creation stands.
    """

    id: str
    name: str
    description: str | None = None
    prompt: str | None = None
    json_schema: dict[str, JsonValue] | None = None
    json_sample: JsonValue = None
    created_at: datetime
    updated_at: datetime
    status: JobStatus


class AgentCreationResponse(WireModel):
    """An agent as it was just created. Source: API.md §3.6.

    Attributes:
        id: Its identifier.
        name: Its name; the server makes one up where none was given.
        created_at: When it was created.
        updated_at: When it was last changed.
        status: Where its creation stands.
    """

    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    status: JobStatus


class AgentExecutionResponse(WireModel):
    """One run of an agent. Source: API.md §3.6.

    Attributes:
        id: Its identifier.
        name: The agent's name; `None` where the prompt identified the agent.
        created_at: When it was submitted.
        completed_at: When it ended.
        response: The answer, once `status` is `completed`.
        execution_mode: How it ran.
        status: Where it stands.
        usage: What it has used so far.
    """

    id: str
    name: str | None = None
    created_at: datetime
    completed_at: datetime | None = None
    response: JsonValue = None
    execution_mode: ExecutionMode | None = None
    status: JobStatus
    usage: CreditUsage | None = None


class FileResponse(WireModel):
    """An uploaded file. Source: API.md §3.2.

    Attributes:
        id: Its identifier, which `content.file` takes.
        filename: What it is called.
        bytes: Its size, in bytes.
        purpose: What it is for.
        created_at: When it was uploaded.
        object: Always `file`.
        public_url: Where anybody can read it for a time, if that was asked for.
    """

    id: str
    filename: str | None = None
    bytes: int | None = None
    purpose: FilePurpose | None = None
    created_at: datetime | None = None
    object: Literal["file"] | str = "file"
    public_url: str | None = Field(default=None, repr=False)


class ArtifactInfo(WireModel):
    """Something that an agent made. Source: API.md §3.7.

    Attributes:
        object_id: Its identifier, such as `img_a1b2c3`.
        filename: What it is called in the agent's workspace, where it has a name.
        source: Where the server found it.
    """

    object_id: str
    filename: str | None = None
    source: ArtifactSource | None = None
