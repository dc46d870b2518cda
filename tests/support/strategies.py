"""What the laws are tried on: base URLs, keys, timeouts, retries, headers, identifiers and HTTP outcomes.

A base URL is drawn as what it is made of (`BaseURL`) and then spelled, so that a law knows what must come out without
asking the code that it judges. What must be refused is drawn by kind, one function for each, so that a law names the
kind that got through.
"""

from __future__ import annotations

import ipaddress
import math
import string
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from functools import cache
from typing import Any, Literal, NamedTuple

import httpx2
import idna
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

# Base URLs ------------------------------------------------------------------------------------------------------------

UNRESERVED = string.ascii_letters + string.digits + "-._~"
SUB_DELIMS = "!$&'()*+,;="
BLANKS = " \t\r\n\v\f\u00a0\u2003"

PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
CONTROL = "".join(map(chr, [*range(0x20), 0x7F]))

SECRET = "sesame-4711"
"""Stands in for a password or key; what is said of a refused value must not contain it."""


@dataclass(frozen=True)
class Host:
    """A host as it is written, as it stands in a normal form, and as it goes over the wire."""

    text: str
    """As a person writes it; an IPv6 literal in its brackets."""
    normal: str
    """The same host in lower case."""
    ascii: str
    """What a `Host` header says: international names encoded."""


@dataclass(frozen=True)
class BaseURL:
    """A base URL that is to be accepted: its parts, and one way to spell it."""

    scheme: str
    """`http` or `https`."""
    host: Host
    """The host."""
    port: int | None
    """The port, or `None` where none is written."""
    path: str
    """The path in normal form: a `/` before each segment, percent-encoded; empty for the root."""
    plain: str
    """The spelling without what may follow or surround it: no `/openai`, no slash at the end, no blanks."""
    text: str
    """The spelling, with whatever was drawn around it."""

    @property
    def normal(self) -> str:
        """The one normal form, put together from the parts."""
        port = "" if self.port is None else f":{self.port}"
        return f"{self.scheme}://{self.host.normal}{port}{self.path}"


@cache
def names() -> SearchStrategy[Host]:
    """Host names in ASCII: `localhost`, `API.vlm.run`, `my_host.internal`."""
    # A letter at the start of the last label, or digits would make an IPv4 address that is none.
    label = st.from_regex(r"[A-Za-z](?:[A-Za-z0-9_-]{0,8}[A-Za-z0-9])?", fullmatch=True)
    return st.lists(label, min_size=1, max_size=3).map(".".join).map(_plain_host)


@cache
def ipv4_addresses() -> SearchStrategy[Host]:
    """Hosts that are IPv4 addresses."""
    return st.ip_addresses(v=4).map(str).map(_plain_host)


@st.composite
def ipv6_literals(draw: st.DrawFn) -> Host:
    """Hosts that are IPv6 addresses, in brackets, short and long, in either case."""
    loopback = st.just(ipaddress.IPv6Address("::1"))
    address = draw(st.one_of(loopback, st.integers(0, 2**128 - 1).map(ipaddress.IPv6Address)))
    last_four = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    spellings = [address.compressed, address.exploded, address.compressed.upper(), f"::ffff:{last_four}"]
    return _plain_host(f"[{draw(st.sampled_from(spellings))}]")


@cache
def international_names() -> SearchStrategy[Host]:
    """Host names with letters beyond ASCII, in either case."""
    label = st.text("abcäöüßéñçβδπжшщ例東京한국", min_size=1, max_size=6)
    names = st.lists(label, min_size=1, max_size=3).map(".".join)
    spelled = st.one_of(names, names.map(str.upper)).filter(lambda name: not name.isascii() and _is_idna(name.lower()))
    return spelled.map(lambda name: Host(name, name.lower(), idna.encode(name.lower()).decode("ascii")))


def _plain_host(text: str) -> Host:
    return Host(text, text.lower(), text.lower())


def _is_idna(name: str) -> bool:
    try:
        idna.encode(name)
    except idna.IDNAError:
        return False
    return True


@cache
def hosts() -> SearchStrategy[Host]:
    """Hosts of every kind."""
    return st.one_of(names(), ipv4_addresses(), ipv6_literals(), international_names())


