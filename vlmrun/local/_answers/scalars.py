"""The smallest text or number that a schema allows, as candidates: whoever takes one checks it against the schema."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction

from vlmrun.local._answers.patterns import sample

__all__ = ["numbers", "texts"]

_FORMATS: Mapping[str, str] = {
    "date": "1970-01-01",
    "date-time": "1970-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "duration": "PT0S",
    "email": "nobody@example.com",
    "idn-email": "nobody@example.com",
    "name-email": "Nobody <nobody@example.com>",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
    "ipvanyaddress": "127.0.0.1",
    "ipv4network": "127.0.0.0/8",
    "ipv6network": "::1/128",
    "ipvanynetwork": "127.0.0.0/8",
    "ipv4interface": "127.0.0.1/8",
    "ipv6interface": "::1/128",
    "ipvanyinterface": "127.0.0.1/8",
    "uri": "https://example.com/",
    "iri": "https://example.com/",
    "uri-reference": "/",
    "iri-reference": "/",
    "uri-template": "/",
    "multi-host-uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "uuid1": "00000000-0000-1000-8000-000000000000",
    "uuid3": "00000000-0000-3000-8000-000000000000",
    "uuid4": "00000000-0000-4000-8000-000000000000",
    "uuid5": "00000000-0000-5000-8000-000000000000",
    "uuid6": "00000000-0000-6000-8000-000000000000",
    "uuid7": "00000000-0000-7000-8000-000000000000",
    "uuid8": "00000000-0000-8000-8000-000000000000",
    "json-pointer": "",
    "relative-json-pointer": "0",
    "regex": ".*",
    "color": "#000000",
    "json-string": "null",
    "base64": "",
    "base64url": "",
    "binary": "",
}

# Beyond this a text is not made: the schema is a mistake or an attack.
_LONGEST = 1_000_000


def _int(schema: Mapping[str, object], key: str) -> int:
    value = schema.get(key)
    return int(value) if isinstance(value, int | float) else 0


def texts(schema: Mapping[str, object]) -> Iterator[str]:
    """Texts that a schema of type `string` may allow, the likeliest first.

    Args:
        schema: The schema; `format`, `pattern`, `minLength` are read.

    Yields:
        Texts, to be checked.
    """
    least = _int(schema, "minLength")
    format_ = schema.get("format")
    if isinstance(format_, str) and format_ in _FORMATS:
        yield _FORMATS[format_]
    pattern = schema.get("pattern")
    if isinstance(pattern, str):
        found = sample(pattern, least)
        if found is not None:
            yield found
    if least <= _LONGEST:
        yield "x" * least


def _fraction(schema: Mapping[str, object], key: str) -> Fraction | None:
    value = schema.get(key)
    # By its text: 0.01 is meant, and not the nearest binary fraction.
    return Fraction(str(value)) if isinstance(value, int | float) else None


def numbers(schema: Mapping[str, object]) -> Iterator[int | float]:
    """Numbers that a schema of type `integer` or `number` may allow, the smallest and roundest first.

    Args:
        schema: The schema; its bounds and `multipleOf` are read.

    Yields:
        Numbers, to be checked.
    """
    whole = schema.get("type") == "integer"
    lows = [low for key in ("minimum", "exclusiveMinimum") if (low := _fraction(schema, key)) is not None]
    highs = [high for key in ("maximum", "exclusiveMaximum") if (high := _fraction(schema, key)) is not None]
    low, high = max(lows, default=None), min(highs, default=None)
    step = _fraction(schema, "multipleOf")
    if whole:
        # The whole multiples of p/q in lowest terms are the multiples of p.
        step = Fraction(1 if step is None else step.numerator)
    for exact in _exact_numbers(low, high, step):
        yield exact.numerator if exact.denominator == 1 else float(exact)


def _exact_numbers(low: Fraction | None, high: Fraction | None, step: Fraction | None) -> Iterator[Fraction]:
    yield Fraction(0)
    # Several, since a multiple that is exact here may not be one in floating point.
    for unit in (step,) if step is not None else (Fraction(1), None):
        for ahead in range(8):
            if unit is not None and low is not None:
                yield (math.ceil(low / unit) + ahead) * unit
            if unit is not None and high is not None:
                yield (math.floor(high / unit) - ahead) * unit
    if low is not None and high is not None:
        yield (low + high) / 2
    yield from (bound for bound in (low, high) if bound is not None)
