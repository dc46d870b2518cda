"""Ask about a video: `python examples/video.py [VIDEO] [QUESTION]`, with VLMRUN_API_KEY set.

A video that is too large for a message is uploaded first. The next run finds it by its hash.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from vlmrun import AgentModel, AgentOptions, VLMRun, content

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionContentPartParam

VIDEO = Path(__file__).parent / "assets" / "ball.avi"


def video_part(client: VLMRun, video: Path) -> ChatCompletionContentPartParam:
    """Build a message part of a video: inline, or by the id of an upload."""
    if video.stat().st_size <= content.MAX_INLINE_BYTES:
        return content.video(video)
    return content.file(client.files.upload(video))


def ask(client: VLMRun, video: Path, question: str) -> None:
    """Print an answer while it arrives."""
    with client.agent.completions.stream(
        model=AgentModel.ORION_1_AUTO,
        messages=[
            content.system("Answer in one sentence, and say at which second you saw it."),
            content.user(video_part(client, video), question),
        ],
        extra_body=AgentOptions(toolsets=["video"]),
    ) as stream:
        for event in stream:
            if event.type == "content.delta":
                print(event.delta, end="", flush=True)
    print()


def main() -> None:
    """Ask about the given video, or about the sample in `assets`."""
    video = Path(sys.argv[1]) if len(sys.argv) > 1 else VIDEO
    question = sys.argv[2] if len(sys.argv) > 2 else "When does the ball reach the right edge?"
    with VLMRun() as client:
        ask(client, video, question)


if __name__ == "__main__":
    main()
