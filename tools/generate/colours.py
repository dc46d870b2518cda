"""From async code to the blocking code that does the same."""

from __future__ import annotations

import io
import re
import tokenize

__all__ = ["blocking"]

# Names that lose more, or less, than what is async about them.
_NAMES = {
    "AsyncPage": "Page",
    "AsyncPages": "Page",
    "OncePerLoop": "OncePerProcess",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "_async": "_sync",
    "_raw_async": "_raw_sync",
    "aclose": "close",
    "aiter_bytes": "iter_bytes",
    "aread": "read",
    "per_loop": "once",
}

# What docstrings say in words of the one colour.
_PHRASES = {
    "`await` returns one page, `async for` iterates over": "returns one page; iterating over it goes through",
    "Let other tasks run": "Wait",
}
_CODE = [
    (re.compile(r"\basync (with|for|def)\b"), r"\1"),
    (re.compile(r"\bawait (?=[\w.]+\()"), ""),
    (re.compile(r"\bAsync(?=VLMRun|OpenAI|[A-Z]\w*WithRawResponse)"), ""),
    (re.compile(r"`Async(?=[A-Z]\w*`)"), "`"),
]


def blocking(text: str) -> str:
    """The blocking twin of a module."""
    offsets = [0]
    for line in text.splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))
    pieces: list[str] = []
    at = 0
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    brackets: list[bool] = []  # whether the bracket that closes next goes away
    for number, token in enumerate(tokens):
        start = offsets[token.start[0] - 1] + token.start[1]
        end = offsets[token.end[0] - 1] + token.end[1]
        if start < at or token.type in (tokenize.INDENT, tokenize.DEDENT, tokenize.NEWLINE, tokenize.NL):
            continue
        new = token.string
        if token.type == tokenize.NAME:
            following = tokens[number + 1].string
            if new in ("async", "await"):
                pieces.append(text[at:start])
                at = end + 1  # and the space after it
                continue
            if new == "Awaitable" and following == "[":
                pieces.append(text[at:start])
                at = end + 1  # and the bracket after it
                brackets.append(True)
                continue
            new = _name(new)
        elif token.type == tokenize.OP and new == "[":
            brackets.append(False)
        elif token.type == tokenize.OP and new == "]":
            if brackets.pop():
                new = ""
        elif token.type in (tokenize.STRING, tokenize.COMMENT):
            new = _words(new)
        pieces += [text[at:start], new]
        at = end
    return "".join([*pieces, text[at:]])


def _name(name: str) -> str:
    if name in _NAMES:
        return _NAMES[name]
    return name.removeprefix("async_").replace("Async", "")


def _words(text: str) -> str:
    if text[:1] in "'\"" and text[1:-1].isidentifier():  # a name, such as in `__all__`
        return text[0] + _name(text[1:-1]) + text[-1]
    if text[1:].startswith("vlmrun._"):  # a module, such as in `later`
        return re.sub(r"(?<=\._|w_)async(?=\.)", "sync", text)
    for phrase, other in _PHRASES.items():
        text = text.replace(phrase, other)
    for pattern, other in _CODE:
        text = pattern.sub(other, text)
    return text
