"""A local VLM Run server, for demos and for your own tests.

```python
from vlmrun import VLMRun
from vlmrun.local import LocalServer

with LocalServer() as server:
    client = VLMRun(api_key=server.api_key, base_url=server.base_url)
```

or, from a shell, `python -m vlmrun.local --port 8000`.

It serves `/v1/health`, `/v1/openai/chat/completions`, and the endpoints of predictions (`image`, `document`, `audio`,
`video`), agents, files, artifacts, models, domains and the hub. It rejects what the platform rejects: a wrong key
(401), an unknown id (404), a malformed body (422). It runs no model; replies describe what it received, so that a test
can check that every byte arrived. It binds loopback addresses only, fetches no URLs, and calls callback URLs only if
they have a loopback address. What `upstream` names is sent what it is asked, and nothing else is.

- Uploaded files are stored on disk, so uploads of any size need little memory. Signed and public URLs point to
  `/storage/` on this server, which behaves like an object store: it needs no key, rejects one, and rejects a
  Content-Type that differs from the one the URL was signed for. A file with a presigned URL exists once its upload is
  verified.
- A message part that references a file by id is opened. A session remembers how many messages it had.
- A skill sent inline is unpacked in memory; a referenced skill is only named.
- Each image becomes a thumbnail: an artifact of the chat's session or, once it is completed, of the execution.
- An execution or a batch prediction moves from pending to running to completed, one step each time it is fetched;
  `execution_status` sets a different final status.
- A `callback_url` that starts with `http:` and a loopback address receives the completed execution or prediction as
  soon as its creation was answered. `webhook_secret` signs it. It is sent again up to twice, after 1 and 2 seconds, if
  the receiver fails.
- The hub has the documented domains, most of them with a schema of a few fields. An unknown domain is a 404. A
  prediction fills the schema of its domain, or `config.json_schema`, with what is known.
- `document.markdown` returns the text of each page of a PDF, and of no other file; `audio.transcription` and
  `video.transcription` return the length of WAV files. With `confidence`, fields have a placeholder; with
  `grounding`, the place where their value stands in the text of a PDF, or a placeholder.

A test can say what it answers, and look at what was asked:

```python
server.answer(Invoice(total=25.0), when="invoice")
server.answer(Answer(tool_calls=[ToolCall("get_weather", {"city": "Paris"})]), when=When(model="vlmrun-orion-2:auto"))
server.answer(Answer(status=429), times=1)
...
server.requests[-1].chat.messages
```

A real model can answer what no test has set, through any OpenAI-compatible server, such as Ollama, vLLM or llama.cpp:

```python
LocalServer(upstream=Upstream("http://127.0.0.1:11434/v1", model="qwen2.5vl"))
```

It can record the answers of a real server in files, once, and answer from them offline:

```python
with LocalServer.record("answers") as server: ...
with LocalServer.replay("answers") as server: ...
```

It can inject faults, to test how your code handles them, and it records the work it performed:

```python
with LocalServer(faults=[Fault("reset_before", path="/v1/agent/execute")]) as server:
    ...            # the first execution is started, and its response is lost
    server.work    # one entry for everything the platform would bill or store
```

Requires the extra `local`. Importing `vlmrun` never imports this package.

The package is divided into wings. The docstring of each wing says what it contains and which other wings it may
import; a test checks every import against it.

```text
_wire         paths, error responses, timestamps, records of requests and work
_media        reads data URLs, images and PDFs into facts
_requests     models of request bodies and queries
_faults       faults, which requests they affect, and what they do to a response
_script       the answers that a test has set, and which requests get them
_recordings   records the answers of a real server in files, and answers from them
_store        agents, executions, sessions, artifacts and files
_inputs       opens message parts, inputs, skills and uploads
_answers      turns facts into text, JSON or an instance of a JSON schema
_catalogue    the built-in domains and their schemas
_agents       answers chats, creates and executes agents
_predictions  generates predictions
_callbacks    calls the callback URLs of jobs
_upstream     asks a real model on another server
_routes       the HTTP routes
_server       `LocalServer`: socket, thread and authentication
```

May import: client.exceptions, _arguments, _http, _inputs.
"""

try:
    from vlmrun.local._faults.fault import Fault, FaultKind
    from vlmrun.local._faults.schedule import random_faults
    from vlmrun.local._requests.received import PredictionRequest, ReceivedFile, ReceivedRequest
    from vlmrun.local._script.answer import Answer, Reply, ToolCall
    from vlmrun.local._script.script import When
    from vlmrun.local._server.server import LocalServer
    from vlmrun.local._upstream.upstream import Upstream
    from vlmrun.local._wire.journal import Work
except ImportError as _error:
    # A missing module of this package is a defect, which no extra fixes.
    if (_error.name or "").partition(".")[0] == "vlmrun":
        raise
    from vlmrun.client.exceptions import DependencyError as _DependencyError

    raise _DependencyError(
        f"vlmrun.local requires {_error.name or 'a package'}, which cannot be imported.",
        suggestion="pip install 'vlmrun[local]'",
        error_type="missing_dependency",
    ) from _error

__all__ = [
    "Answer",
    "Fault",
    "FaultKind",
    "LocalServer",
    "PredictionRequest",
    "ReceivedFile",
    "ReceivedRequest",
    "Reply",
    "ToolCall",
    "Upstream",
    "When",
    "Work",
    "random_faults",
]


def __dir__() -> list[str]:
    return __all__  # and not what is imported here
