"""Skills: what an agent is taught, by reference or in the request itself.

    create(..., extra_body={"skills": [Skill.reference("invoice-reader"), Skill.from_directory("skills/receipts")]})

A `Skill` is the JSON object that goes over the wire, and a dict, because OpenAI's client sends `extra_body` as it is.

Source: API.md §15.
"""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

from vlmrun._arguments.checks import require_utf8
from vlmrun._inputs.bundles import of_front_matter, read_folder, require_bundle
from vlmrun.client.exceptions import InputError

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema
    from typing_extensions import Self

__all__ = ["Skill"]


class Skill(dict[str, object]):
    """A skill for an agent, as the JSON object that is sent.

    Goes into `extra_body` of OpenAI's calls, see `AgentOptions`, and into the `config` of native ones. Made by
    `reference`, `inline` or `from_directory`; a form that these do not know is `Skill({...})`.

    Source: API.md §15.
    """

    @classmethod
    def reference(cls, skill: str, *, version: str = "latest") -> Self:
        """A skill that VLM Run stores.

        Args:
            skill: Its id or its name.
            version: One of its versions, or `latest`.

        Returns:
            The reference; whether there is such a skill is the server's to say.

        Raises:
            InputError: An argument is empty, or no str.

        Source: API.md §15, reference.
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
        """A skill that travels in the request.

        Args:
            bundle: A zip file with `SKILL.md` at its root.
            name: The skill's name.
            description: When to use it.

        Returns:
            The skill, with the bundle inside.

        Raises:
            InputError: `bundle` is no such zip file or too large, or a text is empty or no str.

        Source: API.md §15, inline.
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
        """A folder with a `SKILL.md`, zipped to travel in the request.

        The same files give the same bytes, whenever and in whatever order they were written. Hidden files and folders,
        whose names begin with a dot, and `__pycache__` stay at home. A link is followed to what it points at inside the
        folder, and refused where it leads anywhere else.

        Args:
            path: The folder.
            name: The skill's name, instead of `name` in the front matter of `SKILL.md`.
            description: When to use it, instead of `description` in the front matter.

        Returns:
            The skill, with the bundle inside.

        Raises:
            InputError: The folder cannot be read or is too large, a link leads out of it or to what stays at home,
                `SKILL.md` is missing, or its front matter cannot be used.
            DependencyError: PyYAML, which reads the front matter, is missing.

        Source: API.md §15, bundle.
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
        """When to use an inline skill."""
        return _str_or_none(self.get("description"))

    @property
    def id(self) -> str | None:
        """What a reference refers to: an id or a name."""
        return _str_or_none(self.get("skill_id"))

    @property
    def version(self) -> str | None:
        """The version that a reference refers to."""
        return _str_or_none(self.get("skill_version"))

    @property
    def bundle(self) -> bytes | None:
        """The zip file of an inline skill; `None` where there is none that can be read."""
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
        """What makes it a field of pydantic models: an object with a `type`, open like all objects of the wire."""
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


# The arguments below are promises that only checked callers keep: hence `object`, and a check of each.


def _text(argument: str, value: object) -> str:
    if not (isinstance(value, str) and value.strip()):
        raise InputError(f"{argument} must be a non-empty string.", suggestion=f"pass the skill's {argument}.")
    return require_utf8(argument, value)


def _str_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None
