"""What is raised where an extra is needed that is not installed."""

from __future__ import annotations

from vlmrun.client.exceptions import DependencyError

__all__ = ["missing"]


def missing(what: str, error: ImportError) -> DependencyError:
    """The error for an import that failed."""
    return DependencyError(
        f"{what} needs {error.name or 'a package'}, which cannot be imported.",
        suggestion="pip install 'vlmrun[all]'",
        error_type="missing_dependency",
    )
