"""Errors that keep nothing of what was worked with when they came about.

A traceback holds the local variables of its frames, and tools that report errors send them away. An error raised
`from None` still holds what it hides, and pydantic's errors quote what they are about.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, suppress
from types import TracebackType

from vlmrun.client.exceptions import VLMRunError

__all__ = ["discreet_errors"]


@contextmanager
def discreet_errors() -> Generator[None]:
    """Errors of this package leave the block without the local variables of our frames within it.

    What an error hides by `from None` is gone as well. Its cause stays, and so do the frames of others.
    """
    try:
        yield
    except VLMRunError as error:
        cause = error.__cause__
        if cause is None and error.__suppress_context__:
            error.__context__ = None
        _clear(error.__traceback__)
        if cause is not None:
            _clear(cause.__traceback__)
        raise


def _clear(traceback: TracebackType | None) -> None:
    while traceback is not None:
        frame = traceback.tb_frame
        if str(frame.f_globals.get("__name__")).partition(".")[0] == __name__.partition(".")[0]:
            with suppress(RuntimeError):  # it still runs: the block is in it
                frame.clear()
        traceback = traceback.tb_next
