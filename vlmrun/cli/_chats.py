"""A chat with an agent: asking, showing the answer as it arrives, and saving its artifacts."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from vlmrun._inputs import parts as content
from vlmrun._lifetimes import waiting
from vlmrun._openai.door import openai
from vlmrun._openai.handovers import error_of
from vlmrun._resources import results
from vlmrun.cli._artifacts import saved
from vlmrun.cli._models import ChatAnswer, ChatPiece, SavedArtifact
from vlmrun.cli._pictures import drawn, protocol_of

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion, ChatCompletionChunk

    from vlmrun._inputs.parts import Part
    from vlmrun._inputs.skills import Skill
    from vlmrun.cli._session import Session

__all__ = ["Chat", "cache_of", "last_session", "remember_session"]


@dataclass
class Chat:
    """A chat with an agent; asking again continues it."""

    session: Session
    model: str
    toolsets: Sequence[str] = ()
    skills: Sequence[Skill] = ()
    session_id: str | None = None
    """The id of the chat: of the one to continue, then the one that the server has named."""
    streams: bool = True
    timeout: float | None = None
    """Seconds; `None` for the client's."""
    folder: Path | None = None
    """Where artifacts are saved; `None` for a folder of the chat in the cache."""
    downloads: bool = True

    def ask(self, prompt: str, parts: Sequence[Part] = ()) -> ChatAnswer:
        """Ask, show the answer, save its artifacts, and print the result.

        Raises:
            VLMRunError: The chat failed, or an artifact could not be saved; the answer so far is shown.
        """
        arrived = _Arrived()
        started = waiting.monotonic()
        try:
            with native_errors():
                self._receive(prompt, parts, arrived)
        finally:
            if arrived.session_id is not None:
                self._keep(arrived.session_id)
        seconds = waiting.monotonic() - started
        answer = ChatAnswer(
            id=arrived.id,
            session_id=arrived.session_id,
            model=arrived.model or self.model,
            content=arrived.text,
            finish_reason=arrived.finish_reason,
            latency_s=round(seconds, 3),
            usage=results.credit_usage(arrived.usage),
            artifacts=[SavedArtifact(id=one, path=None) for one in results.artifact_ids(arrived.text)],
        )
        try:
            self._save(answer)
        finally:  # Ctrl-C while artifacts are downloaded does not lose the answer
            self._print(answer)
        self.session.ended()
        return answer

    # Asking

    def _receive(self, prompt: str, parts: Sequence[Part], arrived: _Arrived) -> None:
        out = self.session.out
        with out.progress() as progress:
            progress.wait("Waiting for the agent")
            pieces = self._pieces(prompt, parts, arrived)
            first = next(pieces, None)
        rest = _from(first, pieces)
        if out.mode == "jsonl":
            for piece in rest:
                out.event(ChatPiece(content=piece))
        elif out.mode == "json":
            for _ in rest:
                pass
        elif out.is_terminal:
            from vlmrun.cli._markdown import MarkdownStream

            with MarkdownStream(out.console) as shown:
                for piece in rest:
                    shown.add(piece)
        else:
            try:
                for piece in rest:
                    out.piece(piece)
            finally:
                if arrived.text and not arrived.text.endswith("\n"):
                    out.piece("\n")

    def _pieces(self, prompt: str, parts: Sequence[Part], arrived: _Arrived) -> Iterator[str]:
        """Send the chat; yield the answer, piece by piece."""
        messages = [content.user(*parts, prompt)]
        own = {"session_id": self.session_id, "toolsets": list(self.toolsets), "skills": list(self.skills)}
        body: dict[str, object] = {name: value for name, value in own.items() if value}
        client = self.session.client
        timeout = client.timeout
        if self.timeout is not None:
            # A limit that started again with each retry would be none.
            client, timeout = client.with_options(max_retries=0), self.timeout
        completions = client.agent.completions
        if not self.streams:
            yield arrived.whole(
                completions.create(model=self.model, messages=messages, extra_body=body, timeout=timeout)
            )
            return
        with completions.create(
            model=self.model, messages=messages, extra_body=body, timeout=timeout, stream=True
        ) as stream:
            for chunk in stream:
                piece = arrived.add(chunk)
                if arrived.session_id is not None and self.session_id != arrived.session_id:
                    self._keep(arrived.session_id)
                    self.session.remember(
                        f"The chat is kept. Continue it with: vlmrun chat PROMPT -s {shlex.quote(arrived.session_id)}"
                    )
                if piece:
                    yield piece

    def _keep(self, session_id: str) -> None:
        self.session_id = session_id
        remember_session(session_id)
        self.session.seen.note_id("session", session_id)

    # Showing

    def _print(self, answer: ChatAnswer) -> None:
        out = self.session.out
        if not out.is_for_people:
            if out.mode == "jsonl":
                out.event(answer)
            else:
                out.document(answer)
        for artifact in answer.artifacts:
            if artifact.path is not None:
                out.note(f"Saved {artifact.id} as {artifact.path}")
                if out.is_terminal:
                    self._draw(Path(artifact.path))
        if answer.finish_reason == "length":
            out.note("The answer reached the model's length limit.")
        elif answer.finish_reason == "content_filter":
            out.note("A content filter stopped the answer.")
        if sys.stderr.isatty() and not out.quiet:
            told = [answer.model, f"{answer.latency_s:.1f} s"]
            if answer.usage is not None and answer.usage.credits_used is not None:
                used = answer.usage.credits_used
                told.append(f"{used:g} credit{'' if used == 1 else 's'}")
            if answer.session_id is not None:
                told.append(f"-s {answer.session_id}")  # which continues it
            out.notes.print(" · ".join(told), style="dim", markup=False, soft_wrap=True)

    def _draw(self, path: Path) -> None:
        protocol = protocol_of(os.environ)
        if protocol is not None and (picture := drawn(path.read_bytes(), protocol)) is not None:
            sys.stdout.write(f"{picture}\n")  # not through `out`, which writes no control characters
            sys.stdout.flush()

    # Artifacts

    def _save(self, answer: ChatAnswer) -> None:
        """Download the artifacts that the answer names. An id without an artifact is a note, not an error."""
        if not (answer.artifacts and self.downloads) or answer.session_id is None:
            return
        folder = self.folder or cache_of(answer.session_id)
        self.session.remember(f"Fetch the artifacts with: vlmrun artifacts list -s {shlex.quote(answer.session_id)}")
        artifacts = {artifact.id: artifact for artifact in answer.artifacts}
        for one, path in saved(self.session, artifacts, folder, session_id=answer.session_id):
            artifacts[one].path = path


