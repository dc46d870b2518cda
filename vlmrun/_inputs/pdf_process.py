"""Processes that render pages, so that a hostile page can be ended, and a crash of PDFium is an error.

A process is started for the first page, and kept for the next. There are as many as threads that render at the same
time. A process serves one page at a time, of any document, and leaves that document open for the next page of it.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import threading
import weakref
from contextlib import suppress
from importlib.util import find_spec
from typing import IO, cast

from vlmrun._inputs.pdf_worker import Answer, Request, read_frame, write_frame
from vlmrun._lifetimes import waiting
from vlmrun._lifetimes.forks import watch_forks
from vlmrun.client.exceptions import InputError

__all__ = ["PROGRAM", "Document", "Processes", "processes"]

_IN_PROCESS = "pass timeout=None to render in this process, without a limit."
_START_SECONDS = 120  # importing pypdfium2 on a busy machine

# `-m` would require that the package can be found without this program's `sys.path`. Like the standard library's
# multiprocessing, the first message is the path; unlike it, the main module is not run again.
PROGRAM = (
    "import sys; sys.path = [entry for entry in sys.path if entry];"  # nothing of the current folder
    f"import faulthandler, os; faulthandler.dump_traceback_later({_START_SECONDS}, exit=True, file=open(os.devnull));"
    "import json; sys.path[:] = json.loads(sys.stdin.buffer.readline());"
    "from vlmrun._inputs import pdf, pdf_worker;"
    "faulthandler.cancel_dump_traceback_later(); pdf_worker.main()"
)
_PIPE_BYTES = 1 << 20  # most pages: with the usual 64 KiB, two processes take turns for one page

_KEPT = os.cpu_count() or 1  # processes that wait for the next page

_SECRETS = ("VLMRUN_", "OPENAI_")  # variables that a process which reads a stranger's document has no use for

_numbers = itertools.count(1)


class Document:
    """A PDF that is rendered by another process.

    Args:
        path: Where it is. It must stay unchanged.
        seconds: How long opening it may take, and each page.

    Raises:
        InputError: It cannot be opened, or has no pages; it cannot be opened in time; or no process can be started.
        ImportError: pypdfium2 or Pillow cannot be imported.
    """

    def __init__(self, path: str, seconds: float) -> None:
        for name in ("pypdfium2", "PIL.Image"):  # not imported here: the other process does, and tells what it lacks
            if find_spec(name) is None:
                raise ImportError(name=name)
        self._path = path
        self._seconds = seconds
        self._number = next(_numbers)
        self.pages = self._asked(None, 1.0)[0].get("pages", 0)

    def png(self, index: int, scale: float) -> bytes:
        """Render a page, as `pdf.Document.png` does.

        Raises:
            InputError: Also: the page is not rendered in time, or PDFium crashes.
        """
        return self._asked(index, scale)[1]

    def close(self) -> None:
        """Close it where it is open; once more does nothing."""
        # A process that is busy is so with another document, and has closed this one.
        process = processes.take_with(self._number)
        if process is not None:
            self._ask(process, {"path": None, "document": 0, "page": None, "scale": 1.0, "seconds": self._seconds})

    def _asked(self, index: int | None, scale: float) -> tuple[Answer, bytes]:
        process = processes.take(self._number)
        began = waiting.monotonic()
        answered = self._ask(
            process,
            {
                "path": self._path,
                "document": self._number,
                "page": index,
                "scale": scale,
                "seconds": self._seconds,
            },
        )
        if answered is None:
            raise self._ended(index, waiting.monotonic() - began)
        answer = answered[0]
        if "missing" in answer:
            raise ImportError(name=answer["missing"])
        if "error" in answer:
            raise InputError(answer["error"], suggestion=answer.get("suggestion"))
        return answered

    def _ask(self, process: _Process, request: Request) -> tuple[Answer, bytes] | None:
        """The answer of a process, which is then free for others; `None` if it has ended."""
        answered = None
        try:
            answered = process.ask(request)
        finally:
            # After Ctrl-C, too: the answer to this request would be taken for that to the next.
            if answered is None:
                process.end()
            else:
                processes.put_back(process)
        return answered

    def _ended(self, index: int | None, seconds: float) -> InputError:
        is_late = seconds >= self._seconds
        what = "source cannot be opened" if index is None else f"page {index + 1} of source cannot be rendered"
        why = f" within the timeout of {self._seconds:g} s" if is_late else ": PDFium crashed"
        hint = "pass a longer timeout." if is_late else "check that the PDF is complete."
        return InputError(f"{what}{why}.", suggestion=hint)


class _Process:
    """A process that renders pages. One thread at a time uses it."""

    def __init__(self) -> None:
        self.document: int | None = None
        try:
            self._process = _started()
        except (OSError, ValueError) as error:
            raise _not_started(str(error)) from error
        # Both are there, as pipes were asked for. They have no buffers, and so no locks that a fork could copy.
        self._requests = cast("IO[bytes]", self._process.stdin)
        self._answers = cast("IO[bytes]", self._process.stdout)
        _widen(self._answers)
        # At the latest when this program exits.
        self._finalizer = weakref.finalize(self, _end, self._process, self._requests, self._answers)
        watch_forks(self)
        try:
            with suppress(OSError):  # it has ended: there is no answer
                self._requests.write(json.dumps(list(map(str, sys.path))).encode() + b"\n")
            if read_frame(self._answers) is None:
                raise _not_started(f"{sys.executable!r} ended with status {self._process.wait()}")
        except BaseException:
            self.end()
            raise

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: Request) -> tuple[Answer, bytes] | None:
        """Send a request and wait for the answer; `None` if the process has ended."""
        self.document = request["document"]
        frame = None
        with suppress(OSError):  # it has ended
            write_frame(self._requests, request, b"")
            frame = read_frame(self._answers)
        return frame and (json.loads(frame[0]), frame[1])

    def end(self) -> None:
        self._finalizer()

    def after_fork(self) -> None:
        """Release the parent's process, which is not a child of this one."""
        self._finalizer.detach()
        self._requests.close()
        self._answers.close()
        self._process.returncode = 0  # or it would be waited for when it is garbage


