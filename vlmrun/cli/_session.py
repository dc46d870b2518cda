"""What a running command works with: its flags, the settings, a client and the output."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

import typer

from vlmrun.cli._output import Mode, Output
from vlmrun.cli._seen import Seen
from vlmrun.cli._settings import Flags, Settings, resolve

if TYPE_CHECKING:
    from vlmrun._arguments.connection_options import OnResponse
    from vlmrun._arguments.hooks import ResponseInfo
    from vlmrun.client import AsyncVLMRun, VLMRun

__all__ = ["Session", "session_of"]


class Session:
    """One run of `vlmrun`."""

    def __init__(self) -> None:
        self.flags = Flags()
        self.seen = Seen()
        self.ongoing: list[str] = []
        """What is printed if the command ends early: what goes on without this process, each with its id and the
        command that fetches it."""

    @cached_property
    def settings(self) -> Settings:
        """The key and the base URL, and where they were found."""
        return resolve(self.flags, os.environ)

    @cached_property
    def out(self) -> Output:
        """Where results and notes go."""
        mode: Mode = "jsonl" if self.flags.jsonl else "json" if self.flags.json else "people"
        return Output(mode, quiet=self.flags.quiet, on_result=self.seen.note)

    @cached_property
    def client(self) -> VLMRun:
        """The client. Without a key, calls that need one raise `AuthenticationError` before anything is sent."""
        from vlmrun.client import VLMRun

        return VLMRun(
            self.settings.api_key, self.settings.base_url, require_api_key=False, on_response=self._on_response
        )

    def async_client(self) -> AsyncVLMRun:
        """An async client, to be closed by whoever uses it."""
        from vlmrun.client import AsyncVLMRun

        return AsyncVLMRun(
            self.settings.api_key, self.settings.base_url, require_api_key=False, on_response=self._on_response
        )

    @property
    def _on_response(self) -> OnResponse | None:
        """Logs each request with `-v`: a hook, as the log of this package has no chats, which OpenAI's client sends."""
        return self._log if self.flags.verbose else None

    def _log(self, response: ResponseInfo) -> None:
        told = response.status or response.error
        milliseconds = round(1000 * response.seconds)
        self.out.error(
            f"{response.method} {response.url}: {told} in {milliseconds} ms (attempt {response.attempt})", style="dim"
        )

    def goes_on(self, what: str, fetch: str) -> None:
        """Remember something that goes on without this process.

        Args:
            what: What it is, with its id: `execution 1b2c`.
            fetch: The command that fetches it: `vlmrun executions get 1b2c --wait`.
        """
        kind, _, name = what.partition(" ")
        self.seen.note_id(kind, name)
        self.remember(f"The {what} goes on. Fetch it with: {fetch}")

    def remember(self, line: str) -> None:
        """Remember something that would be lost with this process, such as the id of a file that is uploaded."""
        self.ongoing.append(line)

    def ended(self) -> None:
        """Forget what went on: it has ended, and its result is written."""
        self.ongoing.clear()

    def close(self) -> None:
        """Close the connections, if any were opened, and keep what was seen for completion."""
        if "client" in self.__dict__:
            self.client.close()
        self.seen.save()


def session_of(context: typer.Context) -> Session:
    """The session of the command whose context this is."""
    found = context.find_root().obj
    assert isinstance(found, Session)  # noqa: S101  # `_app` puts it there
    return found
