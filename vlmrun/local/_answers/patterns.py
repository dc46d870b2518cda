"""A short text that a regular expression matches, for the usual expressions of schemas.

It reads groups, classes, alternatives and repetition; look-arounds are taken for empty. Whether the text really
matches is checked at the end, so that what it cannot do yields nothing instead of something wrong.
"""

from __future__ import annotations

import re
import string

__all__ = ["sample"]

_ALPHABET = "a0A" + string.ascii_letters + string.digits + " -_.,:/@+#" + string.punctuation
_REPEAT = re.compile(r"\{(\d+)(?:,(\d*))?\}|\{,(\d+)\}")
_GROUP = re.compile(r"\((\?(?:P<\w+>|:|=|!|<=|<!|#)?)?")
_MOST = 64


class _UnknownError(Exception):
    """Something in the expression that is not read here."""


def sample(pattern: str, least: int = 0) -> str | None:
    """Find a text that an expression matches.

    Args:
        pattern: A regular expression, as `re.search` takes it.
        least: How many characters the text should have at least.

    Returns:
        The text, or `None` where none was found.
    """
    try:
        expression = re.compile(pattern)
        texts = [_Reader(pattern, more).read() for more in (0, 1, 2, min(least, _MOST))]
    except (re.error, _UnknownError, RecursionError):
        return None
    return next((text for text in texts if len(text) >= least and expression.search(text)), None)


class _Reader:
    """Reads an expression from left to right and writes what it matches.

    Args:
        pattern: The expression.
        more: How often what may be repeated is repeated beyond the least.
    """

    def __init__(self, pattern: str, more: int) -> None:
        self._pattern = pattern
        self._more = more
        self._at = 0

    def read(self) -> str:
        text = self._alternatives()
        if self._at < len(self._pattern):
            raise _UnknownError(self._pattern)
        return text

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _alternatives(self) -> str:
        texts = [self._sequence()]
        while self._peek() == "|":
            self._at += 1
            texts.append(self._sequence())
        return texts[0]

    def _sequence(self) -> str:
        text = ""
        while self._peek() not in ("", "|", ")"):
            atom = self._atom()
            text += atom * self._times()
        return text

    def _times(self) -> int:
        least, most = 1, 1
        repeat = _REPEAT.match(self._pattern, self._at)
        if repeat is not None:
            self._at = repeat.end()
            least = int(repeat[1] or 0)
            bound = repeat[3] if repeat[3] is not None else repeat[2]
            most = least if bound is None else int(bound or _MOST)
        elif self._peek() in ("*", "+", "?") and self._peek():
            sign = self._peek()
            least, most = {"*": (0, _MOST), "+": (1, _MOST), "?": (0, 1)}[sign]
            self._at += 1
        else:
            return 1
        if self._peek() in ("?", "+") and self._peek():
            self._at += 1
        if least > 10_000:
            raise _UnknownError(self._pattern)
        return max(least, min(least + self._more, most))

    def _atom(self) -> str:
        start = self._at
        sign = self._peek()
        if sign == "(":
            return self._group()
        self._at += 1
        if sign in ("^", "$"):
            return ""
        if sign == "\\":
            escaped = self._peek()
            self._at += 1
            if escaped in ("A", "Z", "b", "B"):
                return ""
            if escaped.isdigit() or escaped in ("x", "u", "U", "N"):
                raise _UnknownError(self._pattern)
        elif sign == "[":
            self._skip_class()
        return _first(self._pattern[start : self._at])

    def _group(self) -> str:
        opening = _GROUP.match(self._pattern, self._at)
        if opening is None or opening[1] == "?":
            raise _UnknownError(self._pattern)
        self._at = opening.end()
        text = self._alternatives()
        if self._peek() != ")":
            raise _UnknownError(self._pattern)
        self._at += 1
        return "" if opening[1] in ("?=", "?!", "?<=", "?<!", "?#") else text

    def _skip_class(self) -> None:
        if self._peek() == "^":
            self._at += 1
        # A bracket that stands first is a member.
        if self._peek() == "]":
            self._at += 1
        while self._peek() != "]":
            if self._peek() == "":
                raise _UnknownError(self._pattern)
            self._at += 2 if self._peek() == "\\" else 1
        self._at += 1


def _first(atom: str) -> str:
    """The first likely character that an expression for one character matches."""
    expression = re.compile(atom)
    found = next((sign for sign in _ALPHABET + atom if expression.fullmatch(sign)), None)
    if found is None:
        raise _UnknownError(atom)
    return found
