"""Files that were changed: cut, repeated, and with other bytes in them."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

__all__ = ["mutated"]


@st.composite
def mutated(draw: st.DrawFn, seeds: Sequence[bytes], pieces: Sequence[bytes]) -> bytes:
    """A small file with some bytes replaced, removed, repeated or made up.

    Args:
        draw: Hypothesis's.
        seeds: What files are made of.
        pieces: What a format makes much of, to be written into a file.
    """
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        length = draw(st.integers(0, 40))
        piece = draw(
            st.one_of(
                st.binary(max_size=20),
                st.sampled_from(pieces),
                st.just(bytes(data[at : at + length]) * 3),
                st.just(b""),
            )
        )
        data[at : at + length] = piece
    return bytes(data)
