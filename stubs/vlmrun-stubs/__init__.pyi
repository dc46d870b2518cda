from vlmrun import content
from vlmrun._version import __version__
from vlmrun.client import AsyncVLMRun, VLMRun
from vlmrun.options import AgentModel, AgentOptions
from vlmrun.results import AgentRun
from vlmrun.skills import Skill

__all__ = [
    "AgentModel",
    "AgentOptions",
    "AgentRun",
    "AsyncVLMRun",
    "Skill",
    "VLMRun",
    "__version__",
    "content",
]
