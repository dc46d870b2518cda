"""Runs of the command `vlmrun` in this process, piped and on a pseudo-terminal, against a server on this machine.

A test file makes its fixtures of these, which are named as their arguments are:

    server = pytest.fixture(serve, scope="module", name="server")
    vlmrun = pytest.fixture(piped, name="vlmrun")
    terminal = pytest.fixture(on_terminal, name="terminal")

and calls them: `vlmrun("files", "list", "--json").json()`.

Without the extras `cli` and `local` whatever imports this is skipped.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import pytest

pytest.importorskip("typer", reason="needs the extra 'cli'")

from support.local import serve
from vlmrun.cli import main
from vlmrun.local import LocalServer

__all__ = ["Result", "Run", "needs_openai", "on_terminal", "piped", "serve"]

needs_openai = pytest.mark.skipif(find_spec("openai") is None, reason="chats require openai")


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str

    def json(self) -> object:
        """The one document that it printed; fails if it failed, or printed anything else."""
        assert self.code == 0, self.err
        return json.loads(self.out)


class Run(Protocol):
    """Runs a command: `run("chat", "Hi", stdin="...")`."""

    def __call__(self, *arguments: str, stdin: str | bytes = "", ctrl_c: Callable[[str], bool] | None = None) -> Result:
        """Run it.

        Args:
            arguments: What follows `vlmrun`.
            stdin: What is piped or typed.
            ctrl_c: Says of stdout so far when somebody presses Ctrl-C.
        """
        ...


@contextlib.contextmanager
def _pressing(ctrl_c: Callable[[str], bool] | None, out: Callable[[], str]) -> Generator[None]:
    """Press Ctrl-C once, as soon as it is time; fails if that never came."""
    over, pressed = threading.Event(), threading.Event()
    main_thread = threading.main_thread().ident
    assert main_thread is not None

    def watch() -> None:
        while ctrl_c is not None and not over.wait(0.002):
            if ctrl_c(out()):
                pressed.set()
                signal.pthread_kill(main_thread, signal.SIGINT)
                return

    # Whoever starts the tests in the background may have told Python to ignore Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
        signal.signal(signal.SIGINT, before)
    assert ctrl_c is None or pressed.is_set()


def _prepare(monkeypatch: pytest.MonkeyPatch, server: LocalServer, home: Path) -> None:
    monkeypatch.setenv("VLMRUN_API_KEY", server.api_key)
    monkeypatch.setenv("VLMRUN_BASE_URL", server.base_url)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(home))
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TERM_PROGRAM", "KITTY_WINDOW_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm-256color")


class _Bytes(io.TextIOWrapper):
    """A text stream over memory, as a pipe is one: it has a `buffer`, and is no terminal."""

    def __init__(self, data: bytes = b"") -> None:
        super().__init__(io.BytesIO(data), encoding="utf-8", write_through=True)

    def text(self) -> str:
        """What was written."""
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue().decode()


def piped(monkeypatch: pytest.MonkeyPatch, server: LocalServer, tmp_path: Path) -> Run:
    """Run commands whose stdin, stdout and stderr are no terminals. The working folder is `tmp_path`."""
    _prepare(monkeypatch, server, tmp_path / "home")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: str | bytes = "", ctrl_c: Callable[[str], bool] | None = None) -> Result:
        out, err = _Bytes(), _Bytes()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", _Bytes(stdin.encode() if isinstance(stdin, str) else stdin))
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            with _pressing(ctrl_c, out.text):
                code = main(list(arguments))
        return Result(code, out.text(), err.text())

    return run


def on_terminal(monkeypatch: pytest.MonkeyPatch, server: LocalServer, tmp_path: Path) -> Iterator[Run]:
    """Run commands on a pseudo-terminal; `out` has all that it shows, stderr as well. `stdin` is typed beforehand."""
    pty = pytest.importorskip("pty", reason="needs pseudo-terminals")
    _prepare(monkeypatch, server, tmp_path / "home")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: str | bytes = "", ctrl_c: Callable[[str], bool] | None = None) -> Result:
        master, slave = pty.openpty()
        shown: list[bytes] = []

        def read() -> None:
            with contextlib.suppress(OSError):  # the other end is closed
                while data := os.read(master, 65536):
                    shown.append(data)

        reader = threading.Thread(target=read)
        reader.start()
        os.write(master, stdin.encode() if isinstance(stdin, str) else stdin)
        with monkeypatch.context() as patch, contextlib.ExitStack() as stack:
            for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
                stream = stack.enter_context(open(os.dup(slave), mode, encoding="utf-8"))
                patch.setattr(sys, name, stream)
            with _pressing(ctrl_c, lambda: b"".join(shown).decode(errors="replace")):
                code = main(list(arguments))
        os.close(slave)
        reader.join()
        os.close(master)
        return Result(code, b"".join(shown).decode().replace("\r\n", "\n"), "")

    yield run
