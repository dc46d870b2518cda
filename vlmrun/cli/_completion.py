"""Completion in shells: the scripts, and what they are answered, without the network and without importing commands.

A shell calls `vlmrun` with _VLMRUN_COMPLETE, its name, and _VLMRUN_LINE, the line up to the cursor. What may be
completed is read once from the commands and kept in the cache folder, as importing them would delay each press of Tab.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from typing_extensions import TypedDict

    class _Option(TypedDict):
        kind: str | None
        """The kind of its value; `None` if it takes none."""
        help: str

    class _Argument(TypedDict):
        kind: str
        many: bool

    class _Command(TypedDict):
        below: dict[str, str]
        options: dict[str, _Option]
        arguments: list[_Argument]

    class Index(TypedDict):
        """What there is to complete. `_index` reads it from the commands."""

        commands: dict[str, _Command]
        values: dict[str, list[str]]


__all__ = ["SCRIPTS", "Candidate", "candidates", "complete", "words_of"]

SCRIPTS = {
    "bash": """\
_vlmrun() {
    local IFS=$'\\n' line="${COMP_LINE:0:COMP_POINT}"
    COMPREPLY=($(_VLMRUN_COMPLETE=bash _VLMRUN_LINE="$line" "$1" 2>/dev/null))
    # Readline takes what follows a colon for a word of its own.
    local word="${line##*[[:space:]]}"
    if [[ $word == *:* && $COMP_WORDBREAKS == *:* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"${word%"${word##*:}"}"}")
    fi
}
complete -o default -F _vlmrun vlmrun
""",
    "zsh": """\
#compdef vlmrun
_vlmrun() {
    local -a found
    found=("${(@f)$(_VLMRUN_COMPLETE=zsh _VLMRUN_LINE="${(j: :)words[1,CURRENT]}" "${(Q)words[1]}" 2>/dev/null)}")
    if [[ -n "$found" ]]; then
        _describe -V vlmrun found
    else
        _files
    fi
}
if [[ "${funcstack[1]}" = _vlmrun ]]; then
    _vlmrun "$@"
else
    compdef _vlmrun vlmrun
fi
""",
    "fish": """\
function __vlmrun_complete
    set --local line (commandline --cut-at-cursor --current-process | string collect)
    set --local found (env _VLMRUN_COMPLETE=fish _VLMRUN_LINE="$line" vlmrun 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\\n' $found
    else
        __fish_complete_path (commandline --current-token)
    end
end
complete --command vlmrun --no-files --arguments '(__vlmrun_complete)'
""",
}
"""For each shell, what makes it complete `vlmrun`."""


class Candidate(NamedTuple):
    """Something that a word may become."""

    value: str
    help: str = ""


def complete(shell: str, line: str) -> int:
    """Answer a shell; return the exit code. Whatever goes wrong, there is nothing to complete.

    Args:
        shell: A name of `SCRIPTS`.
        line: The command line up to the cursor.
    """
    from vlmrun.cli._seen import known

    found = candidates(_index(), known(), words_of(line), _profiles)
    lines = (_shown(shell, candidate) for candidate in found)
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


def words_of(line: str) -> list[str]:
    """The words after `vlmrun`, the last of which is the one to complete; it may be empty.

    Args:
        line: A command line, whose last word may have a quote that is not closed yet.
    """
    for closing in ("", '"', "'", "\\"):
        with suppress(ValueError):
            words = shlex.split(line + closing)
            break
    else:
        return [""]
    is_over = line[-1:].isspace() and line[-2:-1] != "\\" and not closing
    if not line or is_over:
        words.append("")
    return words[1:] or [""]


def candidates(
    index: Index, seen: Mapping[str, Mapping[str, str]], words: Sequence[str], profiles: Callable[[], Sequence[str]]
) -> list[Candidate]:
    """What the last word may become; nothing if the shell should complete the names of files.

    Args:
        index: What there is to complete.
        seen: The ids that commands have seen, by kind, each with a word about it.
        words: The words after `vlmrun`.
        profiles: Returns the names of the profiles; called only if one is to be completed.
    """
    *before, current = words
    path, command = "", index["commands"][""]
    pending: _Option | None = None
    arguments, are_options_over = 0, False
    for word in before:
        if pending is not None:
            pending = None
        elif word == "--":
            are_options_over = True
        elif word.startswith("-") and len(word) > 1 and not are_options_over:
            option = command["options"].get(word)
            pending = option if option is not None and option["kind"] is not None else None
        elif word in command["below"] or f"{path} {word}".strip() in index["commands"]:
            path = f"{path} {word}".strip()
            command, arguments = index["commands"][path], 0
        else:
            arguments += 1

    def values(kind: str, prefix: str = "") -> list[Candidate]:
        start = current.removeprefix(prefix)
        found = dict.fromkeys(kind[1:].split(","), "") if kind.startswith("=") else dict(seen.get(kind, {}))
        found |= dict.fromkeys([one for one in index["values"].get(kind, []) if one not in found], "")
        if kind == "profile":
            found = dict.fromkeys(profiles(), "")
        return [Candidate(prefix + one, word) for one, word in found.items() if one.startswith(start)]

    if pending is not None:
        return values(pending["kind"] or "")
    if current.startswith("-") and not are_options_over:
        name, equals, _ = current.partition("=")
        if equals:
            return values((command["options"].get(name) or {"kind": "", "help": ""})["kind"] or "", f"{name}=")
        return [Candidate(one, option["help"]) for one, option in command["options"].items() if one.startswith(current)]
    if command["below"]:
        return [Candidate(one, summary) for one, summary in command["below"].items() if one.startswith(current)]
    taken = command["arguments"]
    if not taken or (arguments >= len(taken) and not taken[-1]["many"]):
        return []
    return values(taken[min(arguments, len(taken) - 1)]["kind"])


def _shown(shell: str, candidate: Candidate) -> str:
    about = " ".join(candidate.help.split())
    if shell == "zsh":
        value = candidate.value.replace(":", "\\:")
        return f"{value}:{about}" if about else value
    return f"{candidate.value}\t{about}" if shell == "fish" and about else candidate.value


def _index() -> Index:
    """Read what there is to complete from the cache folder, or from the commands if they have changed since."""
    from vlmrun.cli._seen import cache_folder

    path, stamp = cache_folder() / "commands.json", _stamp()
    try:
        kept: object = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        kept = None
    if isinstance(kept, dict) and cast("dict[str, object]", kept).get("stamp") == stamp:
        return cast("Index", kept)  # written below
    from vlmrun.cli._index import completion_index
    from vlmrun.cli._private_files import write_privately

    index = completion_index()
    with suppress(OSError):
        write_privately(path, json.dumps({"stamp": stamp, **index}, ensure_ascii=False))
    return cast("Index", index)


def _stamp() -> str:
    """Changes with the version, and with each change of the source."""
    from vlmrun._version import __version__

    newest = max(file.stat().st_mtime_ns for file in Path(__file__).parent.rglob("*.py"))
    return f"{__version__} {newest} {sys.executable}"


def _profiles() -> list[str]:
    from vlmrun.cli._settings import config_files
    from vlmrun.client.exceptions import ConfigurationError

    try:
        return list(dict.fromkeys(name for file in config_files() for name in file.profiles()))
    except ConfigurationError:
        return []
