"""What the tests of this folder stand on."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from support.wire import few_certificates


@pytest.fixture(autouse=True, scope="session")
def _few_certificates(tmp_path_factory: pytest.TempPathFactory) -> Generator[None, None, None]:
    """Clients are made quickly."""
    with few_certificates(tmp_path_factory.mktemp("certificates")):
        yield
