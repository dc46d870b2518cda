"""What comes of the measurements, as a picture: a bar for each figure that has a target, and the curve."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from benchmarks._timing import Curve, Result, in_words

_WIDTH = 960
_ROW = 26
_LABELS = 380
"""Where the bars begin."""
_TARGET = 200
"""How long a bar is that just meets its target."""
_LONGEST = 260
_LINE = 18
_MET, _MISSED, _INK, _FAINT = "#2f7d4f", "#b3541e", "#222222", "#cccccc"
_COLOURS = ("#2f7d4f", "#7a6a9b", "#b3541e")


def picture(results: Sequence[Result], curves: Sequence[Curve]) -> str:
    """The picture, in SVG."""
    bars, height = _bars([result for result in results if result.target is not None])
    if curves:
        curve, height = _curve(curves, height + 20)
        bars += curve
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" '
        f'font-size="13" fill="{_INK}">\n<rect width="{_WIDTH}" height="{height}" fill="white"/>\n'
        + "\n".join(bars)
        + "\n</svg>\n"
    )


def _bars(results: Sequence[Result]) -> tuple[list[str], int]:
    top = 56
    bottom = top + _ROW * len(results)
    line = _LABELS + _TARGET
    drawn = [
        _text(20, 24, "Each figure beside its target", size=16),
        _text(line, 46, "target", anchor="middle"),
    ]
    for number, result in enumerate(results):
        figure, target = result.figure, result.target
        if figure is None or not target or not figure.median:
            continue
        share = target / figure.median if result.at_least else figure.median / target
        length = min(max(share, 0.0) * _TARGET, _LONGEST)
        y = top + _ROW * number
        colour = _MET if result.met else _MISSED
        bound = f"{'≥' if result.at_least else '≤'} {target:g}"
        said = f"{in_words(figure.median)} {result.unit} {result.beside} ({bound})".replace("`", "")
        drawn += [
            _text(_LABELS - 8, y + 17, result.what.replace("`", ""), anchor="end", size=12),
            f'<rect x="{_LABELS}" y="{y + 4}" width="{length:.1f}" height="{_ROW - 8}" fill="{colour}"/>',
            _text(max(_LABELS + length, line) + 8, y + 17, said, size=12),
        ]
    drawn.append(f'<path d="M{line} 50V{bottom}" stroke="{_INK}" stroke-dasharray="4 3"/>')
    return drawn, bottom + 10


def _curve(curves: Sequence[Curve], top: int) -> tuple[list[str], int]:
    left, right, up, down = 90, _WIDTH - 220, top + 40, top + 280
    points = [point for curve in curves for point in curve.points]
    most_x, most_y = max(x for x, _ in points), max(y for _, y in points)
    least_y = 10.0 ** math.floor(math.log10(min(y for _, y in points)))

    def place(x: float, y: float) -> tuple[float, float]:
        across = math.log10(x) / max(math.log10(most_x), 1)
        along = math.log10(y / least_y) / math.log10(most_y * 1.2 / least_y)
        return left + across * (right - left), down - along * (down - up)

    drawn = [_text(20, top + 16, "Executions per second against how many are under way", size=16)]
    for count, _ in curves[0].points:
        drawn.append(_text(place(count, least_y)[0], down + 18, f"{count:,}", anchor="middle"))
    mark = least_y
    while mark <= most_y:
        height = place(1, mark)[1]
        drawn.append(f'<path d="M{left} {height:.1f}H{right}" stroke="{_FAINT}"/>')
        drawn.append(_text(left - 8, height + 4, f"{mark:,.0f}", anchor="end"))
        mark *= 10
    label = 0.0
    for colour, curve in sorted(zip(_COLOURS, curves, strict=False), key=lambda pair: -pair[1].points[-1][1]):
        places = [place(*point) for point in curve.points]
        line = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        drawn.append(f'<path d="M{line}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        drawn += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in places]
        x, y = places[-1]
        label = max(y + 4, label + _LINE)  # below the last one, where two curves end close together
        drawn.append(_text(x + 10, label, f"{curve.name}: {curve.points[-1][1]:,.0f}"))
    return drawn, down + 34


def _text(x: float, y: float, text: str, anchor: str = "start", size: int = 13) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" font-size="{size}">{escape(text)}</text>'
