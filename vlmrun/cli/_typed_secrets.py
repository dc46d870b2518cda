"""Secrets that are typed, or piped, and never echoed."""

from __future__ import annotations

import getpass
import sys

from vlmrun.cli._errors import UsageError

__all__ = ["read_secret"]


def read_secret(prompt: str) -> str:
    """Ask for a secret on the terminal without echo; without one, read the first line of stdin.

    Args:
        prompt: What people are asked, on stderr.

    Raises:
        UsageError: Nothing was typed or piped.
    """
    if sys.stdin.isatty():
        try:
            secret = getpass.getpass(prompt, stream=sys.stderr)
        except EOFError:  # Ctrl-D
            secret = ""
    else:
        secret = sys.stdin.readline()
    if not secret.strip():
        raise UsageError("no key was given.", suggestion="type it, or pipe it: vlmrun auth login < key.txt")
    return secret.strip()
