"""Run an execution and download its artifacts: `python examples/execution.py [FOLDER]`, with VLMRUN_API_KEY set.

Executions do not require openai, and continue if this program stops.
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
    """Ask for a thumbnail, and download it."""
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
    """Download into the given folder, or into a temporary one."""
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