def _started() -> subprocess.Popen[bytes]:
    if getattr(sys, "frozen", False) or not sys.executable:
        raise ValueError("this program is frozen or embeds Python")
    return subprocess.Popen(  # noqa: S603  # this Python, and a program that is written here
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        env={name: value for name, value in os.environ.items() if not name.startswith(_SECRETS)},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # of Windows
    )


def _widen(pipe: IO[bytes]) -> None:
    """Let a pipe hold a whole page, where the system can: on a busy machine, each turn costs a wait."""
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):  # more than this user may have
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _end(process: subprocess.Popen[bytes], *pipes: IO[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in pipes:
        pipe.close()


def _not_started(reason: str) -> InputError:
    return InputError(f"no process can be started to render pages: {reason}.", suggestion=_IN_PROCESS)


class Processes:
    """Those that have nothing to do."""

    def __init__(self) -> None:
        self.after_fork()
        watch_forks(self)

    def after_fork(self) -> None:
        """Start again, with a new lock."""
        self._lock = threading.RLock()  # reentrant: see pdf.lock
        self._idle: list[_Process] = []

    def take(self, document: int) -> _Process:
        """A process that nobody else uses: one that has the document open, or any other, or a new one."""
        with self._lock:
            self._idle.sort(key=lambda process: process.document == document)
            while self._idle:
                process = self._idle.pop()
                if process.is_alive():
                    return process
                process.end()
        return _Process()

    def put_back(self, process: _Process) -> None:
        """Have the next request use it."""
        with self._lock:
            if len(self._idle) < _KEPT:
                self._idle.append(process)
                return
        process.end()

    def take_with(self, document: int) -> _Process | None:
        """The process that has a document open, if it has nothing to do."""
        with self._lock:
            for process in self._idle:
                if process.document == document and process.is_alive():
                    self._idle.remove(process)
                    return process
        return None


processes = Processes()
