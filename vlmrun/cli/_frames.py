"""Frames of videos, which ffmpeg reads."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from vlmrun.cli._errors import UsageError

__all__ = ["frames_of"]


def frames_of(video: Path, folder: Path, fps: float, most: int) -> list[Path]:
    """Write frames of a video into a folder, as JPEG.

    Args:
        video: The video.
        folder: The folder.
        fps: How many frames of each second.
        most: How many frames at most.

    Raises:
        UsageError: ffmpeg is missing, or cannot read the video.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        raise UsageError("Frames of a video are read by ffmpeg, which is not installed.", "install ffmpeg")
    command = [program, "-nostdin", "-v", "error", "-i", str(video.resolve()), "-vf", f"fps={fps:g}"]
    done = subprocess.run(  # noqa: S603  # a list, so that no shell reads the path
        [*command, "-frames:v", str(most), "-q:v", "3", str(folder / "%06d.jpg")],
        capture_output=True,
        text=True,
        check=False,
    )
    frames = sorted(folder.glob("*.jpg"))
    if done.returncode or not frames:
        reason = (done.stderr.strip().splitlines() or ["it has no frames"])[-1]
        raise UsageError(f"ffmpeg cannot read {str(video)!r}: {reason}", "check that it is a video")
    return frames
