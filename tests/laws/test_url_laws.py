"""Base URLs: what is accepted comes out in one normal form, and the rest is refused.

A law is a function of the two rules, `normalize_base_url` and `openai_base_url`, and of an example. It is tried on ours
over many examples, and on rules that are wrong on purpose, which must fail it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx2
import idna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from support import broken
from support import strategies as examples
from support.broken import Rule, breaks
from support.strategies import INVALID_BASE_URLS, SECRET, BaseURL
from vlmrun import AsyncVLMRun, VLMRun
from vlmrun.client.exceptions import ConfigurationError
from vlmrun.client.urls import InvalidURLError, join, normalize_base_url, openai_base_url


class Rules(NamedTuple):
    """The two rules that a law is about: `normalize_base_url` and `openai_base_url`, or what stands in for them."""

    normalize: Rule
    openai: Rule


OURS = Rules(normalize_base_url, openai_base_url)

# The laws -------------------------------------------------------------------------------------------------------------


def slashes_at_the_end_say_nothing(rules: Rules, example: tuple[BaseURL, int]) -> None:
    """Any number of slashes at the end gives the same result."""
    url, slashes = example
    assert rules.normalize(url.plain + "/" * slashes) == rules.normalize(url.plain)


def normalizing_twice_is_normalizing_once(rules: Rules, url: BaseURL) -> None:
    """What is in normal form stays as it is."""
    assert rules.normalize(rules.normalize(url.text)) == rules.normalize(url.text)


def openai_is_appended_once(rules: Rules, url: BaseURL) -> None:
    """The composed path is the base path plus `/openai`, once, and the rest of the URL is the same."""
    base, composed = urlsplit(rules.normalize(url.text)), urlsplit(rules.openai(rules.normalize(url.text)))
    assert composed == base._replace(path=url.path + "/openai")


def openai_at_the_end_is_understood(rules: Rules, example: tuple[BaseURL, str]) -> None:
    """A base that ends in `/openai` is the base without it: not doubled when it is composed."""
    url, end = example
    assert rules.openai(rules.normalize(url.plain + end)) == rules.openai(rules.normalize(url.plain))


def openai_elsewhere_is_kept(rules: Rules, url: BaseURL) -> None:
    """A segment that is `openai` in the middle, or only begins or ends like it, is a part of the base."""
    assert urlsplit(rules.normalize(url.text)).path == url.path


def no_segment_is_empty(rules: Rules, url: BaseURL) -> None:
    """No empty segment ever appears, in the base or in what is composed from it."""
    for text in (rules.normalize(url.text), rules.openai(rules.normalize(url.text))):
        assert "" not in urlsplit(text).path.split("/")[1:]


def scheme_survives(rules: Rules, url: BaseURL) -> None:
    """The scheme stays what it is, in lower case."""
    assert rules.normalize(url.text).startswith(f"{url.scheme}://")


def host_survives(rules: Rules, url: BaseURL) -> None:
    """The host stays what it is, but for its case."""
    assert urlsplit(rules.normalize(url.text)).hostname == url.host.normal.strip("[]")


def port_survives(rules: Rules, url: BaseURL) -> None:
    """The port stays, also where it is the scheme's own, and none appears."""
    assert urlsplit(rules.normalize(url.text)).port == url.port


def ipv6_literal_survives(rules: Rules, url: BaseURL) -> None:
    """An IPv6 literal keeps its brackets, and is the same address."""
    netloc = urlsplit(rules.normalize(url.text)).netloc
    assert netloc.startswith("["), netloc
    address = ipaddress.IPv6Address(netloc[1:].partition("]")[0])
    assert address == ipaddress.IPv6Address(url.host.text[1:-1])


def international_name_survives(rules: Rules, url: BaseURL) -> None:
    """An international name can still be read, and is the same name to the DNS."""
    host = urlsplit(rules.normalize(url.text)).hostname
    assert host is not None
    assert not host.isascii(), host
    assert idna.encode(host).decode() == url.host.ascii