@cache
def ports() -> SearchStrategy[int]:
    """Ports, the schemes' own among them."""
    return st.one_of(st.sampled_from([80, 443, 8000]), st.integers(1, 65535))


@cache
def percent_encoded() -> SearchStrategy[str]:
    """One percent-encoded byte, in either case: `%2F`, `%c3`."""
    # An encoded dot may make a dot segment, so there is none.
    upper = [f"%{byte:02X}" for byte in range(256) if byte != ord(".")]
    return st.sampled_from([*upper, *map(str.lower, upper)])


@cache
def beyond_ascii() -> SearchStrategy[str]:
    """A character beyond ASCII that may be written in a path: neither blank, nor control, nor half a pair."""
    return st.characters(min_codepoint=0x80, exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp"))


@cache
def segments() -> SearchStrategy[str]:
    """Path segments as a person writes them."""
    character = st.one_of(st.sampled_from(UNRESERVED + SUB_DELIMS + ":@"), percent_encoded(), beyond_ascii())
    text = st.lists(character, min_size=1, max_size=6).map("".join)
    common = st.sampled_from(["v1", "V1", "openai", "OpenAI", "openai-v2", "a%2Fb", "api"])
    return st.one_of(common, text).filter(lambda segment: segment not in (".", ".."))


@cache
def paths() -> SearchStrategy[tuple[str, ...]]:
    """Segments of a base path; the last is not `openai`, which is a spelling and not a part of the base."""
    return (
        st.lists(segments(), max_size=4)
        .map(tuple)
        .filter(lambda path: not path or path[-1] != "openai")
    )  # fmt: skip


def encoded(segment: str) -> str:
    """A segment as it goes over the wire: ASCII as it is written, the rest as percent-encoded UTF-8."""
    return "".join(c if c.isascii() else "".join(f"%{byte:02X}" for byte in c.encode()) for c in segment)


@cache
def blanks() -> SearchStrategy[str]:
    """White space of any kind, or none."""
    return st.text(BLANKS, max_size=3)


@st.composite
def base_urls(
    draw: st.DrawFn,
    hosts: SearchStrategy[Host] | None = None,
    ports: SearchStrategy[int | None] | None = None,
    paths: SearchStrategy[tuple[str, ...]] | None = None,
) -> BaseURL:
    """Base URLs that are to be accepted, in any spelling.

    Args:
        draw: Given by hypothesis.
        hosts: The hosts to choose from; by default any.
        ports: The ports to choose from; by default any, or none.
        paths: The paths to choose from; by default any.
    """
    scheme = draw(st.sampled_from(["http", "https"]))
    host = draw(_hosts if hosts is None else hosts)
    port = draw(_ports_or_none if ports is None else ports)
    path = draw(_paths if paths is None else paths)
    written_scheme = draw(st.sampled_from([scheme, scheme.upper(), scheme.capitalize()]))
    written_port = draw(st.sampled_from(["", ":"])) if port is None else f":{port}"
    written_path = "".join("/" * draw(st.integers(1, 3)) + segment for segment in path)
    plain = f"{written_scheme}://{host.text}{written_port}{written_path}"
    after = draw(st.sampled_from(["", "/openai", "//openai", "/openai/openai"])) + "/" * draw(st.integers(0, 3))
    return BaseURL(
        scheme=scheme,
        host=host,
        port=port,
        path="".join(f"/{encoded(segment)}" for segment in path),
        plain=plain,
        text=draw(blanks()) + plain + after + draw(blanks()),
    )


_hosts, _ports_or_none, _paths = hosts(), st.one_of(st.none(), ports()), paths()
_plain_urls = base_urls().map(lambda url: url.plain)


@cache
def url_like_texts() -> SearchStrategy[str]:
    """Texts that look like a URL, sound or not: what people paste, and what an attacker tries."""
    piece = st.one_of(
        st.sampled_from(
            ["/", "//", ":", "@", "?", "#", "%", "[", "]", ".", "..", "%2e", "\\", " ", "\t", "openai", "v1"]
        ),
        st.sampled_from(["1.2.3.4", "999.1.1.1", "1234567", "::1", "fe80::1%25eth0", "v1.x", "xn--", "xn--a", "-a"]),
        st.sampled_from(["65536", "0", "-1", "080", "ä", "例", "\u2100", "\u3002", "\u200b", "\uff41", "\ud800", "\0"]),
        st.text(max_size=4),
        st.text(string.ascii_letters + string.digits, max_size=6),
    )
    start = st.sampled_from(["http://", "https://", "HTTPS://", "http:", "https:/", "//", "ftp://", ""])
    return st.builds(str.__add__, start, st.lists(piece, max_size=6).map("".join))


# What must be refused, by kind. Each holds `SECRET` somewhere, so that laws can tell whether a message repeats it.


@st.composite
def with_query(draw: st.DrawFn) -> str:
    """A base URL with a query, even an empty one."""
    return draw(_plain_urls) + draw(st.sampled_from(["?", f"?key={SECRET}", f"/?{SECRET}", "/openai?"]))


@st.composite
def with_fragment(draw: st.DrawFn) -> str:
    """A base URL with a fragment, even an empty one."""
    return draw(_plain_urls) + draw(st.sampled_from(["#", f"#{SECRET}", f"/#{SECRET}", "/openai#"]))


@st.composite
def with_userinfo(draw: st.DrawFn) -> str:
    """A base URL with a user name, a password, or an empty one of either."""
    user = draw(st.sampled_from([f"me:{SECRET}", SECRET, f":{SECRET}", f"{SECRET}:", "", ":", f"me:{SECRET}@x"]))
    return draw(_plain_urls).replace("://", f"://{user}@", 1)


@st.composite
def of_other_scheme(draw: st.DrawFn) -> str:
    """A URL of a scheme other than http and https, or of none."""
    scheme = draw(st.sampled_from(["ftp:", "ws:", "wss:", "file:", "httpx:", "http+unix:", "javascript:", ""]))
    return scheme + draw(_plain_urls).partition(":")[2] + f"/{SECRET}"


@st.composite
def without_host(draw: st.DrawFn) -> str:
    """A URL with nothing where the host belongs."""
    rests = ["", "/", "//", "///", f"///{SECRET}", f"/{SECRET}", SECRET, f"//:80/{SECRET}", "//:"]
    return draw(st.sampled_from(["http:", "https:", "HTTPS:"])) + draw(st.sampled_from(rests))


@cache
def with_malformed_host() -> SearchStrategy[str]:
    """A URL whose host or port no one can connect to."""
    bad = [
        "a b", "a\\b", "a<b", "[::1", "::1]", "[]", "[g::1]", "[1.2.3.4]", "[foo]", "[v1.x]", "a[::1]", "host:port",
        "host:65536", "host:-1", "host:8 0", "host:٨٠", "host:1:2", "::1", "a\u2100b", "ä..b", "-ä",
        "999.1.1.1", "a%zz",
    ]  # fmt: skip
    return st.sampled_from(bad).map(lambda host: f"https://{host}/{SECRET}")


@st.composite
def with_dot_segment(draw: st.DrawFn) -> str:
    """A base URL with `.` or `..` as a segment, spelled in any way."""
    dots = draw(st.sampled_from([".", "..", "%2e", "%2E%2e", ".%2E"]))
    return f"{draw(_plain_urls)}/{dots}{draw(st.sampled_from(['', '/v1']))}"


@st.composite
def with_blank_inside(draw: st.DrawFn) -> str:
    """A base URL with white space or a control character inside."""
    return f"{draw(_plain_urls)}/{SECRET}{draw(st.sampled_from([*BLANKS, *CONTROL]))}x"


@st.composite
def with_bad_escape(draw: st.DrawFn) -> str:
    """A base URL with a `%` that starts no percent-encoded byte."""
    return f"{draw(_plain_urls)}/{SECRET}{draw(st.sampled_from(['%', '%2', '%zz', '%%20', '%u00e4']))}"


@st.composite
def with_half_a_pair(draw: st.DrawFn) -> str:
    """A base URL with half a surrogate pair in its host or path: text that no encoding can send."""
    place = draw(st.sampled_from(["https://vlmrun.test/{}", "https://{}.test/v1", "https://vlmrun.test/v1{}"]))
    return place.format(draw(st.characters(categories=["Cs"]))) + f"/{SECRET}"


INVALID_BASE_URLS: Mapping[str, SearchStrategy[str]] = {
    "query": with_query(),
    "fragment": with_fragment(),
    "userinfo": with_userinfo(),
    "other-scheme": of_other_scheme(),
    "no-host": without_host(),
    "malformed-host": with_malformed_host(),
    "dot-segment": with_dot_segment(),
    "blank-inside": with_blank_inside(),
    "bad-escape": with_bad_escape(),
    "half-a-pair": with_half_a_pair(),
}
"""Every kind of base URL that is to be refused."""


# Arguments of a client ------------------------------------------------------------------------------------------------


@cache
def api_keys() -> SearchStrategy[str]:
    """Keys that are to be accepted: printable ASCII, with no blank at either end."""
    return st.text(PRINTABLE, min_size=1, max_size=40).filter(lambda key: key == key.strip(" "))


@cache
def bad_api_keys() -> SearchStrategy[object]:
    """Keys that are to be refused: empty, of another type, or with characters that a header cannot hold."""
    bad = st.one_of(st.sampled_from(CONTROL), st.characters(min_codepoint=0x80))
    unprintable = bad.map(lambda character: f"{SECRET}{character}{SECRET}")
    wrong_type: SearchStrategy[object] = st.sampled_from(
        [SECRET.encode(), [SECRET], {"key": SECRET}, 7, 1.5, True, object()]
    )
    return st.one_of(st.text(" \t\r\n", max_size=3), unprintable, wrong_type)


@cache
def timeouts() -> SearchStrategy[float | None]:
    """Timeouts that are to be accepted: seconds, whole or not, or `None`."""
    return st.one_of(st.none(), st.floats(min_value=0.001, max_value=1e6), st.integers(1, 10**6))


@cache
def bad_timeouts() -> SearchStrategy[object]:
    """Timeouts that are to be refused: of another type, not above zero, or not finite."""
    wrong: SearchStrategy[object] = st.sampled_from(
        [
            "600",
            b"600",
            "",
            True,
            False,
            [600.0],
            (5.0, 600.0),
            {},
            1j,
            math.nan,
            math.inf,
            -math.inf,
            0,
            0.0,
            -0.0,
            10**400,
        ]
    )
    return st.one_of(wrong, st.floats(max_value=0.0), st.integers(max_value=0))


@cache
def retries() -> SearchStrategy[int]:
    """Numbers of retries that are to be accepted."""
    return st.integers(0, 100)


@cache
def bad_retries() -> SearchStrategy[object]:
    """Numbers of retries that are to be refused: of another type, or negative."""
    wrong: SearchStrategy[object] = st.sampled_from(["5", b"5", True, False, 5.0, 0.0, math.nan, [5], {}, -(10**400)])
    return st.one_of(wrong, st.integers(max_value=-1))


@cache
def header_names() -> SearchStrategy[str]:
    """Header names of our own making, in any case."""
    return st.from_regex(r"X-[A-Za-z0-9!#$%&'*+.^_`|~-]{1,10}", fullmatch=True)


@cache
def header_values() -> SearchStrategy[str]:
    """Header values that are to be accepted, with no blank at either end."""
    return st.text(PRINTABLE, max_size=20).filter(lambda value: value == value.strip(" "))


@cache
def headers() -> SearchStrategy[dict[str, str]]:
    """Headers that are to be accepted; no name stands twice, in whatever case."""
    pairs = st.lists(st.tuples(header_names(), header_values()), max_size=4, unique_by=lambda pair: pair[0].lower())
    return pairs.map(dict)


@cache
def bad_headers() -> SearchStrategy[object]:
    """Headers that are to be refused: no mapping, a name or value that HTTP does not allow, or of another type."""
    no_mapping: SearchStrategy[object] = st.sampled_from(
        [f"X-A: {SECRET}", [("X-A", SECRET)], SECRET.encode(), 7, True, {SECRET}]
    )
    bad_name: SearchStrategy[object] = st.sampled_from(
        ["", " ", "a b", "a:", "ä", "a\n", b"X-A", None, 7, "X-A\r\nX-B"]
    )
    character = st.one_of(st.sampled_from(CONTROL), st.characters(min_codepoint=0x80))
    bad_value: SearchStrategy[object] = st.one_of(
        character.map(lambda character: f"{SECRET}{character}{SECRET}"),
        st.sampled_from([SECRET.encode(), [SECRET], 7, None, True]),
    )
    return st.one_of(
        no_mapping,
        bad_name.map(lambda name: {name: SECRET}),
        st.tuples(header_names(), bad_value).map(lambda pair: {pair[0]: pair[1]}),
    )


Argument = Literal["api_key", "base_url", "timeout", "max_retries", "default_headers"]


@cache
def bad_arguments() -> SearchStrategy[tuple[Argument, Any]]:
    """An argument of a client, and a value that it is to refuse."""
    wrong_urls: SearchStrategy[object] = st.sampled_from([SECRET.encode(), 7, ["https://vlmrun.test"], True, object()])
    bad: dict[Argument, SearchStrategy[object]] = {
        "api_key": bad_api_keys(),
        "base_url": st.one_of(wrong_urls, *INVALID_BASE_URLS.values()),
        "timeout": bad_timeouts(),
        "max_retries": st.one_of(bad_retries(), st.none()),
        "default_headers": bad_headers(),
    }
    return st.one_of([st.tuples(st.just(argument), values) for argument, values in bad.items()])


@cache
def environment_values() -> SearchStrategy[str]:
    """Texts that an environment variable can hold."""
    return st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)


