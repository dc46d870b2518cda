"""Errors that do not keep the local variables of the code that raised them.

A traceback holds the local variables of its frames, and error-reporting tools send them to other services. An error
raised `from None` still holds the hidden error, and pydantic's errors quote their input.
"""

from __future__ import annotations

from types import TracebackType

__all__ = ["discreet_errors"]


class _Discreet:
    __slots__ = ()

    def __enter__(self) -> None:
        """Nothing is to be done."""

    def __exit__(
        self, exc_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not isinstance(error, Exception):  # none, or the end of the program, where nothing can be imported
            return
        from vlmrun.client.exceptions import VLMRunError  # here, because most blocks raise nothing

        if isinstance(error, VLMRunError):
            cause = error.__cause__
            if cause is None and error.__suppress_context__:
                error.__context__ = None
            _clear(traceback)
            if cause is not None:
                _clear(cause.__traceback__)


_DISCREET = _Discreet()


def discreet_errors() -> _Discreet:
    """Errors of this package leave the block without the local variables of this package's frames.

    An error hidden by `from None` is removed, too. Causes and frames of other code are kept.
    """
    return _DISCREET


def _clear(traceback: TracebackType | None) -> None:
    while traceback is not None:
        frame = traceback.tb_frame
        if str(frame.f_globals.get("__name__")).partition(".")[0] == __name__.partition(".")[0]:
            try:  # noqa: SIM105  # contextlib would be imported for this alone
                frame.clear()
            except RuntimeError:
                pass  # the frame that contains the block is still running
        traceback = traceback.tb_next
