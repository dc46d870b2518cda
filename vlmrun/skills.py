"""Skills: instructions and files for an agent, sent by reference or inside the request.

```python
skills = [Skill.reference("invoice-reader"), Skill.from_directory("skills/receipts")]
client.agent.completions.create(..., extra_body=AgentOptions(skills=skills))
```

A `Skill` is a dict, the JSON object that is sent, because OpenAI's client sends `extra_body` unmodified.
"""

from vlmrun._inputs.bundles import MAX_BUNDLE_BYTES
from vlmrun._inputs.skills import Skill

__all__ = ["MAX_BUNDLE_BYTES", "Skill"]
