"""Artifacts: what agents make, such as images, videos and documents.

What to send is decided once, by the functions at the end; the two classes differ in how they wait for the answer.

Source: API.md §3.7, §14.
"""

from __future__ import annotations

import builtins
import mimetypes
import os
import re
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import anyio

from vlmrun.client._checks import require_id
from vlmrun.client._connections import Connections
from vlmrun.client._transport import Call
from vlmrun.client.exceptions import InputError
from vlmrun.client.types import ArtifactInfo, WireModel

if TYPE_CHECKING:
    from vlmrun.protocols import ClientConfig

__all__ = ["Artifacts", "AsyncArtifacts"]


class Artifacts:
    """What agents have made: `VLMRun().artifacts`.

    An artifact belongs to a chat, by its `session_id`, or to an execution, by its `execution_id`.
    """

    def __init__(self, client: ClientConfig) -> None:
        """Make the resource of a client: a client, or anything with the same four values."""
        self._transport = Connections.of(client).transport

    def list(self, *, session_id: str | None = None, execution_id: str | None = None) -> builtins.list[ArtifactInfo]:
        """The artifacts of a chat or an execution.

        Args:
            session_id: The chat.
            execution_id: Or the execution.

        Raises:
            InputError: Not exactly one of the two is given.
            APIError: The call failed.

        Source: API.md §3.7, `GET /artifacts/list`.
        """
        return self._transport.send(_list(session_id, execution_id))

    def get(
        self,
        object_id: str | None = None,
        *,
        filename: str | None = None,
        session_id: str | None = None,
        execution_id: str | None = None,
    ) -> bytes:
        """An artifact's bytes, by its id or by its name.

        Args:
            object_id: Its id, such as `img_a1b2c3`.
            filename: Or its name in the agent's workspace.
            session_id: The chat that it belongs to.
            execution_id: Or the execution.

        Returns:
            The bytes as they are served; for a `url_` artifact that is a URL, as text.

        Raises:
            InputError: Not exactly one of `object_id` and `filename`, or of `session_id` and `execution_id`, is given.
            ResourceNotFoundError: There is no such artifact, or not yet.
            APIError: The call failed in another way.

        Source: API.md §3.7, `GET /artifacts`.
        """
        return self._transport.send(_get(object_id, filename, session_id, execution_id))

    def download(
        self,
        object_id: str | None = None,
        *,
        folder: str | os.PathLike[str],
        filename: str | None = None,
        session_id: str | None = None,
        execution_id: str | None = None,
    ) -> Path:
        """Write an artifact into a folder, without holding it in memory.

        Args:
            object_id: Its id, such as `img_a1b2c3`.
            folder: The folder, which has to be there. Nothing is ever written outside it.
            filename: Or its name in the agent's workspace.
            session_id: The chat that it belongs to.
            execution_id: Or the execution.

        Returns:
            The file: the last part of `filename`, or the id with the suffix of its media type. A file of that name is
            replaced, and only when all of the artifact has arrived.

        Raises:
            InputError: As for `get`; or there is no such folder, or it cannot be written to.
            ResourceNotFoundError: There is no such artifact, or not yet.
            APIError: The call failed in another way.

        Source: API.md §3.7, `GET /artifacts`.
        """
        call = _get(object_id, filename, session_id, execution_id)
        with _arriving(folder) as arriving:
            headers = self._transport.download(call, arriving.file)
            return arriving.keep(object_id, filename, headers)


