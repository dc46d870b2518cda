"""Implementations that are wrong on purpose: each must fail the law that it is listed under.

A law that nothing can fail says nothing. Beside each law stands a test that hands it these, and wants to see it fail.
"""

from __future__ import annotations

import asyncio
import math
import random
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from typing import Generic, Protocol, TypeVar
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import httpx2
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.errors import NoSuchExample
from hypothesis.strategies import SearchStrategy

from support.strategies import Attempt
from vlmrun._http.retries import retry_delay
from vlmrun._lifetimes.once import OncePerProcess
from vlmrun.client import urls

E = TypeVar("E")


def breaks(law: Callable[[E], object], examples: SearchStrategy[E], how: type[BaseException] = AssertionError) -> bool:
    """Whether `law` fails, in the way `how`, for one of the examples; the same answer in every run."""

    def fails(example: E) -> bool:
        try:
            law(example)
        except how:
            return True
        return False

    # The first failure will do: how small it can be made is of no interest here.
    deterministic = settings(
        max_examples=500,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
    try:
        find(examples, fails, settings=deterministic)
    except NoSuchExample:
        return False
    return True


# Base URLs ------------------------------------------------------------------------------------------------------------

Rule = Callable[[str], str]


def append_openai(url: str) -> str:
    """What people write first."""
    return url.rstrip("/") + "/openai"


def concatenate(url: str) -> str:
    """Nothing is done about the slash at the end."""
    return url + "/openai"


def append_without_slash(url: str) -> str:
    """The slash between the two is forgotten."""
    return url + "openai"


def append_twice(url: str) -> str:
    """The segment is doubled."""
    return urls.openai_base_url(urls.openai_base_url(url))


def append_only_if_missing(url: str) -> str:
    """Looks for the word anywhere."""
    return url if "openai" in url else urls.openai_base_url(url)


def as_it_is(url: str) -> str:
    """Nothing is normalised, and nothing is refused."""
    return url


def strip_blanks_and_slashes(url: str) -> str:
    """Only what surrounds the URL is looked at."""
    return url.strip().rstrip("/")


def strip_one_slash(url: str) -> str:
    """One slash at the end goes, where there may be more."""
    return urls.normalize_base_url(url) if not url.strip().endswith("//") else url.strip()[:-1]


def strip_one_openai(url: str) -> str:
    """One `/openai` at the end goes, where there may be more."""
    text = url.strip().rstrip("/")
    return text.removesuffix("/openai").rstrip("/")


def add_slash(url: str) -> str:
    """The other habit: base URLs that end in a slash."""
    return strip_blanks_and_slashes(url) + "/"


def encode_again(url: str) -> str:
    """The `%` of what is encoded already is encoded."""
    parts = urlsplit(urls.normalize_base_url(url))
    return urlunsplit(parts._replace(path=quote(parts.path)))


def decode_path(url: str) -> str:
    """What is percent-encoded is decoded."""
    parts = urlsplit(urls.normalize_base_url(url))
    return urlunsplit(parts._replace(path=unquote(parts.path)))


def lower_path(url: str) -> str:
    """The whole URL is taken for case-insensitive."""
    return urls.normalize_base_url(url).lower()


def upper_escapes(url: str) -> str:
    """Escapes are rewritten, which a signature over the URL would not survive."""
    parts = urlsplit(urls.normalize_base_url(url))
    return urlunsplit(parts._replace(path=quote(unquote(parts.path))))


def leave_path_unencoded(url: str) -> str:
    """Text beyond ASCII stays in the path."""
    text = url.strip().rstrip("/")
    while text.endswith("/openai"):
        text = text.removesuffix("/openai").rstrip("/")
    scheme, _, rest = text.partition("://")
    return "/".join([f"{scheme.lower()}:/", *filter(None, rest.split("/"))])


def drop_port(url: str) -> str:
    """The port is lost."""
    parts = urlsplit(urls.normalize_base_url(url))
    host = parts.hostname or ""
    return urlunsplit(parts._replace(netloc=f"[{host}]" if ":" in host else host))


def drop_brackets(url: str) -> str:
    """An IPv6 literal without its brackets is no host."""
    parts = urlsplit(urls.normalize_base_url(url))
    return urlunsplit(parts._replace(netloc=parts.netloc.replace("[", "").replace("]", "")))


def always_https(url: str) -> str:
    """The scheme is improved upon, and a server on this machine cannot be reached."""
    return urls.normalize_base_url(url).replace("http://", "https://", 1)


def encode_host(url: str) -> str:
    """International names are turned into percent-encoding."""
    parts = urlsplit(urls.normalize_base_url(url))
    return urlunsplit(parts._replace(netloc=quote(parts.netloc, safe="[]:")))


def drop_host_label(url: str) -> str:
    """The first label of the host is taken for `www`."""
    scheme, _, rest = urls.normalize_base_url(url).partition("://")
    return f"{scheme}://{rest if rest.startswith('[') else rest.partition('.')[2] or rest}"


def first_segment_only(url: str) -> str:
    """The path is taken to be a version."""
    parts = urlsplit(urls.normalize_base_url(url))
    return urlunsplit(parts._replace(path="/".join(parts.path.split("/")[:2])))


def strip_openai_anywhere(url: str) -> str:
    """Takes the word away wherever it stands."""
    return url.replace("/openai", "")


def change_address(url: str) -> str:
    """Leads elsewhere."""
    return urls.normalize_base_url(url).replace("::1]", "::2]")


def replace_letters(url: str) -> str:
    """What ASCII does not have becomes a question mark."""
    return urls.normalize_base_url(url).encode("ascii", "replace").decode()


def strip_spaces_only(url: str) -> str:
    """There are other blanks."""
    return url.strip(" ")


def drop_blanks(url: str) -> str:
    """Blanks inside are dropped in silence."""
    return urls.normalize_base_url("".join(url.split()))


def encode_percent(url: str) -> str:
    """A stray `%` is mended in silence."""
    return urls.normalize_base_url(url.replace("%", "%25"))


def drop_surrogates(url: str) -> str:
    """What cannot be encoded is dropped in silence."""
    return urls.normalize_base_url(url.encode("utf-8", "ignore").decode())


def quote_the_url(url: str) -> str:
    """Refuses, and repeats the password in its message."""
    try:
        return urls.normalize_base_url(url)
    except urls.InvalidURLError:
        raise urls.InvalidURLError(f"{url} cannot be used") from None


def cut_off_userinfo(url: str) -> str:
    """User names are dropped in silence, so that a password works in one place and not in another."""
    scheme, separator, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return urls.normalize_base_url(scheme + separator + authority.rpartition("@")[2] + slash + path)


def cut_off_query(url: str) -> str:
    """A query is dropped in silence."""
    return urls.normalize_base_url(url.partition("?")[0])


def cut_off_fragment(url: str) -> str:
    """A fragment is dropped in silence."""
    return urls.normalize_base_url(url.partition("#")[0])


def any_scheme(url: str) -> str:
    """Whatever the scheme is, it is taken for https."""
    return urls.normalize_base_url("https:" + url.strip().partition(":")[2])


def any_host(url: str) -> str:
    """A host of this machine stands in for a missing one."""
    try:
        return urls.normalize_base_url(url)
    except urls.InvalidURLError:
        return "http://localhost"


def resolve_dots(url: str) -> str:
    """Dot segments are dropped in silence."""
    return urls.normalize_base_url(
        "/".join(part for part in url.split("/") if part.lower().replace("%2e", ".") != "..")
    )


def join_unencoded(base_url: str, *segments: str) -> str:
    """Identifiers are pasted into the path."""
    return "/".join([base_url, *segments])


def join_quoted_by_default(base_url: str, *segments: str) -> str:
    """Identifiers are quoted as `urllib` does by default, which lets a slash through."""
    return "/".join([base_url, *map(quote, segments)])


# Retries --------------------------------------------------------------------------------------------------------------

Delay = Callable[[Attempt], "float | None"]


def our_delay(attempt: Attempt) -> float | None:
    """What the transports ask, which is right."""
    return retry_delay(attempt.method, attempt.outcome, attempt.retries_done, attempt.max_retries)


def _seconds(attempt: Attempt) -> float | None:
    """The number in `Retry-After`, where there is one."""
    outcome = attempt.outcome
    text = outcome.headers.get("retry-after", "") if isinstance(outcome, httpx2.Response) else ""
    try:
        return float(text)
    except ValueError:
        return None


def retry_everything(attempt: Attempt) -> float | None:
    """Repeats whatever was asked, also a POST that the server may have acted on."""
    return our_delay(attempt._replace(method="GET"))


def retry_like_a_post(attempt: Attempt) -> float | None:
    """Is as careful with a GET as with a POST."""
    return our_delay(attempt._replace(method="POST"))


def retry_nothing(_: Attempt) -> float | None:
    """Gives up at once."""
    return None


def retry_without_end(attempt: Attempt) -> float | None:
    """Does not count."""
    return our_delay(attempt._replace(retries_done=min(attempt.retries_done, 20), max_retries=10**9))


def retry_once_more(attempt: Attempt) -> float | None:
    """Counts the first attempt among the retries."""
    return our_delay(attempt._replace(max_retries=attempt.max_retries + 1))


def retry_client_errors(attempt: Attempt) -> float | None:
    """Repeats what will be refused again."""
    if isinstance(attempt.outcome, httpx2.Response) and 400 <= attempt.outcome.status_code < 500:
        return our_delay(attempt._replace(outcome=httpx2.Response(503)))
    return our_delay(attempt)


def ignore_retry_after(attempt: Attempt) -> float | None:
    """Comes back when it likes."""
    if isinstance(attempt.outcome, httpx2.Response):
        attempt = attempt._replace(outcome=httpx2.Response(attempt.outcome.status_code))
    return our_delay(attempt)


def jitter_around(attempt: Attempt) -> float | None:
    """Spreads clients around the moment that the server asked for: half of them come too early."""
    delay, asked = our_delay(attempt), _seconds(attempt)
    if delay is None or asked is None or not asked > 0:
        return delay
    return asked * random.uniform(0.9, 1.1)  # noqa: S311  # as in the source


def cap_retry_after(attempt: Attempt) -> float | None:
    """Waits as long as it pleases to wait, and asks again too early."""
    asked = _seconds(attempt)
    too_long = asked is not None and asked > 60 and attempt.retries_done < attempt.max_retries
    return 60.0 if too_long else our_delay(attempt)


def read_numbers_only(attempt: Attempt) -> float | None:
    """A `Retry-After` may be a date as well."""
    return ignore_retry_after(attempt) if _seconds(attempt) is None else our_delay(attempt)


def trust_retry_after(attempt: Attempt) -> float | None:
    """Takes a negative wait, and one that is no number, at its word."""
    delay, asked = our_delay(attempt), _seconds(attempt)
    return delay if delay is None or asked is None or asked >= 0 else asked


def stop_at_garbage(attempt: Attempt) -> float | None:
    """Gives up where `Retry-After` cannot be read."""
    said = isinstance(attempt.outcome, httpx2.Response) and "retry-after" in attempt.outcome.headers
    return None if said and _seconds(attempt) is None else our_delay(attempt)


def wait_forever(_: Attempt) -> float | None:
    """Sleeps and never wakes."""
    return math.inf


def wait_no_number(_: Attempt) -> float | None:
    """What came of reading `nan`."""
    return math.nan


def no_cap(attempt: Attempt) -> float | None:
    """Doubles for ever."""
    if our_delay(attempt._replace(retries_done=0, max_retries=1)) is None:
        return None
    return 0.5 * 2.0 ** min(attempt.retries_done, 1000)


def no_growth(attempt: Attempt) -> float | None:
    """Hammers on, as fast as at first."""
    return our_delay(attempt._replace(retries_done=0))


def no_jitter(attempt: Attempt) -> float | None:
    """All clients come back in the same moment."""
    delay, asked = our_delay(attempt), _seconds(attempt)
    if delay is None or (asked is not None and asked >= 0):
        return asked
    return min(0.5 * 2.0**attempt.retries_done, 8.0)


# Values made when first asked for -------------------------------------------------------------------------------------

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class OnceLike(Protocol[T_co]):
    """What the laws of `Once` ask of an implementation."""

    def get(self) -> T_co:
        """The value."""
        ...

    def made(self) -> T_co | None:
        """The value where there is one."""
        ...


class OnceUnlocked(Generic[T]):
    """Two threads may both find nothing, and both make one."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: tuple[T] | None = None

    def get(self) -> T:
        if self._made is None:
            self._made = (self._make(),)
        return self._made[0]

    def made(self) -> T | None:
        return None if self._made is None else self._made[0]


class OnceForgetful(OnceUnlocked[T]):
    """Makes a new one each time."""

    def get(self) -> T:
        self._made = (self._make(),)
        return self._made[0]


class OnceTruthy(OnceUnlocked[T]):
    """Takes a value that is false for none."""

    def get(self) -> T:
        if not (self._made and self._made[0]):
            self._made = (self._make(),)
        return self._made[0]


class OnceEager(OnceUnlocked[T]):
    """Makes it before anyone asks."""

    def __init__(self, make: Callable[[], T]) -> None:
        super().__init__(make)
        self.get()


class OncePeeking(OnceUnlocked[T]):
    """Looking makes it."""

    def made(self) -> T | None:
        return self.get()


class OnceSpoilt(Generic[T]):
    """Remembers a failure for ever."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: tuple[T] | None = None
        self._error: Exception | None = None

    def get(self) -> T:
        with self._lock:
            if self._error is not None:
                raise self._error
            if self._made is None:
                try:
                    self._made = (self._make(),)
                except Exception as error:
                    self._error = error
                    raise
        return self._made[0]

    def made(self) -> T | None:
        return None if self._made is None else self._made[0]


class OnceJammed(OnceUnlocked[T]):
    """A failure leaves the lock held."""

    def __init__(self, make: Callable[[], T]) -> None:
        super().__init__(make)
        self._lock = threading.Lock()

    def get(self) -> T:
        if self._made is None:
            assert self._lock.acquire(timeout=0.5), "the lock is never let go"
            self._made = (self._make(),)
            self._lock.release()
        return self._made[0]


class Closable(Protocol):
    """Can be closed within a running event loop."""

    def aclose(self) -> Awaitable[None]:
        """Close it."""
        ...


C = TypeVar("C", bound=Closable)
C_co = TypeVar("C_co", bound=Closable, covariant=True)


class SyncClosable(Protocol):
    """Can be closed."""

    def close(self) -> None:
        """Close it."""
        ...


S = TypeVar("S", bound=SyncClosable)


class ForkedForgetful(OncePerProcess[S]):
    """Makes another one each time."""

    def get(self) -> S:
        return self._make()


class ForkedSharing(OncePerProcess[S]):
    """A fork goes on with the value of its parent."""

    def after_fork(self) -> None: ...


class ForkedClosing(OncePerProcess[S]):
    """A fork closes the value of its parent."""

    def after_fork(self) -> None:
        self.close()
        super().after_fork()


class ForkedEager(OncePerProcess[S]):
    """Closing makes the value first."""

    def close(self) -> None:
        self.get().close()


class ForkedUnclosed(OncePerProcess[S]):
    """Leaves closing to whoever thinks of it."""

    def get(self) -> S:
        value = super().get()
        if self._finalizer is not None:
            self._finalizer.detach()
        return value


class PerLoopLike(Protocol[C_co]):
    """What the laws of `OncePerLoop` ask of an implementation."""

    async def get(self) -> C_co:
        """The value of the running loop."""
        ...

    async def aclose(self) -> None:
        """Close the value of the running loop."""
        ...


class PerProcess(Generic[C]):
    """One for all loops, which is what a plain attribute does."""

    def __init__(self, make: Callable[[], C]) -> None:
        self._make = make
        self._made: C | None = None

    async def get(self) -> C:
        if self._made is None:
            self._made = self._make()
        return self._made

    async def aclose(self) -> None:
        if self._made is not None:
            made, self._made = self._made, None
            await made.aclose()


class PerCall(Generic[C]):
    """A new one each time."""

    def __init__(self, make: Callable[[], C]) -> None:
        self._make = make

    async def get(self) -> C:
        return self._make()

    async def aclose(self) -> None: ...


class PerLoopUnclosed(Generic[C]):
    """Leaves closing to whoever thinks of it, and holds on to loops that are gone."""

    def __init__(self, make: Callable[[], C]) -> None:
        self._make = make
        self._open: dict[Hashable, C] = {}

    async def get(self) -> C:
        loop = _loop()
        if loop not in self._open:
            self._open[loop] = self._make()
        return self._open[loop]

    async def aclose(self) -> None:
        value = self._open.pop(_loop(), None)
        if value is not None:
            await value.aclose()


class PerLoopCloseless(PerLoopUnclosed[C]):
    """Closing does nothing."""

    async def aclose(self) -> None: ...


class PerLoopReclosing(PerLoopUnclosed[C]):
    """Closing leaves the closed value in its place."""

    async def aclose(self) -> None:
        await (await self.get()).aclose()


class PerLoopClosingAll(PerLoopUnclosed[C]):
    """Closing closes what belongs to other loops."""

    async def aclose(self) -> None:
        for loop in list(self._open):
            await self._open.pop(loop).aclose()


class PerLoopRacing(PerLoopUnclosed[C]):
    """Lets other tasks run between looking and making."""

    async def get(self) -> C:
        loop = _loop()
        if loop not in self._open:
            await asyncio.sleep(0)
            self._open[loop] = self._make()
        return self._open[loop]


class PerLoopHoarding(Generic[C]):
    """Closes at shutdown, and remembers ever after."""

    def __init__(self, make: Callable[[], C]) -> None:
        self._make = make
        self._open: dict[Hashable, tuple[C, AsyncGenerator[C, None]]] = {}

    async def get(self) -> C:
        loop = _loop()
        if loop not in self._open:
            lifetime = self._lifetime()
            self._open[loop] = (await lifetime.__anext__(), lifetime)
        return self._open[loop][0]

    async def aclose(self) -> None:
        found = self._open.pop(_loop(), None)
        if found is not None:
            await found[1].aclose()

    async def _lifetime(self) -> AsyncGenerator[C, None]:
        value = self._make()
        try:
            yield value
        finally:
            await value.aclose()


def _loop() -> Hashable:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        import trio

        return trio.lowlevel.current_trio_token()
