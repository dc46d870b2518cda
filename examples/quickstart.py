"""The whole way, in one file: an image and a PDF go to an agent; whole, streamed, typed and async answers come back.

Run it with `make demo`. It talks to a server on this machine, which has no model and says what it received; with
`VLMRUN_API_KEY` set, to VLM Run.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel

from vlmrun import AsyncVLMRun, VLMRun, content
from vlmrun.local import LocalServer

if TYPE_CHECKING:
    from vlmrun.protocols import SupportsAsyncCompletions, SupportsCompletions

MODEL = "vlmrun-orion-1:auto"
ASSETS = Path(__file__).parent / "assets"


class Picture(BaseModel):
    """What we want to know of an image."""

    format: str
    width: int
    height: int


# A function that takes a Protocol runs on `VLMRun().agent` and on `OpenAI().chat` alike.


def ask(chat: SupportsCompletions) -> str | None:
    """A whole answer about an image and a PDF."""
    message = content.user(
        content.image(ASSETS / "receipt.png"), content.document(ASSETS / "invoice.pdf"), "What do these show?"
    )
    answer = chat.completions.create(model=MODEL, messages=[message])
    return answer.choices[0].message.content


def ask_streaming(chat: SupportsCompletions) -> None:
    """An answer printed as it arrives."""
    message = content.user(content.image(ASSETS / "receipt.png"), "Describe this receipt.")
    for chunk in chat.completions.create(model=MODEL, messages=[message], stream=True):
        if chunk.choices and chunk.choices[0].delta.content:
            print(chunk.choices[0].delta.content, end="", flush=True)
    print()


def ask_typed(chat: SupportsCompletions) -> Picture | None:
    """An answer as a pydantic model."""
    message = content.user(content.image(ASSETS / "receipt.png"), "What kind of image is this?")
    answer = chat.completions.parse(model=MODEL, messages=[message], response_format=Picture)
    return answer.choices[0].message.parsed


async def ask_async(chat: SupportsAsyncCompletions) -> list[str | None]:
    """Two questions at once."""
    invoice = content.document(ASSETS / "invoice.pdf")
    questions = ["Who sent this invoice?", "When is it due?"]
    answers = await asyncio.gather(
        *(chat.completions.create(model=MODEL, messages=[content.user(invoice, text)]) for text in questions)
    )
    return [answer.choices[0].message.content for answer in answers]


def tour(api_key: str | None = None, base_url: str | None = None) -> None:
    """Ask in every way, and print what comes back."""
    with VLMRun(api_key=api_key, base_url=base_url) as client:
        print(f"Talking to {client.base_url}")

        print("\n--- a whole answer: agent.completions.create(...)")
        print(ask(client.agent))

        print("\n--- streamed: agent.completions.create(..., stream=True)")
        ask_streaming(client.agent)

        print("\n--- typed: agent.completions.parse(..., response_format=Picture)")
        print(repr(ask_typed(client.agent)))

        print('\n--- in the background, typed: agent.run(..., mode="execution", response_model=Picture)')
        run = client.agent.run(
            "What kind of image is this?",
            inputs=[content.image(ASSETS / "receipt.png")],
            response_model=Picture,
            mode="execution",
        )
        print(repr(run.output))

        print("\n--- the native API: agent.execute(...)")
        execution = client.agent.execute(config={"prompt": "Summarise the invoice."}, inputs={"number": "2026-0117"})
        print(f"execution {execution.id} is {execution.status}")

    async def tour_async() -> None:
        async with AsyncVLMRun(api_key=api_key, base_url=base_url) as client:
            print("\n--- async, two at once: AsyncVLMRun().agent.completions.create(...)")
            for answer in await ask_async(client.agent):
                print(answer)

    asyncio.run(tour_async())


def main() -> None:
    """Take the tour at VLM Run where there is a key for it, else at a server on this machine."""
    if os.environ.get("VLMRUN_API_KEY"):
        tour()
    else:
        with LocalServer() as server:
            tour(server.api_key, server.base_url)


if __name__ == "__main__":
    main()
