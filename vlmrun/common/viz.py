"""The official SDK's path for `vlmrun.viz.show_results`."""

from vlmrun._drawing.results import show_results

__all__ = ["show_results"]


def __dir__() -> list[str]:
    return __all__  # and not what is imported here