# Arguments of a call --------------------------------------------------------------------------------------------------


@cache
def identifiers() -> SearchStrategy[str]:
    """Any text that can be sent as an identifier, with those among it that try to reach another route."""
    hostile = st.sampled_from([
        "../x", "..", ".", "a/b", "/", "//", "a/../b", "?", "a?b=c", "#", "a#b", "%", "%2e%2e", "%2e",
        "%2F..%2F", "%00", "https://evil.test/x", "//evil.test", "\\..\\x", "a b", "a\r\nHost: evil.test", "\0", "ä",
        ";a=b", "@evil.test", ":80", "agent", "openai/chat/completions", "..;/x", "\uff0e\uff0e/x",
    ])  # fmt: skip
    any_text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
    return st.one_of(hostile, any_text)


# HTTP outcomes --------------------------------------------------------------------------------------------------------

Method = Literal["GET", "POST"]
Outcome = httpx2.Response | httpx2.RequestError


class Attempt(NamedTuple):
    """How an attempt ended, and how many retries there have been and may be: the arguments of `retry_delay`."""

    method: Method
    outcome: Outcome
    retries_done: int
    max_retries: int


@dataclass(frozen=True)
class Answer:
    """An answer, and what its `Retry-After` asks for."""

    response: httpx2.Response
    """The answer."""
    not_before: float | None = None
    """The moment, in seconds since the epoch, before which no request may be sent; `None` if missing or unreadable."""
    seconds: float | None = None
    """The same as a number of seconds, where that is how it was written."""


