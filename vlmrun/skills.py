"""Skills: what an agent is taught, by reference or in the request itself.

    create(..., extra_body={"skills": [Skill.reference("invoice-reader"), Skill.from_directory("skills/receipts")]})

A `Skill` is the JSON object that goes over the wire, and a dict, because OpenAI's client sends `extra_body` as it is.

Source: API.md §15.
"""

from __future__ import annotations

import base64
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

from vlmrun.client._checks import require_utf8, type_name
from vlmrun.client.exceptions import DependencyError, InputError

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema
    from typing_extensions import Self

__all__ = ["MAX_BUNDLE_BYTES", "Skill"]

MAX_BUNDLE_BYTES: int = 32 * 1024**2
"""How large a bundle may be, zipped: a third more of it travels in every request."""
# So that the wrong folder is noticed before all of it is read.
_MAX_FOLDER_BYTES = 8 * MAX_BUNDLE_BYTES
_MAX_FOLDER_ENTRIES = 10_000

_FRONT_MATTER = "begin SKILL.md with the lines `---`, `name: ...`, `description: ...`, `---`."
_OWN_FILES = "pass the folder of one skill, with real files in it."


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
        _require_bundle(bundle)
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
        _require_path(path)
        try:
            files = dict(_files(os.path.realpath(path, strict=True)))
            if "SKILL.md" not in files:
                raise InputError("path has no SKILL.md in it.", suggestion=_FRONT_MATTER)
            front = _front_matter(_read(files["SKILL.md"], _MAX_FOLDER_BYTES))
            bundle = _zip(files)
        # TypeError: a path that is no text; ValueError: one with NUL in it, a file's name that is no Unicode.
        except (OSError, TypeError, ValueError) as error:
            raise InputError(
                f"path cannot be read: {error}.", suggestion="check the path, and who may read it."
            ) from error
        return cls.inline(
            bundle,
            name=_of_front_matter(front, "name") if name is None else name,
            description=_of_front_matter(front, "description") if description is None else description,
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
        raise InputError(f"{argument} must be a str with something in it.", suggestion=f"pass the skill's {argument}.")
    return require_utf8(argument, value)


def _str_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _require_path(path: object) -> None:
    if not isinstance(path, (str, os.PathLike)):
        raise InputError(f"path must be a str or a path, not {type_name(path)}.", suggestion=_OWN_FILES)


def _require_bundle(bundle: object) -> None:
    import io
    import zipfile

    hint = "pass the bytes of a zip file, or use Skill.from_directory."
    if not isinstance(bundle, bytes):
        raise InputError(f"bundle must be bytes, not {type_name(bundle)}.", suggestion=hint)
    if len(bundle) > MAX_BUNDLE_BYTES:
        raise _too_large(f"bundle is a zip file of {len(bundle):,} bytes, and {MAX_BUNDLE_BYTES:,} are possible")
    try:
        with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
            names = archive.namelist()
    # Besides BadZipFile, what unreadable headers make of zipfile: a text that is none, a version of tomorrow.
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise InputError(f"bundle is no zip file that can be read: {error}.", suggestion=hint) from error
    if "SKILL.md" not in names:
        raise InputError("bundle has no SKILL.md at its root.", suggestion="zip what is in the folder, not the folder.")


def _too_large(how: str) -> InputError:
    return InputError(f"{how}.", suggestion=f"{_OWN_FILES} Large files can be sent as inputs.")


# A folder, read -------------------------------------------------------------------------------------------------------


def _files(root: str) -> Iterator[tuple[str, str]]:
    """Each file of a skill: its name in the bundle, and its real path.

    Args:
        root: The real path of the folder.
    """
    seen = 0
    # A folder to look into, its name in the bundle, and the real folders that it is in, by which a loop is noticed.
    pending: list[tuple[str, str, frozenset[str]]] = [(root, "", frozenset({root}))]
    while pending:
        folder, prefix, around = pending.pop()
        for entry in sorted(os.listdir(folder)):
            if _stays_at_home(entry):
                continue
            seen += 1
            if seen > _MAX_FOLDER_ENTRIES:
                raise _too_large(f"path has more than {_MAX_FOLDER_ENTRIES:,} files and folders")
            name = prefix + entry
            real = os.path.realpath(os.path.join(folder, entry), strict=True)
            _require_inside(root, real, name)
            mode = os.stat(real).st_mode
            if stat.S_ISDIR(mode):
                if real in around:
                    raise InputError(
                        f"path cannot be used: {name!r} is a link to a folder that it is in.",
                        suggestion="remove the link.",
                    )
                pending.append((real, f"{name}/", around | {real}))
            elif stat.S_ISREG(mode):
                yield name, real
            else:  # a pipe or a device may never end
                raise InputError(
                    f"path cannot be used: {name!r} is neither a file nor a folder.", suggestion=_OWN_FILES
                )


def _decoded(content: bytes) -> str | None:
    """Text, or `None` where it is no UTF-8: Python's error would quote all of it."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _stays_at_home(part: str) -> bool:
    return part.startswith(".") or part == "__pycache__"


def _require_inside(root: str, real: str, name: str) -> None:
    try:
        parts = Path(real).relative_to(root).parts
    except ValueError:
        raise InputError(
            f"path cannot be used: {name!r} is a link that leads out of the folder.", suggestion=_OWN_FILES
        ) from None
    # Else a link would carry out what its name keeps at home, such as `.env`.
    if any(map(_stays_at_home, parts)):
        raise InputError(f"path cannot be used: {name!r} is a link to a hidden file or folder.", suggestion=_OWN_FILES)


def _read(path: str, limit: int) -> bytes:
    with open(path, "rb") as file:
        content = file.read(limit + 1)  # whatever its size was said to be
    if len(content) > limit:
        raise _too_large(f"path holds more than {_MAX_FOLDER_BYTES:,} bytes")
    return content


def _zip(files: Mapping[str, str]) -> bytes:
    """The files as a zip file that says nothing of when, where and by whom it was made."""
    import io
    import zipfile

    buffer = io.BytesIO()
    left = _MAX_FOLDER_BYTES
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            content = _read(files[name], left)
            left -= len(content)
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))  # the first moment that zip files know
            info.create_system = 3  # Unix, also where this runs on Windows
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(info, content, compress_type=zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


# The front matter of SKILL.md -----------------------------------------------------------------------------------------


def _front_matter(content: bytes) -> Mapping[object, object]:
    try:
        import yaml
    except ImportError as error:
        raise DependencyError(
            "Skill.from_directory needs PyYAML, which cannot be imported.",
            suggestion="pip install 'vlmrun[skills]'",
            error_type="missing_dependency",
        ) from error
    text = _decoded(content)
    if text is None:
        raise InputError("SKILL.md is not UTF-8.", suggestion="save it as UTF-8.")
    first, *lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    ends = [number for number, line in enumerate(lines) if line.rstrip() == "---"]
    if first.rstrip() != "---" or not ends:
        raise InputError("SKILL.md does not begin with front matter.", suggestion=_FRONT_MATTER)
    try:
        front: object = yaml.safe_load("".join(f"{line}\n" for line in lines[: ends[0]]))
    # Besides YAMLError, what PyYAML lets out for tagged values that it cannot read, such as `!!bool maybe`.
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError, RecursionError) as error:
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        where = "" if mark is None else f", line {mark.line + 2}"  # counted from 0, and below the first `---`
        raise InputError(f"SKILL.md has front matter that is not YAML{where}.", suggestion=_FRONT_MATTER) from error
    if not _is_mapping(front):
        raise InputError("SKILL.md has front matter that is no mapping.", suggestion=_FRONT_MATTER)
    return front


def _is_mapping(value: object) -> TypeGuard[Mapping[object, object]]:
    return isinstance(value, Mapping)


def _of_front_matter(front: Mapping[object, object], key: str) -> str:
    value = front.get(key)
    if not (isinstance(value, str) and value.strip()):
        wrong = "is missing" if value is None else "must be a text with something in it"
        raise InputError(f"{key} in the front matter of SKILL.md {wrong}.", suggestion=f"write `{key}: ...` there.")
    return value
