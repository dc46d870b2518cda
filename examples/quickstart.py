"""The whole way, in one file: an image and a PDF go to an agent; whole, streamed, typed and async answers come back.

Run it with `make demo`. It talks to a server on this machine, which has no model and says what it received; with
`VLMRUN_API_KEY` set, to VLM Run.
"""

from __future__ import annotations

import asyncio
import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pydantic import BaseModel

from vlmrun import AsyncVLMRun, VLMRun
from vlmrun.local import LocalServer

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionContentPartParam, ChatCompletionMessageParam

    from vlmrun.protocols import SupportsAsyncCompletions, SupportsCompletions

MODEL = "vlmrun-orion-1:auto"
ASSETS = Path(__file__).parent / "assets"


class Picture(BaseModel):
    """What we want to know of an image."""

    format: str
    width: int
    height: int


def data_url(path: Path, media_type: str) -> str:
    """A file as a `data:` URL."""
    return f"data:{media_type};base64,{base64.b64encode(path.read_bytes()).decode()}"


def image_part(path: Path) -> ChatCompletionContentPartParam:
    """A PNG image as a part of a message."""
    return {"type": "image_url", "image_url": {"url": data_url(path, "image/png")}}


def document_part(path: Path) -> ChatCompletionContentPartParam:
    """A PDF as a part of a message."""
    part = {"type": "file_url", "file_url": {"url": data_url(path, "application/pdf")}}
    # VLM Run's own kind of part, which OpenAI's types do not name.
    return cast("ChatCompletionContentPartParam", part)


def question(text: str, *parts: ChatCompletionContentPartParam) -> list[ChatCompletionMessageParam]:
    """A message of the user: some parts, then the question about them."""
    return [{"role": "user", "content": [*parts, {"type": "text", "text": text}]}]


# A function that takes a Protocol runs on `VLMRun().agent` and on `OpenAI().chat` alike.


def ask(chat: SupportsCompletions) -> str | None:
    """A whole answer about an image and a PDF."""
    messages = question(
        "What do these show?", image_part(ASSETS / "receipt.png"), document_part(ASSETS / "invoice.pdf")
    )
    answer = chat.completions.create(model=MODEL, messages=messages)
    return answer.choices[0].message.content


def ask_streaming(chat: SupportsCompletions) -> None:
    """An answer printed as it arrives."""
    messages = question("Describe this receipt.", image_part(ASSETS / "receipt.png"))
    for chunk in chat.completions.create(model=MODEL, messages=messages, stream=True):
        if chunk.choices and chunk.choices[0].delta.content:
            print(chunk.choices[0].delta.content, end="", flush=True)
    print()


def ask_typed(chat: SupportsCompletions) -> Picture | None:
    """An answer as a pydantic model."""
    messages = question("What kind of image is this?", image_part(ASSETS / "receipt.png"))
    answer = chat.completions.parse(model=MODEL, messages=messages, response_format=Picture)
    return answer.choices[0].message.parsed


async def ask_async(chat: SupportsAsyncCompletions) -> list[str | None]:
    """Two questions at once."""
    texts = ["Who sent this invoice?", "When is it due?"]
    answers = await asyncio.gather(
        *(
            chat.completions.create(model=MODEL, messages=question(text, document_part(ASSETS / "invoice.pdf")))
            for text in texts
        )
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
