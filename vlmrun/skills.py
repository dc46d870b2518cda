"""Skills: what an agent is taught, by reference or in the request itself.

    create(..., extra_body={"skills": [Skill.reference("invoice-reader"), Skill.from_directory("skills/receipts")]})

A `Skill` is the JSON object that goes over the wire, and a dict, because OpenAI's client sends `extra_body` as it is.

Source: API.md §15.
"""

from vlmrun._inputs.bundles import MAX_BUNDLE_BYTES
from vlmrun._inputs.skills import Skill

__all__ = ["MAX_BUNDLE_BYTES", "Skill"]
