"""Tests in which a timeout passes, on machines of any speed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

TIMEOUTS = (0.2, 2.0, 10.0)
"""Seconds: so short that nobody has to wait for long, and so long that every machine can keep to it."""


def patiently(test: Callable[[float], object]) -> None:
    """Run a test whose timeout is to pass where an answer stalls, and not before one that does come.

    A busy machine may need longer for the second than a short timeout allows. So what fails is tried with longer ones,
    and has to hold with one of them: what is wrong, and not just slow, fails with all.
    """
    for timeout in TIMEOUTS[:-1]:
        with suppress(Exception, pytest.fail.Exception):
            test(timeout)
            return
    test(TIMEOUTS[-1])
