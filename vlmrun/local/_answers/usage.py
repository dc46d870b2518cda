"""What an answer is said to have used: words for tokens, and one credit for each element."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vlmrun.local._media.facts import BytesFact, Fact, ImageFact, PDFFact, TextFact

__all__ = ["credit_usage", "elements", "prompt_words"]


def prompt_words(facts: Sequence[Fact]) -> int:
    """What stands in for prompt tokens: the words of texts, and one for each other thing."""
    return sum(fact.words if isinstance(fact, TextFact) else 1 for fact in facts)


def elements(facts: Sequence[Fact]) -> Mapping[str, int]:
    """How many images, pages, videos and audio files were received, by the platform's names for them."""
    counts = dict.fromkeys(("image", "page", "video", "audio"), 0)
    for fact in facts:
        if isinstance(fact, ImageFact):
            counts["image"] += 1
        elif isinstance(fact, PDFFact):
            counts["page"] += fact.pages
        elif isinstance(fact, BytesFact) and fact.kind in counts:
            counts[fact.kind] += 1
    return {kind: count for kind, count in counts.items() if count}


def credit_usage(facts: Sequence[Fact]) -> dict[str, object]:
    """A CreditUsage: one credit per element. It is a number to look at, and no price."""
    counted = elements(facts)
    total = sum(counted.values())
    return {
        "elements_processed": total,
        # The platform names one type; where there are several, the most frequent speaks for all.
        "element_type": max(counted, key=lambda kind: counted[kind], default=None),
        "credits_used": total,
        "steps": 1,
        "message": None,
        "duration_seconds": 0,
    }