class AsyncArtifacts:
    """What agents have made, awaited: `AsyncVLMRun().artifacts`. The methods are those of `Artifacts`."""

    def __init__(self, client: ClientConfig) -> None:
        """Make the resource of a client; see `Artifacts`."""
        self._transport = Connections.of(client).async_transport

    async def list(
        self, *, session_id: str | None = None, execution_id: str | None = None
    ) -> builtins.list[ArtifactInfo]:
        """The artifacts of a chat or an execution; see `Artifacts.list`."""
        return await self._transport.send(_list(session_id, execution_id))

    async def get(
        self,
        object_id: str | None = None,
        *,
        filename: str | None = None,
        session_id: str | None = None,
        execution_id: str | None = None,
    ) -> bytes:
        """An artifact's bytes; see `Artifacts.get`."""
        return await self._transport.send(_get(object_id, filename, session_id, execution_id))

    async def download(
        self,
        object_id: str | None = None,
        *,
        folder: str | os.PathLike[str],
        filename: str | None = None,
        session_id: str | None = None,
        execution_id: str | None = None,
    ) -> Path:
        """Write an artifact into a folder; see `Artifacts.download`."""
        call = _get(object_id, filename, session_id, execution_id)
        with _arriving(folder) as arriving:
            headers = await self._transport.download(call, arriving.file)
            return await anyio.to_thread.run_sync(arriving.keep, object_id, filename, headers)


# What is sent ---------------------------------------------------------------------------------------------------------


class _Listing(WireModel):
    items: list[ArtifactInfo]


def _list(session_id: str | None, execution_id: str | None) -> Call[list[ArtifactInfo]]:
    query = _one("says whose artifacts", session_id=session_id, execution_id=execution_id)
    return Call("GET", ("artifacts", "list"), lambda content: _Listing.model_validate_json(content).items, query=query)


def _get(object_id: str | None, filename: str | None, session_id: str | None, execution_id: str | None) -> Call[bytes]:
    which = _one("names an artifact", object_id=object_id, filename=filename)
    whose = _one("says whose artifact", session_id=session_id, execution_id=execution_id)
    return Call("GET", ("artifacts",), bytes, query={**which, **whose}, accept="*/*")


def _one(what: str, **arguments: str | None) -> dict[str, str]:
    """The one argument that is given."""
    given = {name: value for name, value in arguments.items() if value is not None}
    if len(given) != 1:
        raise InputError(f"Exactly one of {' and '.join(arguments)} {what}.", suggestion="pass one of them.")
    for name, value in given.items():
        require_id(name, value)
    return given


# Where it is written --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Arriving:
    """An artifact on its way into a folder, under a name of its own until it is there."""

    folder: Path
    file: BinaryIO = field(repr=False)
    path: Path

    def keep(self, object_id: str | None, filename: str | None, headers: Mapping[str, str]) -> Path:
        """Give it its name."""
        self.file.close()
        target = self.folder / _file_name(object_id, filename, headers.get("content-type", ""))
        try:
            os.replace(self.path, target)
        except OSError as error:
            raise InputError(
                f"folder cannot take the file: {target}: {error.strerror}.", suggestion="pass another folder."
            ) from error
        return target


@contextmanager
def _arriving(folder: str | os.PathLike[str]) -> Generator[_Arriving]:
    try:
        path = Path(folder)
        # Readable for its owner only, as nobody has said who else may read it.
        handle, name = tempfile.mkstemp(prefix=".vlmrun-", dir=path)
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"folder cannot be written to: {error}.", suggestion="pass a folder that is there.") from error
    try:
        with open(handle, "w+b") as file:
            yield _Arriving(path, file, Path(name))
    finally:
        Path(name).unlink(missing_ok=True)  # it is there only if something went wrong


_UNSAFE = re.compile(r"[^\w.-]")  # in a file's name: what some system takes for a path, a device or an option
_DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)[\d¹²³])(\.|$)", re.IGNORECASE)  # on Windows, in any folder
_MAX_NAME_BYTES = 200  # file systems take 255, and a suffix may be added


def _file_name(object_id: str | None, filename: str | None, media_type: str) -> str:
    """What to call an artifact in a folder: never a path, a hidden file or nothing.

    Args:
        object_id: Its id.
        filename: Or its name in the agent's workspace, which may be a path there.
        media_type: What the server says that it is.
    """
    name = _UNSAFE.sub("_", re.split(r"[\\/]", filename or object_id or "")[-1]).lstrip("._-")
    name = name.encode()[:_MAX_NAME_BYTES].decode(errors="ignore").rstrip(".") or "artifact"
    if _DEVICE.match(name):
        name = f"artifact-{name}"
    if Path(name).suffix:
        return name
    return name + (mimetypes.guess_extension(media_type.partition(";")[0].strip(), strict=False) or "")
