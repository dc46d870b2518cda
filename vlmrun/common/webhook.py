"""The official SDK's path for `vlmrun.webhooks.verify`."""

from vlmrun._compat.webhook import verify_webhook

__all__ = ["verify_webhook"]


def __dir__() -> list[str]:
    return __all__  # and not what is imported here