def percent_encoding_survives(rules: Rules, url: BaseURL) -> None:
    """Neither decoded, nor encoded again, nor written in another case."""
    assert urlsplit(rules.normalize(url.text)).path == url.path


def path_survives(rules: Rules, url: BaseURL) -> None:
    """Every segment stays, in its case; what is beyond ASCII is percent-encoded as UTF-8."""
    assert urlsplit(rules.normalize(url.text)).path == url.path


def white_space_around_goes(rules: Rules, example: tuple[str, BaseURL, str]) -> None:
    """White space around a URL makes no difference."""
    before, url, after = example
    assert rules.normalize(before + url.plain + after) == rules.normalize(url.plain)


def normal_form_is_what_the_parts_say(rules: Rules, url: BaseURL) -> None:
    """However a URL is spelled, its normal form is its parts put together."""
    assert rules.normalize(url.text) == url.normal


def is_refused(rules: Rules, text: str) -> None:
    """It is refused, not mended."""
    assert _refusal(rules, text) is not None, f"{text!r} became {rules.normalize(text)!r}"


def _refusal(rules: Rules, text: str) -> InvalidURLError | None:
    try:
        rules.normalize(text)
    except InvalidURLError as error:
        return error
    return None


def secret_is_not_repeated(rules: Rules, text: str) -> None:
    """A refusal never quotes the URL: there may be a password in it."""
    error = _refusal(rules, text)
    assert error is not None
    assert SECRET not in str(error)
    assert error.__suppress_context__ or error.__context__ is None


def accepted_means_usable(rules: Rules, text: str) -> None:
    """What is accepted is a URL to the HTTP client too, and the same one: no surprise is left for the first call."""
    try:
        normal = rules.normalize(text)
    except InvalidURLError:
        return
    try:
        url = httpx2.URL(rules.openai(normal))
    except httpx2.InvalidURL as error:
        raise AssertionError(f"{normal!r} was accepted, and cannot be called: {error}") from error
    assert url.raw_path.decode() == urlsplit(normal).path + "/openai", normal
    assert url.raw_host, normal
    assert (url.userinfo, url.query, url.fragment) == (b"", b"", ""), normal


# `Any` for the example: each law has its own kind, which the table below cannot say.
Law = Callable[[Rules, Any], None]

# The table ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A law, what it is tried on, and rules that must fail it: a normalising one, a composing one, or both."""

    law: Law
    examples: SearchStrategy[Any]
    broken: tuple[Rules, ...]


def _normalizing(*rules: Rule) -> tuple[Rules, ...]:
    return tuple(Rules(rule, openai_base_url) for rule in rules)


def _composing(*rules: Rule) -> tuple[Rules, ...]:
    return tuple(Rules(normalize_base_url, rule) for rule in rules)


_urls = examples.base_urls()
_middle_openai = examples.base_urls(
    paths=st.tuples(
        st.sampled_from(["openai", "v1"]), st.sampled_from(["openai-v1", "xopenai", "OpenAI", "openai%2F", "openai."])
    )
)
_escapes = examples.base_urls(paths=st.tuples(examples.percent_encoded(), st.just("v1")))

