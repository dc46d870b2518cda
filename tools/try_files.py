"""Any folder of files through every function that takes files: `make corpora FOLDER=...`.

Each file is passed to `content.image`, `video`, `audio`, `document`, `file` and `document_pages`, opened with Pillow,
whose image is passed to `content.image`, and uploaded to a local server; each folder with a `SKILL.md` is packed. Every
call must succeed or raise an error of this package that says what to do. What `content.file` says of a file is compared
with libmagic.

Exit status 1: a foreign exception; a media type that differs from libmagic's and is not explained in
`try_files_explained.toml`; or an explanation that is no longer needed. The explanations of a corpus go by its name.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from libmagic import media_types

from vlmrun import Skill, VLMRun, content
from vlmrun.client.exceptions import InputError, VLMRunError
from vlmrun.local import LocalServer

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

EXPLAINED = Path(__file__).with_name("try_files_explained.toml")
SLOW_SECONDS = 10.0
MOST_PAGES = 20
DPI = 36

SAME = {
    "application/javascript": "text/javascript",
    "audio/x-wav": "audio/wav",
    "audio/x-m4a": "audio/mp4",
    "audio/x-hx-aac-adts": "audio/aac",
    "image/x-ms-bmp": "image/bmp",
    "image/heif": "image/heic",
}
"""Names of libmagic for what has another name here."""

TEXTUAL = {"application/json", "application/yaml"}
"""Text, by other names than `text/...`."""


@dataclass
class Outcomes:
    """What has come of all calls."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    """How many, by function and outcome: sent, refused or foreign."""
    foreign: list[str] = field(default_factory=list[str])
    """What was raised that is not ours, or does not say what to do."""
    slow: list[str] = field(default_factory=list[str])
    """What took long."""
    types: dict[Path, str] = field(default_factory=dict[Path, str])
    """The media type of each file, where `content.file` knows one."""
    refusals: Counter[str] = field(default_factory=Counter[str])
    """How often each message of a refusal was raised, without paths."""

    def call(self, function: str, path: Path, action: Callable[[], object]) -> object:
        """Do something with a file, and note what comes of it; its result, if there is one."""
        began = time.monotonic()
        result: object = None
        try:
            result = action()
            outcome = "sent"
        except VLMRunError as error:
            outcome = "refused"
            if isinstance(error, InputError) and not error.suggestion:
                self._foreign(function, path, error, "has no suggestion")
            self.refusals[f"{function}: {error.message.partition(': ' + repr(str(path)))[0]}"] += 1
        except Exception as error:  # noqa: BLE001  # to be counted
            outcome = "foreign"
            self._foreign(function, path, error, "is not ours")
        self.counts[function, outcome] += 1
        if (seconds := time.monotonic() - began) > SLOW_SECONDS:
            self.slow.append(f"{function} {path}: {seconds:.0f} s")
        return result

    def _foreign(self, function: str, path: Path, error: Exception, why: str) -> None:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        self.foreign.append(
            f"{function} {path}: {type(error).__name__} {why}: {error} ({frame.filename}:{frame.lineno})"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Try each folder; the exit status."""
    parser = argparse.ArgumentParser(prog="tools/try_files.py")
    parser.add_argument("folders", nargs="+", type=Path, help="each is a corpus, and its name is that of the folder")
    parser.add_argument("--per-suffix", type=int, default=0, help="try at most so many files of each suffix; 0: all")
    parser.add_argument("--refusals", action="store_true", help="show how often each message was raised")
    options = parser.parse_args(arguments)
    return max([_tried(folder, options.per_suffix, shows=options.refusals) for folder in options.folders])


def _tried(folder: Path, per_suffix: int, *, shows: bool) -> int:
    if not folder.is_dir():
        print(f"{folder} is no folder")
        return 1
    paths = list(_files(folder, per_suffix))
    outcomes = Outcomes()
    with LocalServer() as server, VLMRun(server.api_key, server.base_url, max_retries=0) as client:
        for path in paths:
            _try(outcomes, path, client)
    for skill in sorted(folder.rglob("SKILL.md")):
        outcomes.call("Skill.from_directory", skill.parent, lambda: Skill.from_directory(skill.parent))  # noqa: B023
    differing = dict(_differing(outcomes, paths))
    _report(folder, paths, outcomes)
    if shows:
        for message, count in outcomes.refusals.most_common():
            print(f"  {count:6,} × {message}")
    wrong = _unexplained(folder.resolve().name, differing)
    return 1 if outcomes.foreign or wrong else 0


