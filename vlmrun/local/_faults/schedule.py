"""Which requests meet which fault: a list of faults, a function of the user's, or random ones from a seed."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable
from typing import TypeAlias, TypeGuard, cast, get_args

from vlmrun.client.exceptions import InputError
from vlmrun.local._faults.arguments import is_int, is_number, listed
from vlmrun.local._faults.fault import Fault, FaultKind
from vlmrun.local._requests.received import ReceivedRequest
from vlmrun.local._wire.paths import HEALTH, is_chat

__all__ = ["Schedule", "random_faults"]

FaultRule: TypeAlias = Callable[[ReceivedRequest], "Fault | None"]


class Schedule:
    """Says which fault a request meets. Any thread may ask.

    Args:
        faults: The faults, the first that fits is met; or a function that is asked for each request.

    Raises:
        InputError: There are no faults to list, an entry is none, or `refused` is not alone.
    """

    def __init__(self, faults: Iterable[Fault] | FaultRule) -> None:
        self._lock = threading.Lock()
        self._rule = faults if callable(faults) else None
        self._given: list[Fault] = []
        self._left: list[tuple[Fault, int | None]] = []
        if not callable(faults):
            given = listed("faults", faults)
            if not all(map(_is_fault, given)):
                raise InputError("faults must be of Fault.", suggestion='pass faults=[Fault("reset_before")].')
            self.is_refused = any(fault.kind == "refused" for fault in given)
            if self.is_refused and len(given) > 1:
                raise InputError("faults has others beside refused.", suggestion="pass refused alone.")
            self._given = given
            self.reset()

    is_refused = False
    """Whether no connection is accepted."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing ever goes wrong."""
        return self._rule is None and not self._left

    def add(self, fault: Fault) -> None:
        """Add a fault, after the others.

        Raises:
            InputError: It is no fault of a server that listens, or a function says which requests meet one.
        """
        if self._rule is not None:
            raise InputError(
                "fault cannot be added: a function was passed as faults.", suggestion="let that function return it."
            )
        if not _is_fault(fault) or fault.kind == "refused":
            raise InputError(
                "fault must be a Fault, and no 'refused'.", suggestion='pass LocalServer(faults=[Fault("refused")]).'
            )
        with self._lock:
            self._left.append((fault, fault.times))

    def reset(self) -> None:
        """Only the faults of the beginning, each with all of its times."""
        with self._lock:
            self._left = [(fault, fault.times) for fault in self._given]

    def meet(self, request: ReceivedRequest) -> Fault | None:
        """The fault that a request meets, which is one of its times.

        Raises:
            InputError: The function says what is none, or that a server that listens refuses connections.
        """
        if self._rule is not None:
            with self._lock:
                fault = self._rule(request)
            if fault is None:
                return None
            if not _is_fault(fault) or fault.kind == "refused":
                raise InputError("faults must return None, or a Fault that is met by a request.")
            return fault if _fits(fault, request) else None
        with self._lock:
            for index, (fault, left) in enumerate(self._left):
                if left != 0 and _fits(fault, request):
                    self._left[index] = (fault, None if left is None else left - 1)
                    return fault
        return None


def random_faults(seed: int, share: float, kinds: Iterable[FaultKind] | None = None) -> FaultRule:
    """A schedule of faults that looks random, and is the same for the same requests in the same order.

    A request meets one of those that it can meet: only a chat is cut as a stream or polled for.

    Args:
        seed: What it is made from.
        share: Which part of the requests meets a fault, from 0 to 1.
        kinds: Which faults; by default all that a server can have while it listens. Stalls and trickles last for as
            long as a client waits.

    Returns:
        What `LocalServer` takes as its `faults`.

    Raises:
        InputError: An argument cannot be used.
    """
    if not is_int(seed, least=-(2**64), most=2**64):
        raise InputError("seed must be an int, of 64 bits.")
    if not is_number(share, 0, 1):
        raise InputError("share must be a number from 0 to 1.")
    chosen = [Fault(kind) for kind in (get_args(FaultKind)[1:] if kinds is None else listed("kinds", kinds))]
    if not chosen or any(fault.kind == "refused" for fault in chosen):
        raise InputError("kinds must name faults, and refused is for a whole server.")
    dice = random.Random(seed)  # noqa: S311  # it guards nothing

    def rule(request: ReceivedRequest) -> Fault | None:
        possible = [fault for fault in chosen if _fits(fault, request)]
        return dice.choice(possible) if possible and dice.random() < share else None

    return rule


def _is_fault(value: object) -> TypeGuard[Fault]:
    return isinstance(value, Fault)


def _fits(fault: Fault, request: ReceivedRequest) -> bool:
    if fault.path is None:
        within = request.path.startswith("/v1/") and request.path != HEALTH
    else:
        within = request.path.startswith(fault.path)
    if not within or fault.method not in (None, request.method):
        return False
    if fault.kind == "long_poll":
        return is_chat(request.method, request.path)
    if fault.kind in ("stream_cut", "stream_unfinished"):
        # A cast: what comes from JSON is made of dicts, and nothing narrower is known of it.
        body = request.body
        stream = cast("dict[str, object]", body).get("stream") if isinstance(body, dict) else None
        return is_chat(request.method, request.path) and stream is True
    return True
