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
        for path in changed:
            print(f"{path.relative_to(ROOT)} is not what its source says: run `make generate`.")
        return bool(changed)
    for path, text in changed.items():
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
