"""What is measured, each side as its users would write it; and the process in which it runs.

This file is run by the Python of any of the environments, so that it imports what a side needs where it needs it. A
line on its input is `[subject, amount, argument]`; the line that it writes is how many seconds that took, and how many
bytes of memory the process has had at most.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from vlmrun import AsyncVLMRun

T = TypeVar("T")

Action = Callable[[int, str], object]
"""Does what is measured: how much of it, and with what."""
Subject = Callable[[str], Action]
"""Prepares an action against the server at an origin."""

MODEL = "vlmrun-orion-1:auto"
PROMPT = "What is the total of this invoice?"
KEY = "k"
_PIECE = 1 << 20


def _repeated(call: Callable[[], object]) -> Action:
    def action(amount: int, _: str) -> None:
        for _number in range(amount):
            call()

    return action


def _repeated_async(call: Callable[[], Awaitable[object]]) -> Action:
    loop = asyncio.new_event_loop()

    async def repeat(amount: int) -> None:
        for _number in range(amount):
            await call()

    return lambda amount, _: loop.run_until_complete(repeat(amount))


# Chats ----------------------------------------------------------------------------------------------------------------


def _chat(completions: Any) -> Action:
    return _repeated(lambda: completions.create(model=MODEL, messages=[{"role": "user", "content": PROMPT}]))


def _stream(completions: Any) -> Action:
    def call() -> None:
        messages = [{"role": "user", "content": PROMPT}]
        for _chunk in completions.create(model=MODEL, messages=messages, stream=True):
            pass

    return _repeated(call)


def _async_chat(completions: Any) -> Action:
    return _repeated_async(lambda: completions.create(model=MODEL, messages=[{"role": "user", "content": PROMPT}]))


def _async_stream(completions: Any) -> Action:
    async def call() -> None:
        messages = [{"role": "user", "content": PROMPT}]
        async for _chunk in await completions.create(model=MODEL, messages=messages, stream=True):
            pass

    return _repeated_async(call)


def _ours(origin: str) -> Any:
    from vlmrun import VLMRun

    return VLMRun(api_key=KEY, base_url=f"{origin}/v1")


def _ours_async(origin: str) -> Any:
    from vlmrun import AsyncVLMRun

    return AsyncVLMRun(api_key=KEY, base_url=f"{origin}/v1")


def _openai(origin: str) -> Any:
    from openai import OpenAI

    return OpenAI(api_key=KEY, base_url=f"{origin}/v1/openai")


def _openai_async(origin: str) -> Any:
    from openai import AsyncOpenAI

    return AsyncOpenAI(api_key=KEY, base_url=f"{origin}/v1/openai")


# In the environment of the official SDK, this is its client: the import path is one that both have.
def _official(origin: str) -> Any:
    from vlmrun.client import VLMRun

    return VLMRun(api_key=KEY, base_url=f"{origin}/v1")


# Native calls ---------------------------------------------------------------------------------------------------------


def _list(client: Any) -> Action:
    return _repeated(lambda: client.agent.list())


def _async_list(client: Any) -> Action:
    return _repeated_async(lambda: client.agent.list())


def _execute(client: Any) -> Action:
    from vlmrun.client.types import AgentExecutionConfig

    return _repeated(lambda: client.agent.execute(name="invoices", config=AgentExecutionConfig(prompt=PROMPT)))


def _bare_list(origin: str) -> Action:
    import httpx2
    import pydantic

    from vlmrun.client.types import AgentInfo

    client = httpx2.Client(headers={"Authorization": f"Bearer {KEY}"}, timeout=600)
    agents = pydantic.TypeAdapter(list[AgentInfo])
    url = f"{origin}/v1/agent"
    return _repeated(lambda: agents.validate_json(client.get(url).raise_for_status().content))


def _bare_async_list(origin: str) -> Action:
    import httpx2
    import pydantic

    from vlmrun.client.types import AgentInfo

    client = httpx2.AsyncClient(headers={"Authorization": f"Bearer {KEY}"}, timeout=600)
    agents = pydantic.TypeAdapter(list[AgentInfo])
    url = f"{origin}/v1/agent"

    async def call() -> None:
        response = await client.get(url)
        agents.validate_json(response.raise_for_status().content)

    return _repeated_async(call)


def _bare_execute(origin: str) -> Action:
    import httpx2

    from vlmrun.client.types import AgentExecutionConfig, AgentExecutionResponse

    client = httpx2.Client(headers={"Authorization": f"Bearer {KEY}"}, timeout=600)
    url = f"{origin}/v1/agent/execute"

    def call() -> None:
        config = AgentExecutionConfig(prompt=PROMPT).model_dump(mode="json", exclude_none=True)
        body = {"name": "invoices", "config": config, "batch": True, "model": MODEL}
        AgentExecutionResponse.model_validate_json(client.post(url, json=body).raise_for_status().content)

    return _repeated(call)


# Predictions ----------------------------------------------------------------------------------------------------------


def _predictions(client: Any) -> Action:
    """Of a file, or of a URL where no path is given. Both sides write it alike."""

    def action(amount: int, path: str) -> None:
        source: dict[str, Any] = {"file": Path(path)} if path else {"url": "https://example.com/invoice.pdf"}
        for _number in range(amount):
            found = client.document.generate(**source, domain="document.invoice")
            assert found.response == {"total": 12.5}

    return action


# Many executions at once ----------------------------------------------------------------------------------------------


def _some_at_a_time(
    origin: str, inputs: Callable[[int], Iterable[T]], call: Callable[[AsyncVLMRun, T], Awaitable[object]]
) -> Action:
    """A call of one async client for each input, so many of them at a time."""
    from vlmrun import AsyncVLMRun

    async def run(amount: int, concurrency: int, behaviour: str) -> None:
        async with AsyncVLMRun(api_key=KEY, base_url=f"{origin}{behaviour}/v1") as client:
            left = iter(inputs(amount))

            async def work() -> None:
                for each in left:
                    await call(client, each)

            await asyncio.gather(*(work() for _number in range(concurrency)))

    def action(amount: int, argument: str) -> None:
        concurrency, _, behaviour = argument.partition(" ")
        asyncio.run(run(amount, int(concurrency), behaviour))

    return action


def _executions(origin: str) -> Action:
    """So many executions, each submitted and awaited, so many of them at a time."""

    async def call(client: AsyncVLMRun, _number: int) -> None:
        started = await client.agent.execute(name="invoices", config={"prompt": PROMPT})
        await client.executions.wait(started.id)

    return _some_at_a_time(origin, range, call)


# Many documents -------------------------------------------------------------------------------------------------------


def _runs(origin: str) -> Action:
    """So many chats about a document each, so many of them at a time, without a journal."""
    from vlmrun import content

    async def call(client: AsyncVLMRun, number: int) -> None:
        document = content.document(b"Invoice %d" % number, media_type="text/plain")
        await client.agent.run(PROMPT, inputs=[document])

    return _some_at_a_time(origin, range, call)


def _batch(origin: str) -> Action:
    """The same as a job, with a journal of its own."""
    from vlmrun import VLMRun
    from vlmrun.batch import Batch

    def action(amount: int, argument: str) -> None:
        concurrency, _, behaviour = argument.partition(" ")
        client = VLMRun(api_key=KEY, base_url=f"{origin}{behaviour}/v1")
        with tempfile.TemporaryDirectory() as folder, client:
            path = f"{folder}/a.db"
            batch = Batch(path, prompt=PROMPT, client=client, mode="chat", concurrency=int(concurrency))
            batch.run(((f"{number}.txt", b"Invoice %d" % number) for number in range(amount)), progress=False)

    return action


def _bare_executions(origin: str) -> Action:
    """The same two requests by bare httpx2, and their answers validated: what can be had over that."""
    import httpx2

    from vlmrun.client.types import AgentExecutionConfig, AgentExecutionResponse

    config = AgentExecutionConfig(prompt=PROMPT).model_dump(mode="json", exclude_none=True)
    body = {"name": "invoices", "config": config, "batch": True, "model": MODEL}

    async def run(amount: int, concurrency: int, behaviour: str) -> None:
        headers = {"Authorization": f"Bearer {KEY}"}
        client = httpx2.AsyncClient(base_url=f"{origin}{behaviour}/v1", headers=headers, timeout=600)
        async with aclosing(client):
            left = iter(range(amount))

            async def work() -> None:
                for _number in left:
                    response = await client.post("agent/execute", json=body)
                    started = AgentExecutionResponse.model_validate_json(response.raise_for_status().content)
                    response = await client.get(f"agent/executions/{started.id}")
                    AgentExecutionResponse.model_validate_json(response.raise_for_status().content)

            await asyncio.gather(*(work() for _number in range(concurrency)))

    def action(amount: int, argument: str) -> None:
        concurrency, _, behaviour = argument.partition(" ")
        asyncio.run(run(amount, int(concurrency), behaviour))

    return action


def _official_executions(origin: str) -> Action:
    """The same, by threads, as the official SDK has no async client."""
    from vlmrun.client import VLMRun
    from vlmrun.client.types import AgentExecutionConfig

    def action(amount: int, argument: str) -> None:
        threads, _, behaviour = argument.partition(" ")
        client: Any = VLMRun(api_key=KEY, base_url=f"{origin}{behaviour}/v1")

        def work(_number: int) -> None:
            started = client.agent.execute(name="invoices", config=AgentExecutionConfig(prompt=PROMPT))
            client.executions.wait(started.id)

        with ThreadPoolExecutor(int(threads)) as pool:
            for _done in pool.map(work, range(amount)):
                pass

    return action


# The same on engines --------------------------------------------------------------------------------------------------


def _extractor(origin: str, argument: str) -> tuple[Any, int]:
    """What reads documents, and how many at a time."""
    from vlmrun import VLMRun
    from vlmrun.batch import Extractor

    concurrency, _, behaviour = argument.partition(" ")
    client = VLMRun(api_key=KEY, base_url=f"{origin}{behaviour}/v1")
    return Extractor(client, prompt=PROMPT, column="path"), int(concurrency)


def _documents(amount: int) -> list[str]:
    return [f"https://example.com/{number}.pdf" for number in range(amount)]


def _read_bare(origin: str) -> Action:
    """The documents by `agent.run` alone, some at a time."""
    from vlmrun import content

    async def call(client: AsyncVLMRun, path: str) -> None:
        await client.agent.run(PROMPT, inputs=[content.document(path)], mode="execution")

    return _some_at_a_time(origin, _documents, call)


def _extracted(origin: str) -> Action:
    """A table by one process, some rows at a time."""

    async def run(extractor: Any, amount: int, concurrency: int) -> None:
        left = iter(_documents(amount))

        async def work() -> None:
            for path in left:
                row = await extractor({"path": path})
                assert row["error"] is None, row["error"]

        await asyncio.gather(*(work() for _number in range(concurrency)))

    def action(amount: int, argument: str) -> None:
        extractor, concurrency = _extractor(origin, argument)
        asyncio.run(run(extractor, amount, concurrency))

    return action


def _daft_extracted(origin: str) -> Action:
    """The same by Daft."""
    daft: Any = import_module("daft")
    pyarrow: Any = import_module("pyarrow")

    def action(amount: int, argument: str) -> None:
        extractor, concurrency = _extractor(origin, argument)
        columns = daft.DataType.from_arrow_type(pyarrow.struct(pyarrow.schema(extractor.schema)))

        async def read(path: str) -> Any:
            return await extractor({"path": path})

        function = daft.func(max_concurrency=concurrency, return_dtype=columns, unnest=True)(read)
        table = daft.from_pydict({"path": _documents(amount)})
        found = table.select(function(table["path"])).to_pydict()
        assert found["error"] == [None] * amount, found["error"][0]

    return action


def _ray_extracted(origin: str) -> Action:
    """The same by Ray Data: two workers, each of which reads four batches at a time."""
    ray: Any = import_module("ray")
    ray.init(num_cpus=4, include_dashboard=False, log_to_driver=False)

    class Reader:
        def __init__(self, extractor: Any) -> None:
            self.extractor = extractor

        async def __call__(self, batch: Any) -> Any:
            return await self.extractor.table(batch)

    def action(amount: int, argument: str) -> None:
        extractor, concurrency = _extractor(origin, argument)
        pool = ray.data.ActorPoolStrategy(size=2)
        table = ray.data.from_items([{"path": path} for path in _documents(amount)], override_num_blocks=8)
        read = table.map_batches(
            Reader,
            fn_constructor_args=[extractor],
            compute=pool,
            batch_size=max(concurrency // 8, 1),
            batch_format="pyarrow",
        )
        errors = [row["error"] for row in read.take_all()]
        assert errors == [None] * amount, errors[0]

    return action


# Large files ----------------------------------------------------------------------------------------------------------


def _upload(origin: str) -> Action:
    client = _ours(origin)
    return lambda _, path: client.files.upload(path)


def _forced_upload(origin: str) -> Action:
    client = _ours(origin)
    return lambda _, path: client.files.upload(path, force=True)


def _official_upload(origin: str) -> Action:
    client = _official(origin)
    return lambda _, path: client.files.upload(Path(path))


def _download(origin: str) -> Action:
    client = _ours(origin)
    return lambda size, folder: client.artifacts.download("doc_a1b2c3", folder=folder, session_id=str(size))


def _official_download(origin: str) -> Action:
    client = _official(origin)
    return lambda size, _: client.artifacts.get(object_id="doc_a1b2c3", session_id=str(size))


def _address(origin: str) -> tuple[str, int]:
    host, _, port = origin.removeprefix("http://").partition(":")
    return host, int(port)


def _plain_upload(origin: str) -> Action:
    """A file copied into a socket, in pieces."""
    address = _address(origin)

    def action(_: int, path: str) -> None:
        with socket.create_connection(address) as connection, Path(path).open("rb") as file:
            size = Path(path).stat().st_size
            connection.sendall(f"PUT /storage HTTP/1.1\r\ncontent-length: {size}\r\n\r\n".encode())
            while piece := file.read(_PIECE):
                connection.sendall(piece)
            connection.recv(_PIECE)

    return action


def _plain_download(origin: str) -> Action:
    """A socket copied into a file, in pieces."""
    address = _address(origin)

    def action(size: int, folder: str) -> None:
        target = Path(folder, "plain.bin")
        with socket.create_connection(address) as connection, target.open("wb") as file:
            connection.sendall(f"GET /artifacts?session_id={size} HTTP/1.1\r\n\r\n".encode())
            left = size
            head, _, piece = connection.recv(_PIECE).partition(b"\r\n\r\n")
            while True:
                file.write(piece)
                left -= len(piece)
                if left <= 0:
                    break
                piece = connection.recv(_PIECE)
            assert head.startswith(b"HTTP/1.1 200")

    return action


# Pages ----------------------------------------------------------------------------------------------------------------


def _pages(timeout: float | None) -> Action:
    from vlmrun import content

    def action(amount: int, path: str) -> None:
        for _number in range(amount):
            assert list(content.document_pages(path, timeout=timeout))

    return action


def _photos() -> Action:
    from PIL import Image

    from vlmrun import content

    opened: Any = Image.open

    def action(amount: int, path: str) -> None:
        for _number in range(amount):
            with opened(path) as photo:
                assert content.image(photo)

    return action


def _bare_photos() -> Action:
    import base64
    import io

    from PIL import Image

    opened: Any = Image.open

    def action(amount: int, path: str) -> None:
        for _number in range(amount):
            file = io.BytesIO()
            with opened(path) as photo:
                photo.save(file, "PNG")
            assert base64.b64encode(file.getvalue())

    return action


def _bare_pages(**options: Any) -> Action:
    import base64
    import io

    import pypdfium2  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]  # it has no types

    pdfium: Any = pypdfium2

    def action(amount: int, path: str) -> None:
        for _number in range(amount):
            document = pdfium.PdfDocument(path)
            document.init_forms()
            for page in document:
                png = io.BytesIO()
                page.render(scale=150 / 72).to_pil().save(png, "PNG", **options)
                assert base64.b64encode(png.getvalue())
            document.close()

    return action


SUBJECTS: dict[str, Subject] = {
    "vlmrun.chat": lambda origin: _chat(_ours(origin).agent.completions),
    "vlmrun.stream": lambda origin: _stream(_ours(origin).agent.completions),
    "vlmrun.async_chat": lambda origin: _async_chat(_ours_async(origin).agent.completions),
    "vlmrun.async_stream": lambda origin: _async_stream(_ours_async(origin).agent.completions),
    "openai.chat": lambda origin: _chat(_openai(origin).chat.completions),
    "openai.stream": lambda origin: _stream(_openai(origin).chat.completions),
    "openai.async_chat": lambda origin: _async_chat(_openai_async(origin).chat.completions),
    "openai.async_stream": lambda origin: _async_stream(_openai_async(origin).chat.completions),
    "official.chat": lambda origin: _chat(_official(origin).agent.completions),
    "vlmrun.list": lambda origin: _list(_ours(origin)),
    "vlmrun.async_list": lambda origin: _async_list(_ours_async(origin)),
    "vlmrun.execute": lambda origin: _execute(_ours(origin)),
    "httpx2.list": _bare_list,
    "httpx2.async_list": _bare_async_list,
    "httpx2.execute": _bare_execute,
    "official.list": lambda origin: _list(_official(origin)),
    "official.execute": lambda origin: _execute(_official(origin)),
    "vlmrun.predictions": lambda origin: _predictions(_ours(origin)),
    "official.predictions": lambda origin: _predictions(_official(origin)),
    "vlmrun.executions": _executions,
    "vlmrun.runs": _runs,
    "vlmrun.batch": _batch,
    "httpx2.executions": _bare_executions,
    "official.executions": _official_executions,
    "vlmrun.agent_run": _read_bare,
    "vlmrun.extractor": _extracted,
    "daft.extractor": _daft_extracted,
    "ray.extractor": _ray_extracted,
    "vlmrun.upload": _upload,
    "vlmrun.forced_upload": _forced_upload,
    "vlmrun.download": _download,
    "official.upload": _official_upload,
    "official.download": _official_download,
    "vlmrun.photos": lambda _: _photos(),
    "pillow.photos_as_png": lambda _: _bare_photos(),
    "vlmrun.pages": lambda _: _pages(60.0),
    "vlmrun.pages_here": lambda _: _pages(None),
    "pypdfium2.pages": lambda _: _bare_pages(),
    "pypdfium2.pages_level_3": lambda _: _bare_pages(compress_level=3),
    "plain.upload": _plain_upload,
    "plain.download": _plain_download,
}
"""Everything that is measured, by the name of the side and of what it does."""


def _peak() -> int:
    """The most memory that this process has had, in bytes; 0 where the system does not tell."""
    # Not from getrusage: Linux counts the process that this one was started from into that.
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    except OSError:
        found = None
    return int(found[1]) << 10 if found else 0


def main(origin: str) -> None:
    """Do what the input says, until it ends."""
    ready: dict[str, Action] = {}
    for line in sys.stdin:
        name, amount, argument = json.loads(line)
        if name not in ready:
            ready[name] = SUBJECTS[name](origin)
        start = time.perf_counter()
        ready[name](amount, argument)
        seconds = time.perf_counter() - start
        print(json.dumps([seconds, _peak()]), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
