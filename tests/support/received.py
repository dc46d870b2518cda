"""What a test asks the local server for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Received = Callable[[str], Any]
"""The JSON body of the last request to a path."""
