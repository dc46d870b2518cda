"""Use a skill from a folder, and continue a conversation: `python examples/skill.py`, with VLMRUN_API_KEY set."""

from __future__ import annotations

from pathlib import Path

from vlmrun import Skill, VLMRun, content

ASSETS = Path(__file__).parent / "assets"


def main() -> None:
    """Ask twice in one session; the skill is sent with the first question."""
    skill = Skill.from_directory(ASSETS / "skills" / "receipt-reader")
    print(f"{skill!r}: {skill.description}")
    with VLMRun() as client:
        first = client.agent.run("What did they pay?", inputs=[content.image(ASSETS / "receipt.png")], skills=[skill])
        print(first.text)
        second = client.agent.run("And in which currency?", session_id=first.session_id)
        print(second.text)


if __name__ == "__main__":
    main()
