"""Errors that do not keep the local variables of the code that raised them.

A traceback holds the local variables of its frames, and error-reporting tools send them to other services. An error
raised `from None` still holds the hidden error, and pydantic's errors quote their input.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, suppress
from types import TracebackType

from vlmrun.client.exceptions import VLMRunError

__all__ = ["discreet_errors"]


@contextmanager
def discreet_errors() -> Generator[None]:
    """Errors of this package leave the block without the local variables of this package's frames.

    An error hidden by `from None` is removed, too. Causes and frames of other code are kept.
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
            with suppress(RuntimeError):  # the frame that contains the block is still running
                frame.clear()
        traceback = traceback.tb_next
