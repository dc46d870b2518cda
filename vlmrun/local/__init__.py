"""A VLM Run server on this machine, for demos and for users' own tests.

    from vlmrun.local import LocalServer

    with LocalServer() as server:
        client = VLMRun(api_key=server.api_key, base_url=server.base_url)

or, from a shell, `python -m vlmrun.local --port 8000`.

It speaks `/v1/health`, `/v1/openai/chat/completions`, and the endpoints of agents, files and artifacts; and refuses
what the platform would refuse: a wrong key (401), an unknown id (404), a malformed body (422). It has no model, and
says so: an answer is computed from what arrived, so that it shows whether the bytes did. It binds loopback addresses
only, and connects to nothing: URLs are not fetched and callbacks are not called.

- Files are kept, on the disk; uploads of any size take no memory. Signed and public URLs lead to `/storage/` on this
  server, which acts as an object store does: it needs no key, refuses one, and refuses a Content-Type that the URL was
  not signed for. A file that was promised is there when its upload is verified.
- A part that names a file by its id is opened. A session is remembered: how many messages it had.
- A skill that comes as a bundle is unpacked, in memory; one that is referred to is named.
- Each image becomes a thumbnail, an artifact of the chat's session or, when it is completed, of the execution.
- Executions pass from pending to running to completed, one step for each look; or to what `execution_status` says.

It can fail on demand, for tests of what your code does then; and it counts what it did:

    with LocalServer(faults=[Fault("reset_before", path="/v1/agent/execute")]) as server:
        ...                                # the first execution is started, and its answer never comes
        server.work                        # one entry for all that the platform would bill or keep

Needs the extra `local`. Importing `vlmrun` never imports this package.

    _server     LocalServer: a socket, a thread, and what was received
    _journal    ReceivedRequest and Work, and lists of them
    _faults     Fault: what can go wrong, and what it makes of an answer; `_breaking` does it to a connection
    _arguments  what the arguments of these may be
    _gate       every request passes here: read, noted, authenticated; `_paths` says which paths are particular
    _app        routes; those of files are in `_file_routes`, and `_reading` reads what they are asked
    _chat       a completion, whole and as a stream
    _agents     agents and executions
    _artifacts  thumbnails, and the shelf of each namespace
    _skills     what a skill must look like, and unpacking it
    _store      where all is kept, as `_records`; files are in `_file_store`, as `_files`, on `_disk`
    _uploads    reading what is uploaded, piece by piece
    _requests   what a body must look like; `_parts` are those of messages, `_queries` are queries
    _contents   finding what a request holds
    _opening    opening it: `_images` and `_pdf` open these, `_data_urls` reads data URLs
    _facts      what can be said of what arrived
    _errors     what a refusal looks like
    _answers    from facts to an answer; `_hints` says which fact fits a property's name
    _schemas    from a JSON schema to an instance of it; `_scalars` and `_patterns` make its smallest parts, and
                `_checker` checks it

May import: client.exceptions, _inputs.
"""

from __future__ import annotations

from vlmrun.client.exceptions import DependencyError

try:
    from vlmrun.local._faults import Fault, FaultKind, random_faults
    from vlmrun.local._journal import ReceivedRequest, Work
    from vlmrun.local._server import LocalServer
except ImportError as _error:
    # A module of our own that is missing is a defect, and no extra mends it.
    if (_error.name or "").partition(".")[0] == "vlmrun":
        raise
    raise DependencyError(
        f"vlmrun.local needs {_error.name or 'a package'}, which cannot be imported.",
        suggestion="pip install 'vlmrun[local]'",
        error_type="missing_dependency",
    ) from _error

__all__ = ["Fault", "FaultKind", "LocalServer", "ReceivedRequest", "Work", "random_faults"]


def __dir__() -> list[str]:
    return __all__  # and not what is imported here
