"""Gates: conditions on decisions of System One, such as `urgent>=0.8` or `team=billing`. Pure functions of values."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlmrun.cli._errors import UsageError

if TYPE_CHECKING:
    from vlmrun.client.types import SystemOneResponse

__all__ = ["Gate", "parse"]

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
    "!=": operator.ne,
}
_GATE = re.compile(r"\s*(?P<name>[^<>=!]+?)\s*(?P<how>>=|<=|!=|==|=|>|<)\s*(?P<value>.+?)\s*")
_CONFIDENCE = ".confidence"


@dataclass(frozen=True)
class Gate:
    """A condition on one answer of a decision."""

    text: str
    """The gate as it was given."""
    name: str
    """The name of the question; with `.confidence`, how sure the model is of its answer."""
    how: str
    """The comparison."""
    value: str
    """What is compared with: a number or a label."""

    def passes(self, decision: SystemOneResponse) -> bool:
        """Whether a decision fulfils it.

        Raises:
            UsageError: The decision has no such answer, or the answer cannot be compared in this way.
        """
        found = _value(decision, self.name)
        if isinstance(found, str):
            if self.how not in ("=", "!="):
                raise UsageError(f"--gate {self.text}: {self.name} is a label.", f"{self.name}={found}")
            return (found == self.value) == (self.how == "=")
        try:
            return _COMPARE[self.how](found, float(self.value))
        except ValueError:
            raise UsageError(f"--gate {self.text}: {self.name} is a number.", f"{self.name}>=0.8") from None


def parse(text: str, names: set[str]) -> Gate:
    """Read a gate.

    Args:
        text: Such as `urgent>=0.8`, `team=billing`, `mood<1` or `team.confidence>0.7`.
        names: The names of the questions.

    Raises:
        UsageError: It is not a condition, or of no question that is asked.
    """
    match = _GATE.fullmatch(text)
    if match is None:
        raise UsageError(f"--gate {text}: this is not a condition.", "urgent>=0.8, or team=billing")
    name, how = match["name"], match["how"].replace("==", "=")
    if name.removesuffix(_CONFIDENCE) not in names:
        raise UsageError(f"--gate {text}: no question is named {name!r}.", f"one of {', '.join(sorted(names))}")
    return Gate(text, name, how, match["value"])


def _value(decision: SystemOneResponse, name: str) -> float | str:
    answer = decision.answers.get(name.removesuffix(_CONFIDENCE))
    if answer is None:
        raise UsageError(f"The decision has no answer named {name!r}.", "check the names of the questions")
    attribute = "confidence" if name.endswith(_CONFIDENCE) else answer.type
    found: object = getattr(answer, attribute, None)
    if not isinstance(found, (float, int, str)):
        raise UsageError(f"The server says no {attribute} of {name!r}.", "gate the answer itself")
    return found
