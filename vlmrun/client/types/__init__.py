"""The request and response bodies of VLM Run's API, as pydantic models; one module per resource.

The models are tolerant, because the server may add fields and values: unknown fields are kept (as attributes and in
`model_extra`), and enumerations are open, so that a new status is a value and not an error.

May import: client.exceptions, _inputs, _lifetimes.
"""

from vlmrun._inputs.options import AgentToolset, Environment
from vlmrun.client.types._agents import (
    AgentCreationConfig,
    AgentCreationResponse,
    AgentExecutionConfig,
    AgentInfo,
    AgentSkill,
    ExecutionMode,
)
from vlmrun.client.types._artifacts import ArtifactInfo, ArtifactSource
from vlmrun.client.types._base import CreditUsage, JobStatus, RequestMetadata, ServiceTier, WireModel
from vlmrun.client.types._datasets import DatasetResponse, DatasetType
from vlmrun.client.types._decisions import (
    ChoiceAnswer,
    NoulAnswer,
    ScoreAnswer,
    SystemOneModel,
    SystemOneResponse,
    SystemOneUsage,
)
from vlmrun.client.types._documents import (
    AudioSegment,
    AudioTranscription,
    MarkdownBox,
    MarkdownCell,
    MarkdownDocument,
    MarkdownFigure,
    MarkdownPage,
    MarkdownTable,
    MarkdownTableHeader,
    MarkdownTableMetadata,
    MediaMetadata,
    SegmentContent,
    VideoSegment,
    VideoTranscription,
)
from vlmrun.client.types._executions import AgentExecutionResponse
from vlmrun.client.types._feedback import FeedbackItem, FeedbackListResponse, FeedbackSubmitResponse
from vlmrun.client.types._files import FilePurpose, FileResponse
from vlmrun.client.types._fine_tuning import FinetuningProvisionResponse, FinetuningResponse
from vlmrun.client.types._gateway import GatewayCapabilities, GatewayModel
from vlmrun.client.types._grounding import BoundingBox, Confidence, PredictionField
from vlmrun.client.types._predictions import Domain, PredictionResponse
from vlmrun.client.types._schemas import (
    DomainInfo,
    GenerationConfig,
    HubDomainInfo,
    HubInfoResponse,
    HubSchemaResponse,
    ModelInfo,
    SchemaResponse,
)
from vlmrun.client.types._skills import SkillDownloadResponse, SkillInfo, SkillOrder

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
    "AudioSegment",
    "AudioTranscription",
    "BoundingBox",
    "ChoiceAnswer",
    "Confidence",
    "CreditUsage",
    "DatasetResponse",
    "DatasetType",
    "Domain",
    "DomainInfo",
    "Environment",
    "ExecutionMode",
    "FeedbackItem",
    "FeedbackListResponse",
    "FeedbackSubmitResponse",
    "FilePurpose",
    "FileResponse",
    "FinetuningProvisionResponse",
    "FinetuningResponse",
    "GatewayCapabilities",
    "GatewayModel",
    "GenerationConfig",
    "HubDomainInfo",
    "HubInfoResponse",
    "HubSchemaResponse",
    "JobStatus",
    "MarkdownBox",
    "MarkdownCell",
    "MarkdownDocument",
    "MarkdownFigure",
    "MarkdownPage",
    "MarkdownTable",
    "MarkdownTableHeader",
    "MarkdownTableMetadata",
    "MediaMetadata",
    "ModelInfo",
    "NoulAnswer",
    "PredictionField",
    "PredictionResponse",
    "RequestMetadata",
    "SchemaResponse",
    "ScoreAnswer",
    "SegmentContent",
    "ServiceTier",
    "SkillDownloadResponse",
    "SkillInfo",
    "SkillOrder",
    "SystemOneModel",
    "SystemOneResponse",
    "SystemOneUsage",
    "VideoSegment",
    "VideoTranscription",
    "WireModel",
]


def __dir__() -> list[str]:
    return __all__  # and not what is imported here
