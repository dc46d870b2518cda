"""The routes of datasets and of fine-tuning, which trains nothing here."""

from __future__ import annotations

import asyncio
import tarfile

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vlmrun.local._predictions.predict import generate_tuned
from vlmrun.local._requests.queries import PageQuery
from vlmrun.local._requests.reading import read_body, read_query
from vlmrun.local._requests.training import DatasetCreation, ProvisionRequest, TunedGeneration, TuningRequest
from vlmrun.local._script.script import Script
from vlmrun.local._store.records import Training, new_id
from vlmrun.local._store.store import Store
from vlmrun.local._wire.clock import now
from vlmrun.local._wire.errors import Problem, RefusalError
from vlmrun.local._wire.journal import Journal, Work, shown

__all__ = ["TrainingRoutes"]

_USAGE: dict[str, object] = {"credits_used": 0, "duration_seconds": 0}


class TrainingRoutes:
    """One method per route.

    Args:
        store: Where files, datasets and jobs are kept.
        work: Where it is noted that one was made.
        script: What a test has told the server to answer.
    """

    def __init__(self, store: Store, work: Journal[Work], script: Script) -> None:
        self._store = store
        self._script = script
        self._work = work

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("/v1/datasets", self.list_datasets),
            Route("/v1/datasets/create", self.create_dataset, methods=["POST"]),
            Route("/v1/datasets/{id}", self.get_dataset),
            Route("/v1/fine_tuning/create", self.create_job, methods=["POST"]),
            Route("/v1/fine_tuning/provision", self.provision, methods=["POST"]),
            Route("/v1/fine_tuning/generate", self.generate, methods=["POST"]),
            Route("/v1/fine_tuning/jobs", self.list_jobs),
            Route("/v1/fine_tuning/jobs/{id}", self.get_job),
            Route("/v1/fine_tuning/models", self.list_models),
        ]

    async def create_dataset(self, request: Request) -> Response:
        asked = read_body(DatasetCreation, request)
        count = await asyncio.to_thread(self._count, asked.file_id)
        said = {**asked.model_dump(exclude={"wandb_api_key"}), "message": f"A dataset of {count} files."}
        dataset = self._store.datasets.add(Training(response=None, usage=_USAGE, said=said))
        self._work.add(Work("dataset", dataset.id, shown(request.headers)))
        return JSONResponse(dataset.on_wire(), status_code=201)

    async def list_datasets(self, request: Request) -> Response:
        page = read_query(PageQuery, request)
        return JSONResponse([item.on_wire() for item in self._store.datasets.page(page.skip, page.limit)])

    async def get_dataset(self, request: Request) -> Response:
        dataset = self._store.datasets.advance(request.path_params["id"])
        if dataset is None:
            raise RefusalError(404, "Dataset not found.")
        return JSONResponse(dataset.on_wire())

    async def create_job(self, request: Request) -> Response:
        asked = read_body(TuningRequest, request)
        for field, file in (("training_file", asked.training_file), ("validation_file", asked.validation_file)):
            if file is not None and not file.startswith(("http://", "https://")):
                self._require_file(file, field)
        shown_again = {"model", "suffix", "wandb_base_url", "wandb_project_name"}
        said = {**asked.model_dump(include=shown_again), "message": "This server has no model, and trains none."}
        job = self._store.tunings.add(Training(response=None, usage=_USAGE, said=said))
        self._work.add(Work("fine_tuning", job.id, shown(request.headers)))
        return JSONResponse(job.on_wire(), status_code=201)

    async def provision(self, request: Request) -> Response:
        asked = read_body(ProvisionRequest, request)
        if asked.model not in self._models():
            raise RefusalError(404, "Model not found: it has no completed job.")
        message = f"Provisioned for {asked.duration} s, {asked.concurrency} at once."
        body = {"id": new_id(), "created_at": now(), "completed_at": now(), "model": asked.model, "message": message}
        return JSONResponse(body, status_code=201)

    async def generate(self, request: Request) -> Response:
        asked = read_body(TunedGeneration, request)
        told = await self._script.told(request.state.received)
        # Nor need its model exist where a test has told what it answers.
        if told is None and asked.model not in self._models():
            raise RefusalError(404, "Model not found: it has no completed job.")
        prediction = await asyncio.to_thread(generate_tuned, self._store, asked, told)
        self._work.add(Work("prediction", prediction.id, shown(request.headers)))
        return JSONResponse(prediction.on_wire(), status_code=201)

    async def list_jobs(self, request: Request) -> Response:
        page = read_query(PageQuery, request)
        return JSONResponse([item.on_wire() for item in self._store.tunings.page(page.skip, page.limit)])

    async def get_job(self, request: Request) -> Response:
        job = self._store.tunings.advance(request.path_params["id"])
        if job is None:
            raise RefusalError(404, "Job not found.")
        return JSONResponse(job.on_wire())

    async def list_models(self, request: Request) -> Response:
        page = read_query(PageQuery, request)
        return JSONResponse(self._models()[page.skip : page.skip + page.limit])

    def _models(self) -> list[str]:
        """The names of the models of completed jobs, newest first."""
        jobs = self._store.tunings.page(0, 1_000_000)
        return [
            f"ft:{job.said['model']}:local:{job.said['suffix'] or ''}:{job.id[:8]}" for job in jobs if job.is_completed
        ]

    def _require_file(self, file_id: str, field: str) -> None:
        if self._store.files.by_id(file_id) is None:
            raise RefusalError(404, f"File not found: {field}.")

    def _count(self, file_id: str) -> int:
        """How many files an uploaded archive has."""
        self._require_file(file_id, "file_id")
        file = self._store.files.by_id(file_id)
        try:
            with tarfile.open(file.blob.path if file else "") as archive:
                return sum(entry.isfile() for entry in archive)
        except (tarfile.TarError, EOFError, OSError) as error:
            reason = f"This is not a tar archive: {error}"
            raise RefusalError(422, [Problem(("body", "file_id"), reason, "unreadable_dataset")]) from error
