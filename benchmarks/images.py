"""A photo that was opened with Pillow, beside a PNG of it, which is what loses nothing."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks._environments import BUILD, make
from benchmarks._timing import Bench, Result, alternate, milliseconds, process, worker

# Soft, with noise, as cameras make them.
_MAKE = """
from PIL import Image
bands = [Image.effect_noise((4000, 3000), 12) for _ in range(3)]
Image.merge("RGB", bands).save({path!r}, quality=90)
"""


def measure(bench: Bench) -> Iterator[Result]:
    """Encode a photo of 12 megapixels again and again."""
    (built,) = (BUILD / "wheel").glob("*.whl")
    environment = make("pages", f"vlmrun[local] @ {built.as_uri()}")
    photo = BUILD / "photo.jpg"
    process(environment.python, _MAKE.format(path=str(photo)))()
    with worker(environment, bench.origin) as ours, worker(environment, bench.origin) as theirs:
        compared = alternate(
            ours.timer("vlmrun.photos", 1, str(photo)),
            theirs.timer("pillow.photos_as_png", 1, str(photo)),
            bench.rounds(10),
        )
    bench.keep("photo.vlmrun", "photo.png", compared)
    yield Result(
        "a photo of 12 megapixels, opened with Pillow",
        milliseconds(compared.ours),
        "PNG of it",
        milliseconds(compared.theirs),
        compared.ratio(),
        "× the time of",
    )
