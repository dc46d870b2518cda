"""An application of twenty lines."""

from pydantic import BaseModel

from vlmrun import VLMRun


class Invoice(BaseModel):
    """What is read."""

    vendor: str
    total: float


def read(client: VLMRun, question: str) -> Invoice | None:
    """Ask for an invoice, and read it."""
    completion = client.agent.completions.parse(
        model="vlmrun-orion-1:auto",
        messages=[{"role": "user", "content": question}],
        response_format=Invoice,
    )
    return completion.choices[0].message.parsed


if __name__ == "__main__":
    print(read(VLMRun(), "What is the total?"))