def _files(folder: Path, per_suffix: int) -> Iterator[Path]:
    seen: Counter[str] = Counter()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (not per_suffix or seen[path.suffix] < per_suffix):
            seen[path.suffix] += 1
            yield path


def _try(outcomes: Outcomes, path: Path, client: VLMRun) -> None:
    parts: tuple[Callable[[Path], object], ...] = (content.image, content.video, content.audio, content.document)
    for part in parts:
        outcomes.call(f"content.{part.__name__}", path, lambda: part(path))  # noqa: B023  # called at once
    sent: Any = outcomes.call("content.file", path, lambda: content.file(path))
    if sent is not None:
        outcomes.types[path] = sent["file_url"]["url"].partition(":")[2].partition(";")[0]
    outcomes.call("document_pages", path, lambda: _pages(path))
    if (opened := _pillow(path)) is not None:
        with opened:
            outcomes.call("content.image of Pillow", path, lambda: content.image(opened))
    outcomes.call("files.upload", path, lambda: client.files.upload(path))


def _pages(path: Path) -> int:
    pages = content.document_pages(path, dpi=DPI, timeout=SLOW_SECONDS, on_error="skip")
    return sum(1 for _ in zip(range(MOST_PAGES), pages, strict=False))


def _pillow(path: Path) -> Any:
    """The image as Pillow opens it; `None` if it does not."""
    import warnings

    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Image.open(path)
    except Exception:  # noqa: BLE001  # Pillow's decoders raise what they like
        return None


def _differing(outcomes: Outcomes, paths: list[Path]) -> Iterator[tuple[tuple[str, str], list[Path]]]:
    """The pairs of media types that differ, ours and libmagic's, and the files."""
    pairs: dict[tuple[str, str], list[Path]] = {}
    for path, judged in media_types(paths).items():
        ours = outcomes.types.get(path)
        judged = SAME.get(judged, judged)
        is_silent = ours is None and not judged.startswith(("image/", "video/", "audio/"))
        # Names say what kind of text it is; libmagic guesses from words.
        is_text = ours is not None and judged.startswith("text/") and (ours.startswith("text/") or ours in TEXTUAL)
        if is_silent or is_text or ours == judged:
            continue
        pairs.setdefault((ours or "unrecognised", judged), []).append(path)
    yield from pairs.items()


def _report(folder: Path, paths: list[Path], outcomes: Outcomes) -> None:
    print(f"{folder}: {len(paths):,} files")
    print(f"  {'function':<26}{'tried':>8}{'sent':>8}{'refused':>9}{'foreign':>9}")
    for function in dict.fromkeys(function for function, _ in outcomes.counts):
        counts = [outcomes.counts[function, outcome] for outcome in ("sent", "refused", "foreign")]
        print(f"  {function:<26}{sum(counts):>8,}{counts[0]:>8,}{counts[1]:>9,}{counts[2]:>9,}")
    for heading, lines in (("foreign exceptions", outcomes.foreign), ("slow", outcomes.slow)):
        print(f"  {heading}: {len(lines)}")
        for line in lines:
            print(f"    {line}")


def _unexplained(corpus: str, differing: dict[tuple[str, str], list[Path]]) -> bool:
    """Print what differs without an explanation, and explanations of what does not; whether there is any."""
    known: list[dict[str, str]] = tomllib.loads(EXPLAINED.read_text(encoding="utf-8")).get(corpus, [])
    explained = {(each["ours"], each["libmagic"]) for each in known}
    print(f"  media types that differ from libmagic's: {len(differing)}, of which explained: {len(explained)}")
    for pair in sorted(differing.keys() - explained):
        paths = differing[pair]
        print(f"    not explained: {pair[0]}, libmagic: {pair[1]}: {len(paths)} files, such as {paths[0]}")
    for pair in sorted(explained - differing.keys()):
        print(f"    explained, but no longer so: {pair[0]}, libmagic: {pair[1]}")
    return differing.keys() != explained


if __name__ == "__main__":
    sys.exit(main())
