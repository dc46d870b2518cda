"""What pydantic makes of sources: nothing. Their annotation says so, without importing pydantic.

Tools that read annotations (`pydantic.validate_call`, pydantic-ai, openai-agents) know no schema of `bytearray`,
of open files or of images. To them a source is any object in Python, which the function itself checks; and in JSON a
text, such as the path or URL that a model passes to a tool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

__all__ = ["ABSENT", "UNCHANGED"]


class _Unchanged:
    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        del source, handler  # they would fail
        return core_schema.json_or_python_schema(core_schema.str_schema(), core_schema.any_schema())

    def __repr__(self) -> str:
        return "unchanged"


UNCHANGED = _Unchanged()
"""Annotates a source."""


class _Absent:
    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        del source, handler  # they would fail
        return core_schema.json_or_python_schema(core_schema.none_schema(), core_schema.any_schema())

    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()
"""Annotates a function: to tools it is any object in Python, and in JSON nothing, as a model cannot pass one."""
