"""Work in the background, and what it made: `python examples/execution.py [FOLDER]`, with VLMRUN_API_KEY set.

An execution needs no openai, and goes on when this program does not.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from vlmrun import AsyncVLMRun, content
from vlmrun.client.exceptions import ExecutionFailedError, ExecutionTimeoutError

RECEIPT = Path(__file__).parent / "assets" / "receipt.png"


async def make(client: AsyncVLMRun, folder: Path) -> list[Path]:
    """Have a thumbnail made, and save what comes back."""
    run = await client.agent.run(
        "Make a thumbnail of this image.",
        inputs=[content.file(await client.files.upload(RECEIPT))],
        mode="execution",
        toolsets=["image"],
        timeout=900,
    )
    print(run.text)
    return [
        await client.artifacts.download(artifact, folder=folder, execution_id=run.execution_id)
        for artifact in run.artifacts
    ]


async def main() -> None:
    """Save into the folder that is named, or a temporary one."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp())
    async with AsyncVLMRun() as client:
        try:
            for path in await make(client, folder):
                print(f"{path.name}: {path.stat().st_size:,} bytes")
        except ExecutionTimeoutError as error:
            print(f"Still {error.status}: ask for {error.execution_id} later.")
        except ExecutionFailedError as error:
            print(error)


if __name__ == "__main__":
    asyncio.run(main())
