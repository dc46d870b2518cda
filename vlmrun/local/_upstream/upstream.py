"""`Upstream`: the server that runs a real model, and what may be sent to it."""

from __future__ import annotations

from dataclasses import dataclass, field

import httpx2

from vlmrun.client.exceptions import InputError
from vlmrun.local._faults.arguments import DAY, is_int, is_key, is_number, is_text

__all__ = ["Upstream"]


@dataclass(frozen=True)
class Upstream:
    """An OpenAI-compatible server, such as Ollama, vLLM or llama.cpp, that answers for a `LocalServer`.

    Messages and files go to this URL and nowhere else: proxies of the environment are not used, and redirects are not
    followed. Neither the key of the local server nor any of the environment is sent.

    Args:
        url: The base URL of its API, such as `http://127.0.0.1:11434/v1`. Any host may be named.
        model: The model that answers, whatever model a request names.
        api_key: The key of that server, if it needs one.
        timeout: Seconds to wait for the next bytes of an answer.
        max_pages: The number of PDF pages that a request may have; each becomes an image.
        max_side: Pixels of the longer side of a page.

    Raises:
        InputError: An argument is invalid.
    """

    url: str
    model: str
    api_key: str | None = field(default=None, repr=False)
    timeout: float = 600.0
    max_pages: int = 20
    max_side: int = 1536

    def __post_init__(self) -> None:
        if not is_text(self.url, _is_base):
            raise InputError(
                "url must be an http or https URL without credentials, query and fragment.",
                suggestion="pass the base URL of the API, such as http://127.0.0.1:11434/v1",
            )
        if not is_text(self.model, bool):
            raise InputError("model must be the name of a model.", suggestion="GET /models of the upstream lists them.")
        if self.api_key is not None and not is_text(self.api_key, is_key):
            raise InputError("api_key must be printable ASCII characters without spaces.", suggestion="omit it.")
        if not is_number(self.timeout, 0.001, DAY):
            raise InputError("timeout must be a number of seconds, up to a day.")
        if not is_int(self.max_pages, 1, 10_000):
            raise InputError("max_pages must be a number of pages from 1 to 10000.")
        if not is_int(self.max_side, 16, 8192):
            raise InputError("max_side must be a number of pixels from 16 to 8192.")

    @property
    def chat_url(self) -> str:
        """Where chats are sent to."""
        return f"{self.url.rstrip('/')}/chat/completions"


def _is_base(text: str) -> bool:
    try:
        url = httpx2.URL(text)
    except httpx2.InvalidURL:
        return False
    return url.scheme in ("http", "https") and bool(url.host) and not (url.userinfo or url.query or url.fragment)
