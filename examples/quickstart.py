"""The whole tour in one file: an image and a PDF are sent to an agent, and its answers come back in every way.

Run it with `make demo`. Without `VLMRUN_API_KEY` it talks to a local stand-in, which runs no model and describes what
it received. With `VLMRUN_API_KEY` it sends the same requests to VLM Run. With
`make demo UPSTREAM=http://127.0.0.1:11434/v1 MODEL=qwen2.5vl` a model answers that runs in Ollama, vLLM or llama.cpp.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel

from vlmrun import AsyncVLMRun, VLMRun, content
from vlmrun.local import LocalServer, Upstream

if TYPE_CHECKING:
    from vlmrun.protocols import SupportsAsyncCompletions, SupportsCompletions

MODEL = "vlmrun-orion-1:auto"
ASSETS = Path(__file__).parent / "assets"
RECEIPT, INVOICE = ASSETS / "receipt.png", ASSETS / "invoice.pdf"


class Picture(BaseModel):
    """The fields that we want to know about an image."""

    format: str
    width: int
    height: int


# A function that takes a Protocol accepts `VLMRun().agent` and `OpenAI().chat` alike.


def ask(chat: SupportsCompletions, question: str) -> str | None:
    """Ask about an image and a PDF, and return the whole answer."""
    message = content.user(content.image(RECEIPT), content.document(INVOICE), question)
    answer = chat.completions.create(model=MODEL, messages=[message])
    return answer.choices[0].message.content


def ask_streaming(chat: SupportsCompletions, question: str, pause: float) -> None:
    """Print an answer while it arrives."""
    message = content.user(content.image(RECEIPT), question)
    for chunk in chat.completions.create(model=MODEL, messages=[message], stream=True):
        if chunk.choices and chunk.choices[0].delta.content:
            print(chunk.choices[0].delta.content, end="", flush=True)
            time.sleep(pause)
    print()


def ask_typed(chat: SupportsCompletions, question: str) -> Picture | None:
    """Return an answer as a pydantic model."""
    message = content.user(content.image(RECEIPT), question)
    answer = chat.completions.parse(model=MODEL, messages=[message], response_format=Picture)
    return answer.choices[0].message.parsed


async def ask_async(chat: SupportsAsyncCompletions, questions: Iterable[str]) -> list[str | None]:
    """Ask several questions about a PDF at the same time."""
    invoice = content.document(INVOICE)
    answers = await asyncio.gather(
        *(chat.completions.create(model=MODEL, messages=[content.user(invoice, text)]) for text in questions)
    )
    return [answer.choices[0].message.content for answer in answers]


def step(title: str, sent: str) -> None:
    """Print what comes next, and what is sent."""
    print(f"\n--- {title}\n    sent:     {sent}")


def tour(api_key: str | None = None, base_url: str | None = None, pause: float = 0) -> None:
    """Ask in every way, and print the answers.

    Args:
        api_key: The key; by default that of the environment.
        base_url: The URL; by default that of VLM Run.
        pause: Seconds between the chunks of a stream, to make it visible.
    """
    with VLMRun(api_key=api_key, base_url=base_url) as client:
        question = "What do these show?"
        step("A whole answer: client.agent.completions.create(...)", f"receipt.png, invoice.pdf, {question!r}")
        print(f"    answer:   {ask(client.agent, question)}")

        question = "Describe this receipt."
        step("A streamed answer: client.agent.completions.create(..., stream=True)", f"receipt.png, {question!r}")
        print("    answer:   ", end="", flush=True)
        ask_streaming(client.agent, question, pause)

        question = "What kind of image is this?"
        step("A typed answer: client.agent.completions.parse(..., response_format=Model)", f"receipt.png, {question!r}")
        print(f"    answer:   {ask_typed(client.agent, question)!r}")

        step("The same in one call: client.agent.run(..., response_model=Model)", f"receipt.png, {question!r}")
        run = client.agent.run(question, inputs=[content.image(RECEIPT)], response_model=Picture)
        print(f"    answer:   {run.output!r}")

        task = "Summarise the invoice."
        step("In the background: client.agent.execute(...), client.executions.wait(id)", f"invoice.pdf, {task!r}")
        execution = client.agent.execute(config={"prompt": task}, inputs={"invoice": content.document(INVOICE)})
        print(f"    status:   execution {execution.id} is {execution.status}")
        print("    waiting:  polling until it ends ...", flush=True)
        done = client.executions.wait(execution.id)
        print(f"    status:   execution {done.id} is {done.status}")
        print(f"    answer:   {done.response}")

    async def tour_async() -> None:
        questions = ["Who sent this invoice?", "When is it due?"]
        async with AsyncVLMRun(api_key=api_key, base_url=base_url) as client:
            step("Two questions at the same time: AsyncVLMRun().agent.completions.create(...)", "invoice.pdf, twice")
            for question, answer in zip(questions, await ask_async(client.agent, questions), strict=True):
                print(f"    question: {question}\n    answer:   {answer}")

    asyncio.run(tour_async())


NEXT = """
What to try next
    VLMRUN_API_KEY=... make demo                    the same tour, answered by VLM Run
    make demo UPSTREAM=http://... MODEL=...         the same tour, answered by a model on your machine
    .venv/bin/python examples/quickstart.py         this tour again; edit the file and see what changes
    examples/invoice.py, video.py, skill.py         an invoice as a model, a video, a skill from a folder
    examples/typed_app                              a typed application with its tests and its CI step
    README.md, docs/agent.md                        everything else"""


def main() -> None:
    """Take the tour with the user's own model, or at VLM Run if there is a key, else with a local stand-in."""
    if os.environ.get("UPSTREAM"):
        upstream = Upstream(os.environ["UPSTREAM"], os.environ.get("MODEL", ""))
        print(f"This demo talks to a local stand-in for VLM Run, which asks {upstream.model} at {upstream.url}.")
        with LocalServer(upstream=upstream) as server:
            tour(server.api_key, server.base_url)
    elif os.environ.get("VLMRUN_API_KEY"):
        print("VLMRUN_API_KEY is set: this demo talks to VLM Run.")
        tour()
    else:
        with LocalServer() as server:
            print(
                "VLMRUN_API_KEY is not set: this demo talks to a local stand-in for VLM Run, so that it works without a"
                f" key.\nThe stand-in ({server.base_url}) runs no model: its answers describe what it received."
            )
            tour(server.api_key, server.base_url, pause=0.03)
    print(NEXT)


if __name__ == "__main__":
    main()
