"""Skills: instructions and files for an agent, sent by reference or inside the request.

A `Skill` is a dict, the JSON object that is sent, because OpenAI's client sends `extra_body` unmodified.
"""

from __future__ import annotations

import base64
import os
import warnings
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeGuard

from vlmrun._arguments.checks import require_mapping, require_str, require_utf8
from vlmrun._inputs.bundles import read_folder, require_bundle
from vlmrun._inputs.front_matter import ADD_FRONT_MATTER, text_of
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
    `agent.run`. For a form that the constructors do not support, write `Skill({...})`, which is sent unmodified.
    """

    def __init__(
        self,
        wire: Mapping[str, object] | Iterable[tuple[str, object]] = (),
        /,
        *,
        type: str | None = None,  # the field's name in the official SDK, as all of these
        skill_id: str | None = None,
        skill_name: str | None = None,
        skill_version: str | None = None,
        version: str | None = None,
        name: str | None = None,
        description: str | None = None,
        source: Mapping[str, object] | None = None,
    ) -> None:
        """Make a skill from the fields that are sent, as the official SDK's `AgentSkill` does.

        `Skill.reference`, `Skill.inline` and `Skill.from_directory` are easier to use.

        Args:
            wire: The JSON object of the skill, unmodified.
            type: `skill_reference` or `inline`; defaults to `inline` with a `source`, and else to `skill_reference`.
            skill_id: The id or the name of a skill that VLM Run stores.
            skill_name: Its name, in place of `skill_id`.
            skill_version: The version of a stored skill; defaults to `latest`.
            version: An older name of `skill_version`.
            name: The name of an inline skill.
            description: When the agent should use an inline skill.
            source: The zip file of an inline skill, in base64: `{"type": "base64", "media_type": ..., "data": ...}`.

        Raises:
            InputError: A field is of the wrong type or empty, or there are two different versions.
        """
        texts = {
            "type": type,
            "skill_id": skill_id,
            "skill_name": skill_name,
            "skill_version": skill_version,
            "version": version,
            "name": name,
        }
        fields: dict[str, object] = {key: _text(key, value) for key, value in texts.items() if value is not None}
        if description is not None:
            fields["description"] = require_str("description", description, "pass a non-empty string, or omit it.")
        if source is not None:
            require_mapping("source", source)
            fields["source"] = dict(source)
        super().__init__(_with_defaults(dict(wire, **fields)) if fields else wire)

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
        return cls(_inline(bundle, _text("name", name), _text("description", description)))

    @classmethod
    def from_directory(
        cls, directory: str | os.PathLike[str], *, name: str | None = None, description: str | None = None
    ) -> Self:
        """A folder with a `SKILL.md`, zipped and sent inside the request.

        The same files always produce the same bytes. Hidden files and folders (names that begin with a dot) and
        `__pycache__` are excluded. Symbolic links inside the folder are followed; a link that leads out of it is an
        error.

        Args:
            directory: The folder.
            name: The skill's name; defaults to `name` in the front matter of `SKILL.md`, then to the folder's name,
                with a warning.
            description: When the agent should use the skill; defaults to `description` in the front matter, then to an
                empty text, with a warning.

        Returns:
            The skill, with the bundle inside.

        Raises:
            InputError: `directory` is empty, the folder cannot be read or is too large, a link leads out of it or to an
                excluded file, `SKILL.md` is missing, or its front matter is invalid.
            DependencyError: PyYAML, which reads the front matter, is missing.
        """
        front, bundle, folder = read_folder(directory)
        fields = {"name": name, "description": description}
        for key, value in fields.items():
            if value is None:
                fields[key] = text_of(front or {}, key)
        missing = [key for key, value in fields.items() if value is None]
        if missing:
            file = os.path.join(os.fspath(directory), "SKILL.md")
            wrong = "no front matter" if front is None else f"no {' and no '.join(missing)} in its front matter"
            instead = {"name": f"the folder's name, {folder!r}", "description": "an empty description"}
            warnings.warn(
                f"{file} has {wrong}: the skill is sent with {' and '.join(instead[key] for key in missing)}."
                f" Try: {ADD_FRONT_MATTER}",
                UserWarning,
                stacklevel=2,
            )
        require_bundle(bundle)
        described = "" if fields["description"] is None else _text("description", fields["description"])
        return cls(_inline(bundle, _text("name", folder if fields["name"] is None else fields["name"]), described))

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
        return self.skill_id or self.skill_name

    @property
    def version(self) -> str | None:
        """The version that a reference refers to."""
        return self.skill_version

    @property
    def skill_id(self) -> str | None:
        """The field `skill_id` of a reference."""
        return _str_or_none(self.get("skill_id"))

    @property
    def skill_name(self) -> str | None:
        """The field `skill_name` of a reference."""
        return _str_or_none(self.get("skill_name"))

    @property
    def skill_version(self) -> str | None:
        """The field `skill_version` of a reference."""
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
        """The schema of a field in pydantic models: an object with any fields, whose `type` has a default."""
        from pydantic_core import core_schema

        def complete(value: object) -> object:
            return _with_defaults(value) if _is_object(value) and "type" not in value else value

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
        made = core_schema.no_info_after_validator_function(make, wire)
        return core_schema.no_info_before_validator_function(complete, made)


def _inline(bundle: bytes, name: str, description: str) -> dict[str, object]:
    data = base64.b64encode(bundle).decode("ascii")
    source = {"type": "base64", "media_type": "application/zip", "data": data}
    return {"type": "inline", "name": name, "description": description, "source": source}


def _with_defaults(wire: Mapping[str, object]) -> dict[str, object]:
    """The fields of a skill, with its type, and for a reference with its version."""
    fields = {"type": "inline" if wire.get("source") is not None else "skill_reference", **wire}
    if fields["type"] != "skill_reference":
        return fields
    version, older = fields.get("skill_version"), fields.pop("version", None)
    if version is not None and older is not None and version != older:
        raise InputError("skill_version and version are not the same.", suggestion="pass skill_version alone.")
    fields["skill_version"] = next((given for given in (version, older) if given is not None), "latest")
    return fields


# Callers without a type checker may pass anything: hence `object`, and a check of each argument.


def _text(argument: str, value: object) -> str:
    if not (isinstance(value, str) and value.strip()):
        raise InputError(f"{argument} must be a non-empty string.", suggestion=f"pass the skill's {argument}.")
    return require_utf8(argument, value)


def _str_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _is_object(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, dict)
