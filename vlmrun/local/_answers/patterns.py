r"""Regular expressions of schemas: as Python's `re` reads them, and a short text that one matches.

JSON schemas have the expressions of JavaScript, and pydantic those of Rust. They know classes of Unicode, such as
`\p{L}` and `\p{Greek}`, those of POSIX, such as `[[:alpha:]]`, and names of groups and characters that Python writes
otherwise.

A text is found by reading groups, classes, alternatives and repetition; look-arounds are taken for empty. Whether it
really matches is checked at the end, so that what cannot be done yields nothing instead of something wrong.
"""

from __future__ import annotations

import re
import string
import sys
from functools import cache
from itertools import groupby, product
from unicodedata import category, name

__all__ = ["in_python", "sample"]

_ALPHABET = "a0A" + string.ascii_letters + string.digits + " -_.,:/@+#" + string.punctuation
_REPEAT = re.compile(r"\{(\d+)(?:,(\d*))?\}|\{,(\d+)\}")
_GROUP = re.compile(r"\((\?(?:P<\w+>|[imsu]*(?:-[ims]+)?:|=|!|<=|<!|#)?)?")
_FLAGS = re.compile(r"\(\?[imsu]+\)")  # of the whole expression
_MOST = 64
_CHOICES = 8  # alternatives of a group that are tried

_FOREIGN = re.compile(
    r"\\(?:(?P<sign>[pP])(?:\{(?P<long>[^}]*)\}|(?P<short>[A-Z]))|[xu]\{(?P<code>[0-9A-Fa-f]{1,6})\}|(?P<end>z)|.)"
    r"|\[:(?P<not>\^?)(?P<posix>[a-z]+):\]|(?P<group>\(\?<)(?=[A-Za-z_])",
    re.DOTALL,
)
_CLOSED = re.compile(r"\\.|\[:\^?[a-z]+:\]|\[\]|\[\^\]", re.DOTALL)
"""Brackets that neither open a class nor close one."""

_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t-\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_LONG = {"Letter": "L", "Mark": "M", "Number": "N", "Punctuation": "P", "Symbol": "S", "Separator": "Z", "Other": "C"}
_NAMED = {"Han": "CJK"}
"""Scripts whose characters do not begin with their name in Unicode."""


def in_python(pattern: str) -> str:
    """An expression of JavaScript or Rust, as Python writes it; what Python does not know stays as it is."""
    return _FOREIGN.sub(lambda found: _translated(found, pattern), pattern)


def _translated(found: re.Match[str], pattern: str) -> str:
    before = _CLOSED.sub("", pattern[: found.start()])
    is_in_class = before.rfind("[") > before.rfind("]")
    if found["sign"]:
        of = found["long"] or found["short"] or ""
        ranges = _ranges(of.rpartition("=")[2], is_inverted=found["sign"] == "P")
        return found[0] if not ranges else ranges if is_in_class else f"[{ranges}]"
    if found["posix"]:
        members = _POSIX.get(found["posix"], "")
        is_known = is_in_class and members
        return found[0] if not is_known else _outside(members) if found["not"] else members
    if found["group"]:
        return found[0] if is_in_class else "(?P<"
    if found["code"]:
        code = int(found["code"], 16)
        return f"\\U{code:08x}" if code <= sys.maxunicode else found[0]
    return r"\Z" if found["end"] else found[0]


@cache
def _ranges(of: str, *, is_inverted: bool) -> str:
    """The characters of a general category of Unicode, such as `L` or `Nd`, or of a script, such as `Greek`.

    Those of the first plane: the others would take a second, and no text that is made here has them. A script is that
    with which the name of a character begins, as Python has no table of scripts.

    Returns:
        They as in a class; empty if there are none.
    """
    of = _LONG.get(of, of)
    if re.fullmatch(r"L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|C[cfson]?", of):
        members = {code for code in range(0x10000) if category(chr(code)).startswith(of)}
    elif re.fullmatch(r"[A-Z][a-z]{2,}", of):
        script = _NAMED.get(of, of.upper())
        members = {code for code in range(0x10000) if name(chr(code), "").split(" ")[0] == script}
    else:
        return ""
    return _runs(members, is_inverted=is_inverted) if members else ""


@cache
def _outside(members: str) -> str:
    """All characters of the first plane but those of a class."""
    inside = re.compile(f"[{members}]")
    return _runs({code for code in range(0x10000) if inside.match(chr(code))}, is_inverted=True)


def _runs(members: set[int], *, is_inverted: bool) -> str:
    signs = groupby(range(0x10000), lambda code: (code in members) is not is_inverted)
    runs = ([*codes] for is_in, codes in signs if is_in)
    return "".join(f"\\U{run[0]:08x}-\\U{run[-1]:08x}" for run in runs)


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
        ways = product(range(_CHOICES), (0, 1, 2, min(least, _MOST)))
        texts = [_Reader(pattern, more, choice).read() for choice, more in ways]
    except (re.error, _UnknownError, RecursionError):
        return None
    # Without an anchor, more may stand before or after what is matched.
    longer = [
        form for text in texts for sign in "x0aA _" for form in (text.ljust(least, sign), text.rjust(least, sign))
    ]
    return next((text for text in (*texts, *longer) if len(text) >= least and expression.search(text)), None)


class _Reader:
    """Reads an expression from left to right and writes what it matches.

    Args:
        pattern: The expression.
        more: How often what may be repeated is repeated beyond the least.
        choice: Which of alternatives is taken, from 0.
    """

    def __init__(self, pattern: str, more: int, choice: int) -> None:
        self._pattern = pattern
        self._more = more
        self._choice = choice
        self._at = 0

    def read(self) -> str:
        flags = _FLAGS.match(self._pattern)
        self._at = flags.end() if flags else 0
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
        return texts[self._choice % len(texts)]

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
            if escaped.isdigit() or escaped == "N":
                raise _UnknownError(self._pattern)
            self._at += {"x": 2, "u": 4, "U": 8}.get(escaped, 0)
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
    named = "".join(chr(int(code, 16)) for code in re.findall(r"\\U([0-9a-f]{8})", atom))
    found = next((sign for sign in _ALPHABET + atom + named if expression.fullmatch(sign)), None)
    if found is None:
        raise _UnknownError(atom)
    return found
