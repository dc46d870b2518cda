"""The front matter of a `SKILL.md`, read as YAML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeGuard

from vlmrun.client.exceptions import DependencyError, InputError

__all__ = ["ADD_FRONT_MATTER", "parse", "text_of"]

ADD_FRONT_MATTER = "start SKILL.md with the lines `---`, `name: ...`, `description: ...`, `---`."
_MAX_CHARACTERS = 65_536  # far above those that people write; PyYAML takes a second for so many


def parse(content: bytes) -> Mapping[object, object] | None:
    """Parse the front matter of a `SKILL.md`: the lines between the first two `---`.

    Returns:
        Its fields, or `None` if the file does not begin with `---`.

    Raises:
        InputError: The front matter does not end, is too long or is not a YAML mapping; or the file is not UTF-8.
        DependencyError: PyYAML is missing.
    """
    text = _decoded(content)
    if text is None:
        raise InputError("SKILL.md is not encoded as UTF-8.", suggestion="save the file as UTF-8.")
    first, *lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if first.rstrip() != "---":
        return None
    ends = [number for number, line in enumerate(lines) if line.rstrip() == "---"]
    if not ends:
        raise InputError("The front matter of SKILL.md has no end.", suggestion=ADD_FRONT_MATTER)
    front = _loaded("".join(f"{line}\n" for line in lines[: ends[0]]))
    if front is None:
        return {}
    if not _is_mapping(front):
        raise InputError("The front matter of SKILL.md is not a mapping.", suggestion=ADD_FRONT_MATTER)
    return front


def text_of(front: Mapping[object, object], key: str) -> str | None:
    """Return a text field of the front matter; `None` if it is missing.

    Raises:
        InputError: It is anything but a text.
    """
    value = front.get(key)
    if value is None:
        return None
    if not (isinstance(value, str) and value.strip()):
        raise InputError(
            f"{key} in the front matter of SKILL.md must be a non-empty string.",
            suggestion=f'write it as text, such as `{key}: "..."`.',
        )
    return _whole(key, value)


def _whole(key: str, text: str) -> str:
    """A text with surrogate pairs, which JSON and so YAML may write for one character, as the characters they mean."""
    try:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        raise InputError(
            f"{key} in the front matter of SKILL.md contains a lone surrogate.",
            suggestion="write the character itself, or both halves.",
        ) from None


def _loaded(text: str) -> object:
    """The value that a text of YAML is. Every use of PyYAML goes through this function."""
    try:
        import yaml
    except ImportError as error:
        raise DependencyError(
            "Skill.from_directory requires PyYAML, which cannot be imported.",
            suggestion="pip install 'vlmrun[skills]'",
            error_type="missing_dependency",
        ) from error
    if len(text) > _MAX_CHARACTERS:
        raise InputError(
            f"The front matter of SKILL.md has more than {_MAX_CHARACTERS:,} characters.",
            suggestion="move the text below the second `---`.",
        )

    class Loader(yaml.SafeLoader):
        """Merges, `<<: [*a, *a]`, multiply line by line, and PyYAML before 6.0.4 keeps what is there twice."""

        def flatten_mapping(self, node: yaml.MappingNode) -> None:
            super().flatten_mapping(node)
            if len(node.value) > _MAX_CHARACTERS:
                raise yaml.YAMLError("too much is merged")

    try:
        value: object = yaml.load(text, Loader)  # noqa: S506  # a safe one
    # Besides YAMLError, PyYAML raises whatever Python raises for the values of tags, escapes, dates and numbers.
    except Exception as error:
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        where = "" if mark is None else f", line {mark.line + 2}"  # counted from 0, after the first `---`
        raise InputError(
            f"The front matter of SKILL.md is not valid YAML{where}.", suggestion=ADD_FRONT_MATTER
        ) from error
    return value


def _decoded(content: bytes) -> str | None:
    """Decode UTF-8, or return `None`: Python's error would quote the whole text."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _is_mapping(value: object) -> TypeGuard[Mapping[object, object]]:
    return isinstance(value, Mapping)
