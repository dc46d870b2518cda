"""The routes of stored skills."""

from __future__ import annotations

import asyncio
import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vlmrun.local._answers.answers import refuse_bad_schema
from vlmrun.local._inputs.skills import pack, read_main
from vlmrun.local._requests.reading import origin_of, read_body, read_query
from vlmrun.local._requests.stored_skills import SkillCreation, SkillLookup, SkillQuery, SkillUpdate
from vlmrun.local._store.files import StoredFile
from vlmrun.local._store.skills import StoredSkill
from vlmrun.local._store.store import Store
from vlmrun.local._wire.errors import RefusalError
from vlmrun.local._wire.journal import Journal, Work, shown
from vlmrun.local._wire.paths import STORAGE

__all__ = ["SkillRoutes"]

_URL_SECONDS = 3600


class SkillRoutes:
    """One method per route.

    Args:
        store: Where skills and files are kept.
        work: Where it is noted that a version was made.
    """

    def __init__(self, store: Store, work: Journal[Work]) -> None:
        self._store = store
        self._work = work

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("/v1/skills", self.list_skills),
            Route("/v1/skills/lookup", self.look_up, methods=["POST"]),
            Route("/v1/skills/create", self.create, methods=["POST"]),
            Route("/v1/skills/{id}", self.get),
            Route("/v1/skills/{id}/update", self.update, methods=["POST"]),
            Route("/v1/skills/{id}/download", self.download),
        ]

    async def list_skills(self, request: Request) -> Response:
        asked = read_query(SkillQuery, request)
        skills = self._store.skills.newest_first()
        if asked.grouped:
            skills = list({skill.name: skill for skill in reversed(skills)}.values())[::-1]
        if asked.order_by == "name":
            skills.sort(key=lambda skill: skill.name, reverse=True)
        elif asked.order_by == "created_at":
            skills.sort(key=lambda skill: skill.created_at, reverse=True)  # and so versions stay newest first
        if not asked.descending:
            skills.reverse()
        return JSONResponse([skill.on_wire() for skill in skills[asked.offset : asked.offset + asked.limit]])

    async def look_up(self, request: Request) -> Response:
        asked = read_body(SkillLookup, request)
        return JSONResponse(self._found(asked.id, asked.name, asked.skill_version or asked.version).on_wire())

    async def get(self, request: Request) -> Response:
        return JSONResponse(self._found(request.path_params["id"], None, None).on_wire())

    async def create(self, request: Request) -> Response:
        asked = read_body(SkillCreation, request)
        name, description, data = await asyncio.to_thread(self._described, asked)
        skill = self._store.skills.add(name, description, self._kept(data))
        return self._made(request, skill)

    async def update(self, request: Request) -> Response:
        asked = read_body(SkillUpdate, request)
        file = None
        if asked.file_id is not None:
            data = await asyncio.to_thread(self._uploaded, asked.file_id)
            file = self._kept(data)
        skill = self._store.skills.update(request.path_params["id"], asked.description, file)
        if skill is None:
            raise RefusalError(404, "Skill not found.")
        return self._made(request, skill)

    async def download(self, request: Request) -> Response:
        skill = self._found(request.path_params["id"], None, None)
        url = f"{origin_of(request)}{STORAGE}{skill.file.token}"
        return JSONResponse({"download_url": url, "expires_in": _URL_SECONDS})

    def _found(self, id_: str | None, name: str | None, version: str | None) -> StoredSkill:
        skill = self._store.skills.find(id_, name, version)
        if skill is None:
            raise RefusalError(404, "Skill not found.")
        return skill

    def _described(self, asked: SkillCreation) -> tuple[str | None, str, bytes]:
        """The name, the description and the zip file of a new skill."""
        if asked.file_id is not None:
            data = self._uploaded(asked.file_id)
            main = read_main(data, ("body", "file_id"))
            return asked.name or main.get("name"), asked.description or main.get("description") or "", data
        text = asked.prompt or f"What was done in the session {asked.session_id}."
        if asked.session_id is not None and self._store.shelf(asked.session_id, None) is None:
            raise RefusalError(404, "Session not found.")
        description = asked.description or text[:200]
        main_file = f"---\nname: {asked.name or 'skill'}\ndescription: {json.dumps(description)}\n---\n{text}\n"
        files = {"SKILL.md": main_file}
        if asked.json_schema is not None:
            refuse_bad_schema(asked.json_schema, ("body", "json_schema"))
            files["schema.json"] = json.dumps(asked.json_schema)
        return asked.name, description, pack(files)

    def _uploaded(self, file_id: str) -> bytes:
        file = self._store.files.by_id(file_id)
        if file is None:
            raise RefusalError(404, "File not found.")
        data = file.blob.path.read_bytes()
        read_main(data, ("body", "file_id"))
        return data

    def _kept(self, data: bytes) -> StoredFile:
        """A zip file that is only found at its signed URL."""
        with self._store.files.disk.receive() as incoming:
            incoming.write(data)
            file = StoredFile("skill.zip", "skills", incoming.finish())
        self._store.files.shelve(file)
        return file

    def _made(self, request: Request, skill: StoredSkill) -> Response:
        self._work.add(Work("skill", skill.id, shown(request.headers)))
        return JSONResponse(skill.on_wire(), status_code=201)
