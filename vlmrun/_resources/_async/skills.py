"""Skills that VLM Run stores: instructions and files for agents."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, overload

from vlmrun._arguments.call_options import CallOptions
from vlmrun._arguments.checks import (
    MAX_INT,
    optional_text,
    require_bool,
    require_id,
    require_int,
    require_one,
    require_segment,
    require_text,
)
from vlmrun._arguments.config import NOT_GIVEN, NotGiven
from vlmrun._arguments.urls import is_at
from vlmrun._http._async.remote import async_fetch
from vlmrun._http.call import Call
from vlmrun._http.pages import AsyncPages
from vlmrun._inputs.progress import OnProgress, require_progress
from vlmrun._inputs.skills import Skill
from vlmrun._lifetimes import waiting
from vlmrun._lifetimes.names import later
from vlmrun._resources._async.resource import AsyncResource
from vlmrun._resources.artifact_urls import limits
from vlmrun._resources.schemas import answer_schema
from vlmrun._resources.unpacking import unpacking
from vlmrun.client.exceptions import InputError
from vlmrun.client.types import SkillDownloadResponse, SkillInfo, SkillOrder
from vlmrun.client.types._skills import read_skills

if TYPE_CHECKING:
    from pydantic import BaseModel

    from vlmrun._resources._raw_async.skills import AsyncSkillsWithRawResponse
else:
    BaseModel = later("pydantic", "BaseModel")
    AsyncSkillsWithRawResponse = later("vlmrun._resources._raw_async.skills", "AsyncSkillsWithRawResponse")

__all__ = ["AsyncSkills"]


class AsyncSkills(AsyncResource):
    """The skills of an account, and the public ones: `AsyncVLMRun().skills`.

    `Skill.reference(info.id)` uses one in a chat or a configuration.
    """

    @property
    def with_raw_response(self) -> AsyncSkillsWithRawResponse:
        """The same methods, returning the HTTP response with the result: `.headers`, `.request_id`, `.parse()`."""
        from vlmrun._resources._raw_async.skills import AsyncSkillsWithRawResponse

        return AsyncSkillsWithRawResponse(self)

    def list(
        self,
        limit: int = 25,
        offset: int = 0,
        order_by: SkillOrder | None = None,
        descending: bool | None = None,
        grouped: bool | None = None,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AsyncPages[SkillInfo]:
        """List skills: `await` returns one page, `async for` iterates over all of them.

        Args:
            limit: Number of skills per page, 1 to 1000.
            offset: Number of skills to skip.
            order_by: What to sort by: `created_at` (the server's default), `updated_at` or `name`.
            descending: Whether to sort in descending order, which is the server's default.
            grouped: Whether to list only the newest version of each skill; by default, all versions are listed.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            InputError: An argument is invalid.
            APIError: The call failed.

        HTTP: `GET /skills`.
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        require_int("offset", offset, 0, MAX_INT, "pass the number of skills to skip.")
        query: dict[str, object] = {"order_by": None if order_by is None else require_id("order_by", order_by)}
        for argument, flag in (("descending", descending), ("grouped", grouped)):
            if flag is not None:
                require_bool(argument, flag)
            query[argument] = flag
        return AsyncPages(
            lambda skip, limit: self.__transport__.send(
                Call("GET", ("skills",), read_skills, query={"limit": limit, "offset": skip, **query}), options
            ),
            offset,
            limit,
        )

    @overload
    async def get(
        self,
        name: str,
        id: None = None,
        skill_version: str | None = None,
        version: str | None = None,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> SkillInfo: ...
    @overload
    async def get(
        self,
        name: None = None,
        *,
        id: str,
        skill_version: str | None = None,
        version: str | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> SkillInfo: ...
    async def get(
        self,
        name: str | None = None,
        id: str | None = None,
        skill_version: str | None = None,
        version: str | None = None,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> SkillInfo:
        """Get a skill by its name or its id. Pass exactly one of them.

        Args:
            name: The name of the skill.
            id: The id of the skill.
            skill_version: The version; by default, the newest.
            version: An older name of `skill_version`.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            InputError: Neither or both of `name` and `id` are given, or there are two different versions.
            ResourceNotFoundError: The skill does not exist.
            APIError: The call failed in another way.

        HTTP: `GET /skills/{id}`, or `POST /skills/lookup` for a name or a version.
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        given = require_one(require_id, name=name, id=id)
        wanted = _version(skill_version, version)
        if id is not None and wanted is None:
            require_segment("id", id)
            return await self.__transport__.send(Call("GET", ("skills", id), SkillInfo.model_validate_json), options)
        call = Call("POST", ("skills", "lookup"), SkillInfo.model_validate_json, {**given, "skill_version": wanted})
        return await self.__transport__.send(call, options)

    @overload
    async def create(
        self,
        prompt: str,
        json_schema: Mapping[str, object] | None = None,
        session_id: None = None,
        file_id: None = None,
        name: str | None = None,
        description: str | None = None,
        *,
        response_model: type[BaseModel] | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> SkillInfo: ...
    @overload
    async def create(
        self,
        prompt: None = None,
        json_schema: None = None,
        *,
        session_id: str,
        file_id: None = None,
        name: str | None = None,
        description: str | None = None,
        response_model: None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> SkillInfo: ...
    @overload
    async def create(
        self,
        prompt: None = None,
        json_schema: None = None,
        session_id: None = None,
        *,
        file_id: str,
        name: str | None = None,
        description: str | None = None,
        response_model: None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> SkillInfo: ...
    async def create(
        self,
        prompt: str | None = None,
        json_schema: Mapping[str, object] | None = None,
        session_id: str | None = None,
        file_id: str | None = None,
        name: str | None = None,
        description: str | None = None,
        *,
        response_model: type[BaseModel] | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> SkillInfo:
        """Create a skill from a prompt, a chat or an uploaded zip file. Pass exactly one of the three.

        Args:
            prompt: What the skill should do.
            json_schema: The JSON schema of its answers; only with `prompt`.
            session_id: Or the id of a chat that the skill is derived from.
            file_id: Or the id of an uploaded zip file with `SKILL.md` at its root; see `create_from_directory`.
            name: The name of the skill, which the server may adjust; by default, the server chooses one.
            description: When an agent should use the skill.
            response_model: A pydantic model instead of `json_schema`, which is derived from it.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Returns:
            The skill, with the name that the server gave it.

        Raises:
            InputError: None or more than one of the three is given, or another argument cannot be sent.
            APIError: The call failed. It is not retried if the server may have created the skill.

        HTTP: `POST /skills/create`.
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        check = require_id if prompt is None else require_text  # a prompt may be long
        given = require_one(check, prompt=prompt, session_id=session_id, file_id=file_id)
        schema = answer_schema(json_schema, response_model)
        if schema is not None and prompt is None:
            raise InputError(
                "json_schema and response_model are only valid with prompt.",
                suggestion="omit them: the chat or the file already describes the answers.",
            )
        call = Call(
            "POST",
            ("skills", "create"),
            SkillInfo.model_validate_json,
            {
                **given,
                "json_schema": schema,
                "name": optional_text("name", name),
                "description": optional_text("description", description),
            },
        )
        return await self.__transport__.send(call, options)

    async def create_from_directory(
        self,
        directory: str | os.PathLike[str],
        name: str | None = None,
        description: str | None = None,
        *,
        on_progress: OnProgress | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> Skill:
        """Zip a folder with a `SKILL.md`, upload it, and create a skill from it.

        Hidden files and folders and `__pycache__` are excluded, as by `Skill.from_directory`. The same bytes are
        uploaded only once.

        Args:
            directory: The folder.
            name: The name of the skill; defaults to `name` in the front matter of `SKILL.md`, then to the folder's
                name, with a warning.
            description: When an agent should use the skill; defaults to `description` in the front matter, then to an
                empty text, with a warning.
            on_progress: Called with the number of bytes that are sent and of all bytes: with 0 at the start of each
                attempt, then after each chunk; or once, with all, if the same bytes were uploaded before. What it
                raises ends the call.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Returns:
            A reference to the skill, for chats and configurations.

        Raises:
            InputError: The folder cannot be read or is too large, or another argument cannot be sent.
            DependencyError: PyYAML, which reads the front matter, is missing.
            APIError: A call failed.

        HTTP: `POST /files`, then `POST /skills/create`.
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        from vlmrun._resources._async.files import AsyncFiles  # here, because few calls need it

        skill = await waiting.async_in_thread(_bundled, directory, name, description)
        files = AsyncFiles(self.__connections__)
        uploaded = await files.upload(
            skill.bundle or b"",
            filename=f"{skill.name}.zip",
            on_progress=on_progress,
            timeout=timeout,
            extra_headers=extra_headers,
            extra_query=extra_query,
        )
        call = Call(
            "POST",
            ("skills", "create"),
            SkillInfo.model_validate_json,
            {"file_id": uploaded.id, "name": skill.name, "description": skill.description or None},
        )
        made = await self.__transport__.send(call, options)
        return Skill(skill_id=made.id, skill_name=made.name, skill_version=made.skill_version or "latest")

    async def update(
        self,
        skill_id: str,
        file_id: str | None = None,
        description: str | None = None,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> SkillInfo:
        """Update a skill, which creates a new version of it. Pass `file_id`, `description` or both.

        Args:
            skill_id: The id of the skill.
            file_id: The id of an uploaded zip file with `SKILL.md` at its root.
            description: When an agent should use the skill.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Returns:
            The new version.

        Raises:
            InputError: Neither `file_id` nor `description` is given, or an argument is invalid.
            ResourceNotFoundError: The skill does not exist.
            APIError: The call failed in another way. It is not retried if the server may have created the version.

        HTTP: `POST /skills/{id}/update`.
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        require_segment("skill_id", skill_id)
        if file_id is None and description is None:
            raise InputError("file_id or description is required; got none.", suggestion="pass what should change.")
        call = Call(
            "POST",
            ("skills", skill_id, "update"),
            SkillInfo.model_validate_json,
            {
                "file_id": optional_text("file_id", file_id),
                "description": optional_text("description", description),
            },
        )
        return await self.__transport__.send(call, options)

    @overload
    async def download(
        self,
        skill_id: str,
        folder: None = None,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> SkillDownloadResponse: ...
    @overload
    async def download(
        self,
        skill_id: str,
        folder: str | os.PathLike[str],
        *,
        on_progress: OnProgress | None = None,
        allow_private: bool = False,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> Path: ...
    async def download(
        self,
        skill_id: str,
        folder: str | os.PathLike[str] | None = None,
        *,
        on_progress: OnProgress | None = None,
        allow_private: bool = False,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> SkillDownloadResponse | Path:
        """Download the files of a skill into a folder.

        Nothing is ever written outside the folder: a zip file with an entry that leads out of it, or with a link, is
        rejected as a whole. At most 32 MiB are downloaded, and at most 256 MiB and 10,000 files unpacked. The download
        is from the client's own host or, without a proxy, from a public address, unless `allow_private` is set.

        Args:
            skill_id: The id of the skill.
            folder: The folder for the files of the skill. It is created, or must be empty.
            on_progress: Called with the number of bytes that have arrived and of all bytes, `None` if the server does
                not say: with 0 at the start of each attempt, then after each chunk. What it raises ends the call.
            allow_private: Whether the files may come from another host at an address that is not public, or through a
                proxy.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Returns:
            The folder; without `folder`, a URL for downloading the skill as a zip file.

        Raises:
            InputError: An argument is invalid, the folder is not empty or cannot be written to, or the files are at an
                address that is not public.
            ResourceNotFoundError: The skill does not exist.
            ResponseValidationError: The zip file cannot be unpacked, or is too large.
            APIError: A call failed in another way.

        HTTP: `GET /skills/{id}/download`, then `GET` from the storage.
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        require_segment("skill_id", skill_id)
        require_progress(on_progress)
        require_bool("allow_private", allow_private)
        call = Call("GET", ("skills", skill_id, "download"), SkillDownloadResponse.model_validate_json)
        if folder is None:
            return await self.__transport__.send(call, options)
        with unpacking(folder, on_progress) as skill:
            found = await self.__transport__.send(call, options)
            if is_at(self.__connections__.base_url, found.download_url):
                await self.__transport__.fetch(found.download_url, skill, options)
            else:
                within = limits(allow_private=allow_private)
                await async_fetch(found.download_url, skill, within, self.__connections__.config, options)
            return await waiting.async_in_thread(skill.unpack)


def _version(skill_version: object, version: object) -> str | None:
    """The version that is asked for, by either name."""
    newer, older = optional_text("skill_version", skill_version), optional_text("version", version)
    if newer is not None and older is not None and newer != older:
        raise InputError("skill_version and version are not the same.", suggestion="pass skill_version alone.")
    return newer or older


def _bundled(directory: str | os.PathLike[str], name: str | None, description: str | None) -> Skill:
    """The skill of a folder, with its zip file. Errors name the folder as `path`, as `Skill.from_directory` does."""
    try:
        return Skill.from_directory(directory, name=name, description=description)
    except InputError as error:
        if not error.message.startswith("path "):
            raise
        error.message = f"directory{error.message.removeprefix('path')}"
        error.args = (error.message,)
        raise
