"""A VLM Run server on this machine, for demos and for users' own tests.

    from vlmrun.local import LocalServer

    with LocalServer() as server:
        client = VLMRun(api_key=server.api_key, base_url=server.base_url)

or, from a shell, `python -m vlmrun.local --port 8000`.

It speaks `/v1/health`, the agent endpoints and `/v1/openai/chat/completions`, and refuses what the platform would
refuse: a wrong key (401), an unknown id (404), a malformed body (422). It has no model, and says so: an answer is
computed from what arrived, so that it shows whether the bytes did. It binds loopback addresses only, and connects to
nothing: URLs are not fetched and callbacks are not called.

Needs the extra `local`. Importing `vlmrun` never imports this package.

    _server     LocalServer: a socket, a thread, and what was received
    _journal    ReceivedRequest, and the list of them
    _gate       every request passes here: read, noted, authenticated
    _app        routes
    _chat       a completion, whole and as a stream
    _agents     agents and executions
    _store      where these are kept
    _requests   what a request must look like
    _contents   opening what a request holds
    _errors     what a refusal looks like
    _facts      what can be said of what arrived; `_pdf` opens PDFs, `_data_urls` reads data URLs
    _answers    from facts to an answer; `_hints` says which fact fits a property's name
    _schemas    from a JSON schema to an instance of it; `_scalars` and `_patterns` make its smallest parts, and
                `_checker` checks it

Source: API.md §1, 3.1, 3.6, 4, 7 to 10.
"""

from __future__ import annotations

from vlmrun.client.exceptions import DependencyError

try:
    from vlmrun.local._journal import ReceivedRequest
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

__all__ = ["LocalServer", "ReceivedRequest"]
