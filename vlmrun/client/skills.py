"""Skills that VLM Run stores: instructions and files for agents."""

from vlmrun._resources._async.skills import AsyncSkills
from vlmrun._resources._sync.skills import Skills

__all__ = ["AsyncSkills", "Skills"]