STATUSES_WORTH_REPEATING = (408, 429, 500, 502, 503, 504, 529)


@cache
def statuses() -> SearchStrategy[int]:
    """Statuses of a final answer, those that matter to retries often."""
    return st.one_of(st.sampled_from([*STATUSES_WORTH_REPEATING, 200, 303, 400, 404, 409, 425]), st.integers(200, 599))


def answers(statuses: SearchStrategy[int] | None = None) -> SearchStrategy[Answer]:
    """Answers without a `Retry-After`."""
    return (_statuses if statuses is None else statuses).map(lambda status: Answer(httpx2.Response(status)))


DATE_SPELLINGS = ("GMT", "%a, %d %b %Y %H:%M:%S -0000", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y")
"""What RFC 9110 lets a date look like, the one that is to be written first, and one of RFC 5322 that names no zone."""


def answers_asking(
    statuses: SearchStrategy[int] | None = None, min_seconds: float = 0, max_seconds: float = 60
) -> SearchStrategy[Answer]:
    """Answers whose `Retry-After` asks for a wait between `min_seconds` and `max_seconds`, as a number or a date."""
    statuses = _statuses if statuses is None else statuses
    whole = st.integers(math.ceil(min_seconds), math.floor(max_seconds)).map(float)
    numbers = st.one_of(whole, st.floats(min_seconds, max_seconds))
    # A date says whole seconds, and the clock goes on: at least one second away from either end.
    dates = st.integers(math.ceil(min_seconds) + 1, max(math.ceil(min_seconds) + 1, math.floor(max_seconds) - 1))
    spelled = st.builds(_answer_after, statuses, numbers, st.sampled_from(["{:.6f}", "{:g}", " {:.1f} "]))
    return st.one_of(
        # A spelling may round a number beyond either end: 60.001 becomes 60.0.
        spelled.filter(lambda answer: answer.seconds is not None and min_seconds <= answer.seconds <= max_seconds),
        st.builds(_answer_at, statuses, dates, st.sampled_from(DATE_SPELLINGS)),
    )


def answers_with_garbage(statuses: SearchStrategy[int] | None = None) -> SearchStrategy[Answer]:
    """Answers whose `Retry-After` cannot be read."""
    common = [
        "",
        "soon",
        "-1",
        "-0.5",
        "nan",
        "NaN",
        "1 minute",
        "1,5",
        "0x10",
        "12:30",
        "Tuesday",
        "--",
        "{}",
        "5;",
        "∞",
    ]
    garbage = st.one_of(st.sampled_from(common), st.text("xyz!?#;", min_size=1, max_size=8))
    return st.builds(_answer_saying, _statuses if statuses is None else statuses, garbage)


def answers_saying_anything(statuses: SearchStrategy[int] | None = None) -> SearchStrategy[Answer]:
    """Answers whose `Retry-After` is any text that fits into a header, dates that are nearly right among it."""
    piece = st.sampled_from([
        "Wed, ", "21 ", "Oct ", "2015 ", "99 ", "0 ", "00:00:00", "24:61:61", ":", " GMT", " -0000", " +9999",
        ",", "-", " ", "Feb", "99999999999 ", "1", "e", "1_0", "inf", "1e999", "Infinity", "9999",
    ])  # fmt: skip
    texts = st.one_of(st.lists(piece, max_size=8).map("".join), st.text(PRINTABLE, max_size=12))
    return st.builds(_answer_saying, _statuses if statuses is None else statuses, texts)


def _answer_saying(status: int, text: str) -> Answer:
    return Answer(httpx2.Response(status, headers=[(b"retry-after", text.encode())]))


def _answer_after(status: int, seconds: float, spelling: str) -> Answer:
    text = spelling.format(seconds)
    return Answer(httpx2.Response(status, headers={"Retry-After": text}), time.time() + float(text), float(text))


def _answer_at(status: int, seconds: int, spelling: str) -> Answer:
    moment = int(time.time()) + seconds
    text = formatdate(moment, usegmt=True) if spelling == "GMT" else time.strftime(spelling, time.gmtime(moment))
    return Answer(httpx2.Response(status, headers={"Retry-After": text}), float(moment))


NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
"""Raised before the server can have acted."""

PERHAPS_SENT = (
    httpx2.ReadError,
    httpx2.ReadTimeout,
    httpx2.WriteError,
    httpx2.WriteTimeout,
    httpx2.CloseError,
    httpx2.RemoteProtocolError,
    httpx2.LocalProtocolError,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)
"""Raised on the way, when the server may have acted already."""

NOT_OF_THE_NETWORK = (httpx2.TooManyRedirects, httpx2.DecodingError)
"""Raised for what an answer says, which a repeat will not change."""


def failures(*kinds: type[httpx2.RequestError]) -> SearchStrategy[httpx2.RequestError]:
    """Attempts that ended without an answer, in one of these ways."""
    return st.sampled_from(kinds).map(lambda kind: kind("made up"))


@cache
def outcomes() -> SearchStrategy[httpx2.Response | httpx2.RequestError]:
    """Whatever an attempt may end in."""
    responses = st.one_of(answers(), answers_asking(max_seconds=600), answers_with_garbage(), answers_saying_anything())
    return st.one_of(
        responses.map(lambda answer: answer.response), failures(*NEVER_SENT, *PERHAPS_SENT, *NOT_OF_THE_NETWORK)
    )


@cache
def methods() -> SearchStrategy[Method]:
    """The methods of native calls."""
    return st.sampled_from(["GET", "POST"])


_statuses = statuses()
