"""One running language server, over stdio."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.io_ import run_async
from pygls.lsp.client import LanguageClient
from pygls.protocol import default_converter
from pygls.uris import to_fs_path

from language_servers.places import Document, Kind

if TYPE_CHECKING:
    from cattrs import Converter

__all__ = ["SERVERS", "Server", "ServerError", "Session", "running"]

T = TypeVar("T")

# Where the interpreter that runs this has its scripts, and servers among them.
_BIN = Path(sys.prefix) / "bin"
_PYTHON = str(_BIN / "python")

_ANSWER_WITHIN = 60.0
_LEAVE_WITHIN = 3.0

# pygls warns of every notification that nothing here waits for.
logging.getLogger("pygls").setLevel(logging.ERROR)

# What would tell a server of an environment other than the one it is configured for.
_HIDDEN = ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH")


class ServerError(Exception):
    """A server did not start, ended early, or did not answer in time."""


@dataclass(frozen=True)
class Server:
    """How to start a server, what it is made of, and how to tell it which environment to look at."""

    name: str
    command: tuple[str, ...]
    distributions: tuple[str, ...]
    options: Mapping[str, object] = field(default_factory=dict[str, object])
    settings: Mapping[str, object] = field(default_factory=dict[str, object])


_PYTHON_PATH = {"python": {"pythonPath": _PYTHON}}

SERVERS = (
    Server("pyright", ("pyright-langserver", "--stdio"), ("pyright",), settings=_PYTHON_PATH),
    Server("basedpyright", ("basedpyright-langserver", "--stdio"), ("basedpyright",), settings=_PYTHON_PATH),
    Server(
        "jedi",
        ("jedi-language-server",),
        ("jedi-language-server", "jedi"),
        options={"workspace": {"environmentPath": _PYTHON}},
    ),
    Server(
        "ty",
        ("ty", "server"),
        ("ty",),
        settings={"ty": {"configuration": {"environment": {"python": sys.prefix}}}},
    ),
    Server("pyrefly", ("pyrefly", "lsp"), ("pyrefly",), settings=_PYTHON_PATH),
)


@asynccontextmanager
async def running(server: Server, folder: Path) -> AsyncGenerator[Session, None]:
    """A session with the server, in the folder; however it ends, no process of it is left.

    Raises:
        ServerError: The server failed; what it wrote to stderr is in the message.
    """
    errors = folder / f"{server.name}.stderr"
    with errors.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            str(_BIN / server.command[0]),
            *server.command[1:],
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            cwd=folder,
            env={name: value for name, value in os.environ.items() if name not in _HIDDEN},
            start_new_session=True,  # a group of its own, so that what it starts ends with it
        )
    session = Session(server, folder, process)
    try:
        await session.open()
        yield session
    except (ServerError, OSError) as error:
        raise ServerError(f"{error}\n{errors.read_text(errors='replace')[-2000:]}".rstrip()) from None
    finally:
        await session.close()


class Session:
    """Asks a server about documents."""

    def __init__(self, server: Server, folder: Path, process: asyncio.subprocess.Process) -> None:
        self._server = server
        self._folder = folder
        self._process = process
        self._client = _client(server.settings)
        self._stopped = threading.Event()
        self._ended = asyncio.ensure_future(process.wait())
        stdin, stdout = process.stdin, process.stdout
        if stdin is None or stdout is None:
            raise ServerError("it was started without pipes")
        self._client.protocol.set_writer(stdin)
        self._reading = asyncio.ensure_future(run_async(self._stopped, stdout, self._client.protocol))

    async def open(self) -> None:
        """Greet the server."""
        root = self._folder.as_uri()
        params = lsp.InitializeParams(
            capabilities=_CAPABILITIES,
            process_id=os.getpid(),
            root_uri=root,
            workspace_folders=[lsp.WorkspaceFolder(root, "probes")],
            initialization_options=self._server.options,
        )
        await self._answer(self._client.initialize_async(params))
        self._client.initialized(lsp.InitializedParams())

    def show(self, document: Document) -> None:
        """Open a document, as an editor would."""
        path = self._folder / f"{document.name}.py"
        path.write_text(document.text, encoding="utf-8")
        item = lsp.TextDocumentItem(path.as_uri(), lsp.LanguageKind.Python, 1, document.text)
        self._client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))

    async def ask(self, kind: Kind, document: Document, place: str) -> str:
        """The answer as text, a line for each thing; `''` for none.

        Raises:
            ServerError: There is no answer, and there will be none.
        """
        try:
            return await self._asked(kind, document, place)
        except JsonRpcException as error:
            return f"error: {error}"

    async def _asked(self, kind: Kind, document: Document, place: str) -> str:
        text = lsp.TextDocumentIdentifier((self._folder / f"{document.name}.py").as_uri())
        position = lsp.Position(*document.positions[place])
        if kind is Kind.HOVER:
            return _hover(await self._answer(self._client.text_document_hover_async(lsp.HoverParams(text, position))))
        if kind is Kind.SIGNATURE:
            help_params = lsp.SignatureHelpParams(text, position)
            return _signatures(await self._answer(self._client.text_document_signature_help_async(help_params)))
        if kind is Kind.DEFINITION:
            where = lsp.DefinitionParams(text, position)
            return _locations(await self._answer(self._client.text_document_definition_async(where)))
        params = lsp.CompletionParams(text, position)
        offered = _offered(await self._answer(self._client.text_document_completion_async(params)))
        # Between parentheses everything in scope is offered too; what ends in `=` is an argument.
        return "\n".join(line for line in offered if kind is Kind.MEMBERS or line.split(" ")[0].endswith("="))

    async def close(self) -> None:
        """Take leave, and end what is left."""
        with suppress(JsonRpcException, OSError, asyncio.TimeoutError):
            if self._process.returncode is None:
                await asyncio.wait_for(self._client.shutdown_async(None), _LEAVE_WITHIN)
                self._client.exit(None)
                await asyncio.wait_for(asyncio.shield(self._ended), _LEAVE_WITHIN)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._ended
        self._stopped.set()
        await self._reading

    async def _answer(self, request: Awaitable[T]) -> T:
        asked = asyncio.ensure_future(request)
        await asyncio.wait({asked, self._ended}, timeout=_ANSWER_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        if asked.done():
            return asked.result()
        asked.cancel()
        ended = self._process.returncode
        raise ServerError(f"no answer in {_ANSWER_WITHIN:.0f} s" if ended is None else f"ended with code {ended}")


def _client(settings: Mapping[str, object]) -> LanguageClient:
    """A client that answers what servers ask of editors."""
    client = LanguageClient("vlmrun-language-servers", "1", converter_factory=_converter)

    def configuration(params: lsp.ConfigurationParams) -> list[object]:
        return [settings.get(item.section or "") for item in params.items]

    def accepted(_: object) -> None:
        return None

    client.feature(lsp.WORKSPACE_CONFIGURATION)(configuration)
    client.feature(lsp.CLIENT_REGISTER_CAPABILITY)(accepted)
    client.feature(lsp.WINDOW_WORK_DONE_PROGRESS_CREATE)(accepted)
    return client


def _converter() -> Converter:
    """That of pygls, but for notebooks: what ty says of them, lsprotocol 2025.0.0 cannot read with cattrs 26."""
    converter: Converter = default_converter()  # type: ignore[no-untyped-call]  # pygls leaves out its `-> Converter`
    converter.register_structure_hook(lsp.NotebookDocumentSyncOptions, lambda _, cls: cls([]))
    return converter


_MARKDOWN = [lsp.MarkupKind.Markdown, lsp.MarkupKind.PlainText]
_CAPABILITIES = lsp.ClientCapabilities(
    workspace=lsp.WorkspaceClientCapabilities(configuration=True, workspace_folders=True),
    text_document=lsp.TextDocumentClientCapabilities(
        # With it pyright leads to the source alone, as it does in VS Code; without it, to the stub as well.
        declaration=lsp.DeclarationClientCapabilities(),
        hover=lsp.HoverClientCapabilities(content_format=_MARKDOWN),
        signature_help=lsp.SignatureHelpClientCapabilities(
            signature_information=lsp.ClientSignatureInformationOptions(documentation_format=_MARKDOWN)
        ),
        completion=lsp.CompletionClientCapabilities(
            completion_item=lsp.ClientCompletionItemOptions(documentation_format=_MARKDOWN)
        ),
    ),
)


def _hover(hover: lsp.Hover | None) -> str:
    if hover is None:
        return ""
    contents = hover.contents if isinstance(hover.contents, Sequence) else [hover.contents]
    return "\n".join(content if isinstance(content, str) else content.value for content in contents)


def _signatures(help: lsp.SignatureHelp | None) -> str:
    """The signatures with an argument a line, and what is said of them."""
    if help is None:
        return ""
    lines: list[str] = []
    for signature in help.signatures:
        lines += [*signature.label.replace(", ", ",\n").splitlines(), f"{len(signature.parameters or ())} parameters"]
        lines += _documentation(signature.documentation).splitlines()
    return "\n".join([*lines, f"signature {help.active_signature} is shown"] if lines else [])


def _locations(found: lsp.Definition | Sequence[lsp.LocationLink] | None) -> str:
    """The places, each as its file and the text of its line."""
    places = found if isinstance(found, Sequence) else [found] if found else []
    lines: list[str] = []
    for place in places:
        uri, target = (
            (place.uri, place.range)
            if isinstance(place, lsp.Location)
            else (place.target_uri, place.target_selection_range)
        )
        path = Path(to_fs_path(uri) or "")
        lines.append(f"{path}: {path.read_text(encoding='utf-8').splitlines()[target.start.line].strip()}")
    return "\n".join(lines)


def _offered(completion: lsp.CompletionList | Sequence[lsp.CompletionItem] | None) -> list[str]:
    """What is offered, in order of the alphabet: order is for people, who type."""
    items = completion.items if isinstance(completion, lsp.CompletionList) else completion or ()
    return sorted(" ".join([item.label, f"({item.kind:d})" if item.kind else "", item.detail or ""]) for item in items)


def _documentation(documentation: str | lsp.MarkupContent | None) -> str:
    return documentation.value if isinstance(documentation, lsp.MarkupContent) else documentation or ""
