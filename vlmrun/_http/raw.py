"""The HTTP response of a native call, with its result."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Generic, TypeVar

import httpx2
from pydantic import JsonValue

from vlmrun._http.bodies import parsed
from vlmrun._http.ending import Ending
from vlmrun._http.request_ids import request_id_of
from vlmrun.client.exceptions import ResponseValidationError

__all__ = ["RawResponse", "Recorder"]

T_co = TypeVar("T_co", covariant=True)


class RawResponse(Generic[T_co]):
    """The HTTP response of a native call: `client.agent.with_raw_response.list()`.

    A call that sends several requests, such as `files.upload`, returns the response to the last of them.
    """

    def __init__(self, response: httpx2.Response, value: T_co | ResponseValidationError) -> None:
        """Made by the methods of `with_raw_response`.

        Args:
            response: The response, read to its end.
            value: The result, or the error of reading it.
        """
        self.__response = response
        self.__value = value

    @property
    def status_code(self) -> int:
        """The HTTP status code, from 200 to 299: any other raises the error of the call."""
        return self.__response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """The response headers; lookups ignore upper and lower case."""
        return self.__response.headers

    @property
    def request_id(self) -> str | None:
        """The server's id for the request, from the `x-request-id` header; `None` if it sent none."""
        return request_id_of(self.__response.headers)

    @property
    def elapsed(self) -> timedelta:
        """The time between sending the request and reading the end of the response, of the last attempt."""
        return self.__response.elapsed

    @property
    def content(self) -> bytes:
        """The response body, decompressed; empty if it was written to a file."""
        try:
            return self.__response.content
        except httpx2.ResponseNotRead:
            return b""

    @property
    def text(self) -> str:
        """The response body as text, in UTF-8 unless the response names another encoding."""
        try:
            return self.content.decode(self.__response.encoding or "utf-8", errors="replace")
        except (LookupError, ValueError):  # from `base64` and other codecs that are not text encodings
            return self.content.decode(errors="replace")

    def json(self) -> JsonValue:
        """The response body, parsed as JSON.

        Raises:
            ResponseValidationError: The body is not JSON.
        """
        try:
            return parsed(self.content)
        except ValueError:
            raise ResponseValidationError(
                "The response body is not JSON.",
                http_status=self.status_code,
                headers=self.headers,
                body=self.text,
                request_id=self.request_id,
            ) from None

    def parse(self) -> T_co:
        """What the method returns without `with_raw_response`.

        Raises:
            ResponseValidationError: The response has no usable body.
        """
        if isinstance(self.__value, ResponseValidationError):
            raise self.__value
        return self.__value

    def __repr__(self) -> str:
        return f"<RawResponse [{self.status_code}]>"


class Recorder:
    """Records how the last call of a transport ended."""

    ending: Ending | None = None
    """How it ended."""
    beside: Recorder | None = None
    """Another recorder, which is told the same."""

    @property
    def response(self) -> httpx2.Response | None:
        """The response; `None` if there was none."""
        outcome = None if self.ending is None else self.ending.outcome
        return None if isinstance(outcome, httpx2.RequestError) else outcome

    def see(self, ending: Ending) -> None:
        """Record how a call ended."""
        self.ending = ending
        if self.beside is not None:
            self.beside.see(ending)