@dataclass
class _Arrived:
    """What has arrived of an answer."""

    id: str = ""
    session_id: str | None = None
    model: str = ""
    text: str = field(default="", repr=False)
    finish_reason: str | None = None
    usage: openai.types.CompletionUsage | None = None

    def add(self, chunk: ChatCompletionChunk) -> str:
        """Take a chunk of a stream; return its text."""
        self._take(chunk)
        piece = ""
        for choice in chunk.choices[:1]:
            self.finish_reason = choice.finish_reason or self.finish_reason
            piece = choice.delta.content or choice.delta.refusal or ""
        self.text += piece
        return piece

    def whole(self, completion: ChatCompletion) -> str:
        """Take a whole completion; return its text."""
        self._take(completion)
        for choice in completion.choices[:1]:
            self.finish_reason = choice.finish_reason
            self.text = choice.message.content or choice.message.refusal or ""
        return self.text

    def _take(self, answer: ChatCompletion | ChatCompletionChunk) -> None:
        self.id = answer.id or self.id
        self.model = answer.model or self.model
        self.session_id = results.session_id(answer) or self.session_id
        self.usage = answer.usage or self.usage


@contextmanager
def native_errors() -> Generator[None]:
    """Raise this package's errors in place of OpenAI's, which the accessors raise."""
    try:
        yield
    except openai.OpenAIError as error:
        raise error_of(error) from error


def _from(first: str | None, rest: Iterator[str]) -> Iterator[str]:
    if first is not None:
        yield first
        yield from rest


# Files ----------------------------------------------------------------------------------------------------------------


def cache_of(session_id: str) -> Path:
    """The folder for the artifacts of a chat, where the official command line has it."""
    root = os.environ.get("VLMRUN_CACHE_DIR")
    cache = Path(root).expanduser() if root else Path.home() / ".vlmrun" / "cache"
    # The id is the server's: it may not lead elsewhere.
    return cache / "artifacts" / (re.sub(r"[^A-Za-z0-9_-]", "_", session_id)[:100] or "_")


def _last_chat() -> Path:
    from platformdirs import user_state_path

    return user_state_path("vlmrun", appauthor=False) / "last-chat"


def remember_session(session_id: str) -> None:
    """Keep the id of a chat for `--continue`."""
    from vlmrun.cli._private_files import write_privately

    with suppress(OSError):  # a home that cannot be written to is no reason to fail
        write_privately(_last_chat(), session_id)


def last_session() -> str | None:
    """The id of the chat that was last answered; `None` if there was none."""
    with suppress(OSError, UnicodeDecodeError):
        return _last_chat().read_text("utf-8").strip() or None
    return None
