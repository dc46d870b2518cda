"""What every test stands on: a fake wire under the real clients, and an environment that says nothing."""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Generator, Iterator
from importlib.util import find_spec

import pytest

# Somebody who tries the examples has neither respx nor Hypothesis: pytest loads this file for every test below it.
if find_spec("respx") and find_spec("httpcore2"):
    from respx.mocks import HTTPCoreMocker

    # respx patches httpcore. openai 3 and our own transport use httpcore2, which would really send.
    HTTPCoreMocker.add_targets(*(target.replace("httpcore.", "httpcore2.", 1) for target in HTTPCoreMocker.targets))

if find_spec("hypothesis"):
    from hypothesis import HealthCheck, settings

    # Slow machines are no reason to fail; a run that found something prints how to find it again.
    settings.register_profile("default", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile("quick", parent=settings.get_profile("default"), max_examples=15)
    settings.load_profile("default")


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist, which somebody who tries the examples may not have
def pytest_xdist_auto_num_workers() -> int:
    """Two workers a core: half of the time, a test waits for a server, a timer or another process."""
    return 2 * (os.cpu_count() or 1)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays: half a million objects, which no `gc.collect()` of a test has to walk again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the keys, URLs, proxies or logging of whoever runs it."""
    for name in os.environ:
        if name.startswith(("VLMRUN_", "OPENAI_", "AZURE_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """No test logs because another one, such as an example of a page, has turned logging on."""
    loggers = [logging.getLogger(), logging.getLogger("vlmrun")]
    levels = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
