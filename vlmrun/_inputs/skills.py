"""Skills: instructions and files for an agent, sent by reference or inside the request.

A `Skill` is a dict, the JSON object that is sent, because OpenAI's client sends `extra_body` unmodified.
"""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

from vlmrun._arguments.checks import require_utf8
from vlmrun._inputs.bundles import of_front_matter, read_folder, require_bundle
from vlmrun._lifetimes.names import later
from vlmrun.client.exceptions import InputError

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema
    from typing_extensions import Self
else:
    GetCoreSchemaHandler = later("pydantic", "GetCoreSchemaHandler")
    CoreSchema = later("pydantic_core", "CoreSchema")
    Self = later("typing_extensions", "Self")

__all__ = ["Skill"]


class Skill(dict[str, object]):
    """A skill for an agent, as the JSON object that is sent.

    ```python
    Skill.reference("invoice-reader")          # a skill that VLM Run stores
    Skill.from_directory("skills/receipts")    # a local folder with a SKILL.md, sent inside the request
    ```

    Pass skills in `extra_body=AgentOptions(skills=[...])` of chats, in the `config` of native calls, or as `skills` of
    `agent.run`. For a form that the constructors do not support, write `Skill({...})`.
    """

    @classmethod
    def reference(cls, skill: str, *, version: str = "latest") -> Self:
        """A skill that VLM Run stores.

        Args:
            skill: The id or the name of the skill.
            version: A version of the skill, or `latest`.

        Returns:
            The reference. Whether the skill exists is checked by the server.

        Raises:
            InputError: An argument is empty or not a `str`.
        """
        return cls(
            {
                "type": "skill_reference",
                "skill_id": _text("skill", skill),
                "skill_version": _text("version", version),
            }
        )

    @classmethod
    def inline(cls, bundle: bytes, *, name: str, description: str) -> Self:
        """A skill that is sent inside the request.

        Args:
            bundle: A zip file with `SKILL.md` at its root.
            name: The skill's name.
            description: When the agent should use the skill.

        Returns:
            The skill, with the bundle inside.

        Raises:
            InputError: `bundle` is not such a zip file or is too large, or a text is empty or not a `str`.
        """
        require_bundle(bundle)
        return cls(
            {
                "type": "inline",
                "name": _text("name", name),
                "description": _text("description", description),
                "source": {
                    "type": "base64",
                    "media_type": "application/zip",
                    "data": base64.b64encode(bundle).decode("ascii"),
                },
            }
        )

    @classmethod
    def from_directory(
        cls, path: str | os.PathLike[str], *, name: str | None = None, description: str | None = None
    ) -> Self:
        """A folder with a `SKILL.md`, zipped and sent inside the request.

        The same files always produce the same bytes. Hidden files and folders (names that begin with a dot) and
        `__pycache__` are excluded. Symbolic links inside the folder are followed; a link that leads out of it is an
        error.

        Args:
            path: The folder.
            name: The skill's name; defaults to `name` in the front matter of `SKILL.md`.
            description: When the agent should use the skill; defaults to `description` in the front matter.

        Returns:
            The skill, with the bundle inside.

        Raises:
            InputError: The folder cannot be read or is too large, a link leads out of it or to an excluded file,
                `SKILL.md` is missing, or its front matter is invalid.
            DependencyError: PyYAML, which reads the front matter, is missing.
        """
        front, bundle = read_folder(path)
        return cls.inline(
            bundle,
            name=of_front_matter(front, "name") if name is None else name,
            description=of_front_matter(front, "description") if description is None else description,
        )

    @property
    def name(self) -> str | None:
        """The name of an inline skill."""
        return _str_or_none(self.get("name"))

    @property
    def description(self) -> str | None:
        """When the agent should use an inline skill."""
        return _str_or_none(self.get("description"))

    @property
    def id(self) -> str | None:
        """The id or the name that a reference refers to."""
        return _str_or_none(self.get("skill_id"))

    @property
    def version(self) -> str | None:
        """The version that a reference refers to."""
        return _str_or_none(self.get("skill_version"))

    @property
    def bundle(self) -> bytes | None:
        """The zip file of an inline skill; `None` if there is none or it is not valid base64."""
        match self.get("source"):
            case {"data": str(data)}:
                try:
                    return base64.b64decode(data, validate=True)
                except ValueError:
                    return None
            case _:
                return None

    def __repr__(self) -> str:
        bundle = self.bundle
        said = {"type": self.get("type"), "name": self.name, "id": self.id, "version": self.version}
        parts = [f"{key}={value!r}" for key, value in said.items() if value is not None]
        if bundle is not None:
            parts.append(f"bundle={len(bundle):,} bytes")
        return f"{type(self).__name__}({', '.join(parts)})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The schema of a field in pydantic models: an object with a `type`, and any other fields."""
        from pydantic_core import core_schema

        def make(value: dict[str, object]) -> Skill:
            if value.get("skill_id") is not None and value.get("source") is not None:
                raise ValueError("a skill has skill_id, or source, and not both")
            return cls(value)

        text = core_schema.str_schema()
        optional = core_schema.typed_dict_field(core_schema.nullable_schema(text), required=False)
        fields = dict.fromkeys(("skill_id", "skill_version", "name", "description"), optional)
        wire = core_schema.typed_dict_schema(
            {"type": core_schema.typed_dict_field(text), **fields}, extra_behavior="allow"
        )
        return core_schema.no_info_after_validator_function(make, wire)


# Callers without a type checker may pass anything: hence `object`, and a check of each argument.


def _text(argument: str, value: object) -> str:
    if not (isinstance(value, str) and value.strip()):
        raise InputError(f"{argument} must be a non-empty string.", suggestion=f"pass the skill's {argument}.")
    return require_utf8(argument, value)


def _str_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None
