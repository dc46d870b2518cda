"""The error for an extra that is not installed."""

from __future__ import annotations

from vlmrun.client.exceptions import DependencyError

__all__ = ["missing"]


def missing(what: str, error: ImportError) -> DependencyError:
    """Return the error for a failed import."""
    return DependencyError(
        f"{what} requires {error.name or 'a package'}, which cannot be imported.",
        suggestion="pip install 'vlmrun[all]'",
        error_type="missing_dependency",
    )
