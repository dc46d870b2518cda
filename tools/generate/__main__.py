"""`python -m generate` writes what is generated; with `--check` it only says what would change, and fails then."""

from __future__ import annotations

import sys
from pathlib import Path

from generate import files

ROOT = Path(__file__).parents[2]


def main() -> int:
    """Run it."""
    changed = files.changes(ROOT)
    if "--check" in sys.argv[1:]:
        failed = False
        for path in [*changed, *_pages()]:
            print(f"{path.relative_to(ROOT)} is not what its source says: run `make generate`.")
            failed = True
        return failed
    for path, text in changed.items():
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))
    for path, text in _pages().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))
    return 0


def _pages() -> dict[Path, str]:
    import command_line  # last, as it imports what was generated

    return command_line.changes()


if __name__ == "__main__":
    sys.exit(main())