ACCEPTING = [
    Case(
        slashes_at_the_end_say_nothing,
        st.tuples(_urls, st.integers(0, 9)),
        _normalizing(broken.as_it_is, broken.strip_one_slash),
    ),
    Case(
        normalizing_twice_is_normalizing_once,
        _urls,
        _normalizing(broken.strip_one_openai, broken.encode_again, broken.strip_one_slash),
    ),
    Case(
        openai_is_appended_once,
        _urls,
        (
            *_composing(
                broken.append_without_slash, broken.append_twice, broken.append_only_if_missing, broken.as_it_is
            ),
            Rules(broken.as_it_is, broken.append_openai),
            Rules(broken.strip_blanks_and_slashes, broken.append_openai),
        ),
    ),
    Case(
        openai_at_the_end_is_understood,
        st.tuples(_urls, st.sampled_from(["/openai", "/openai/", "//openai//", "/openai/openai", "/openai//openai/"])),
        (
            Rules(broken.as_it_is, broken.append_openai),
            Rules(broken.strip_blanks_and_slashes, broken.append_openai),
            Rules(broken.strip_one_openai, broken.append_openai),
        ),
    ),
    Case(
        openai_elsewhere_is_kept,
        _middle_openai,
        _normalizing(broken.strip_openai_anywhere, broken.lower_path),
    ),
    Case(
        no_segment_is_empty,
        _urls,
        (
            Rules(broken.as_it_is, broken.append_openai),
            Rules(broken.add_slash, broken.concatenate),
            *_normalizing(broken.add_slash),
        ),
    ),
    Case(scheme_survives, _urls, _normalizing(broken.always_https, broken.as_it_is)),
    Case(host_survives, _urls, _normalizing(broken.drop_host_label, broken.encode_host)),
    Case(port_survives, _urls, _normalizing(broken.drop_port)),
    Case(
        ipv6_literal_survives,
        examples.base_urls(hosts=examples.ipv6_literals()),
        _normalizing(broken.drop_brackets, broken.change_address),
    ),
    Case(
        international_name_survives,
        examples.base_urls(hosts=examples.international_names()),
        _normalizing(broken.encode_host, broken.replace_letters),
    ),
    Case(
        percent_encoding_survives,
        _escapes,
        _normalizing(broken.encode_again, broken.decode_path, broken.upper_escapes, broken.lower_path),
    ),
    Case(
        path_survives,
        _urls,
        _normalizing(
            broken.lower_path, broken.first_segment_only, broken.leave_path_unencoded, broken.strip_one_openai
        ),
    ),
    Case(
        white_space_around_goes,
        st.tuples(examples.blanks(), _urls, examples.blanks()),
        _normalizing(broken.as_it_is, broken.strip_spaces_only),
    ),
    Case(
        normal_form_is_what_the_parts_say,
        _urls,
        _normalizing(broken.as_it_is, broken.strip_blanks_and_slashes, broken.add_slash, broken.drop_port),
    ),
]
"""Laws of what is accepted."""

REFUSING = {
    "query": _normalizing(broken.cut_off_query, broken.as_it_is),
    "fragment": _normalizing(broken.cut_off_fragment, broken.as_it_is),
    "userinfo": _normalizing(broken.cut_off_userinfo, broken.as_it_is),
    "other-scheme": _normalizing(broken.any_scheme, broken.as_it_is),
    "no-host": _normalizing(broken.any_host, broken.as_it_is),
    "malformed-host": _normalizing(broken.any_host, broken.as_it_is),
    "dot-segment": _normalizing(broken.resolve_dots, broken.as_it_is),
    "blank-inside": _normalizing(broken.drop_blanks, broken.as_it_is),
    "bad-escape": _normalizing(broken.encode_percent, broken.as_it_is),
    "half-a-pair": _normalizing(broken.drop_surrogates, broken.as_it_is),
}
"""Kinds of URL that are refused, and rules that let them through."""

USABLE = Case(
    accepted_means_usable,
    examples.url_like_texts(),
    _normalizing(broken.as_it_is, broken.strip_blanks_and_slashes),
)

by_name = pytest.mark.parametrize("case", ACCEPTING, ids=lambda case: str(case.law.__name__))
by_kind = pytest.mark.parametrize("kind", REFUSING)
both_clients = pytest.mark.parametrize("client", [VLMRun, AsyncVLMRun])

# Ours -----------------------------------------------------------------------------------------------------------------


@by_name
def test_law_holds(case: Case) -> None:
    """Every law of what is accepted holds for the rules that the clients use."""

    @given(case.examples)
    def holds(example: object) -> None:
        case.law(OURS, example)

    holds()


@by_kind
def test_kind_is_refused(kind: str) -> None:
    """A URL of this kind is refused, whatever else is right about it."""

    @given(INVALID_BASE_URLS[kind])
    def holds(text: str) -> None:
        is_refused(OURS, text)

    holds()


