"""An application of twenty lines."""

from openai import OpenAI
from pydantic import BaseModel


class Invoice(BaseModel):
    """What is read."""

    vendor: str
    total: float


def read(client: OpenAI, question: str) -> Invoice | None:
    """Ask for an invoice, and read it."""
    completion = client.chat.completions.parse(
        model="vlmrun-orion-1:auto",
        messages=[{"role": "user", "content": question}],
        response_format=Invoice,
    )
    return completion.choices[0].message.parsed


if __name__ == "__main__":
    print(read(OpenAI(base_url="https://api.vlm.run/v1/openai"), "What is the total?"))
