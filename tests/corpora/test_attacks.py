"""The bounds of every function that reads files, under files that were changed; see `attacks.py`."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ATTACKS = Path(__file__).with_name("attacks.py")

pytestmark = pytest.mark.skipif(
    not os.access("/proc/self/clear_refs", os.W_OK), reason="only Linux tells how much memory a call took"
)


def attacked(names: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run attacks in a process, which has as long as it takes: what is limited is the processor's time."""
    plain = [f"-p no:{name}" for name in ("cacheprovider", "randomly", "xdist")]
    return subprocess.run(  # noqa: S603  # this very interpreter, and a file of these tests
        [sys.executable, "-m", "pytest", "-q", *plain, f"--basetemp={folder / 'files'}", "-k", names, ATTACKS],
        capture_output=True,
        text=True,
        check=False,
        cwd=ATTACKS.parents[2],
        env={**os.environ, **environment},
    )


def test_readers_keep_within_their_bounds(tmp_path: Path) -> None:
    """No foreign exception, no hang, and little memory; the file that did it is left in the folder."""
    done = attacked("not broken", tmp_path)
    assert done.returncode == 0, f"{done.stdout}\n{tmp_path}"
    assert re.search(
        r"\b([7-9] passed|[1-9] passed, \d skipped)", done.stdout
    )  # without some packages, some are skipped


def test_broken_readers_are_found(tmp_path: Path) -> None:
    """Each for what it does: one raises, one has no remedy, one takes memory."""
    done = attacked("broken and not hangs", tmp_path)
    assert "3 failed" in done.stdout
    for why in ("ZeroDivisionError", "assert remedy", "_peak() - before"):
        assert re.search(rf"^(>|E) .*{re.escape(why)}", done.stdout, re.MULTILINE), done.stdout


def test_a_broken_reader_that_hangs_is_ended(tmp_path: Path) -> None:
    """In C, where Python hears of no signal."""
    done = attacked("broken and hangs", tmp_path, ATTACK_SECONDS="0.5")
    assert done.returncode == -signal.SIGVTALRM, done.stdout