@by_kind
def test_refusal_does_not_repeat_a_secret(kind: str) -> None:
    """The rules never quote what they refuse."""

    @given(INVALID_BASE_URLS[kind])
    def holds(text: str) -> None:
        secret_is_not_repeated(OURS, text)

    holds()


@both_clients
@by_kind
def test_client_refuses_kind(client: type[VLMRun | AsyncVLMRun], kind: str) -> None:
    """Through a client a bad URL is a `ConfigurationError` of `base_url`, and a password in it is not repeated."""

    @settings(max_examples=30)
    @given(INVALID_BASE_URLS[kind])
    def holds(text: str) -> None:
        with pytest.raises(ConfigurationError, match=r"\bbase_url\b") as caught:
            client(api_key="k", base_url=text)
        assert caught.value.suggestion
        assert SECRET not in repr(caught.value) + str(caught.value)

    holds()


@settings(max_examples=500)
@given(examples.url_like_texts())
def test_accepted_means_usable(text: str) -> None:
    """Whatever text the rules let through, the HTTP client can call, and calls there."""
    accepted_means_usable(OURS, text)


@pytest.mark.parametrize(
    "url",
    ["http://999.1.1.1", "http://1.2.3.256/v1", "http://1234567", "http://[foo:bar]", "http://[v1.x]"],
)
def test_address_that_is_none_is_refused(url: str) -> None:
    """A host that only looks like an IP address is refused at construction, and not by the first call."""
    is_refused(OURS, url)


@given(examples.base_urls(), examples.identifiers())
def test_joined_segment_is_one_segment(url: BaseURL, text: str) -> None:
    """Text joined to a base URL adds exactly one segment, or is refused where no encoding can protect it."""
    _joins_one_segment(join, url.normal, text)


def _joins_one_segment(joined: Callable[[str, str], str], base: str, text: str) -> None:
    try:
        result = httpx2.URL(joined(base, text)).raw_path.decode()
    except InvalidURLError:
        assert text in (".", ".."), text
        return
    except httpx2.InvalidURL as error:
        raise AssertionError(text) from error
    segment = result.removeprefix(urlsplit(base).path + "/")
    assert segment == "".join(
        chr(byte) if chr(byte) in examples.UNRESERVED else f"%{byte:02X}" for byte in text.encode()
    ), text  # fmt: skip


# Those that are wrong -------------------------------------------------------------------------------------------------


def _pairs(cases: list[Case]) -> list[Any]:
    return [
        pytest.param(case, rules, id=f"{case.law.__name__}-{index}")
        for case in cases
        for index, rules in enumerate(case.broken)
    ]


@pytest.mark.parametrize(("case", "rules"), _pairs([*ACCEPTING, USABLE]))
def test_broken_rules_fail_the_law(case: Case, rules: Rules) -> None:
    """Rules that are wrong fail the law that they break."""
    assert breaks(lambda example: case.law(rules, example), case.examples)


@pytest.mark.parametrize(
    ("kind", "rules"),
    [(kind, rules) for kind, several in REFUSING.items() for rules in several],
)
def test_lenient_rules_fail_to_refuse(kind: str, rules: Rules) -> None:
    """Rules that mend or ignore what is to be refused fail the law."""
    assert breaks(lambda text: is_refused(rules, text), INVALID_BASE_URLS[kind])


def test_quoting_rule_fails_to_keep_the_secret() -> None:
    """A rule that quotes the URL fails the law."""
    quoting = Rules(broken.quote_the_url, openai_base_url)
    leaking = INVALID_BASE_URLS["userinfo"]
    assert breaks(lambda text: secret_is_not_repeated(quoting, text), leaking)


@pytest.mark.parametrize("joined", [broken.join_unencoded, broken.join_quoted_by_default])
def test_lenient_join_fails(joined: Callable[[str, str], str]) -> None:
    """A join that lets a slash through fails the law."""
    assert breaks(lambda text: _joins_one_segment(joined, "https://vlmrun.test/v1", text), examples.identifiers())


def test_every_kind_of_bad_url_has_a_law() -> None:
    """No kind of URL that the strategies know is left without a test."""
    assert set(REFUSING) == set(INVALID_BASE_URLS)
