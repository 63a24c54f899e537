"""What counts as an address, and when two are one reader."""

from __future__ import annotations

import pytest
from email_validator import validate_email
from hypothesis import given
from hypothesis import strategies as st

from subscribers.addresses import Address, normalise
from subscribers.errors import AddressError

LOCAL = st.text("abcXYZ019.!#$%&'*+/=?^_`{|}~-\"\\ ()<>,;:@é", min_size=0, max_size=70)
DOMAIN = st.text("abcXYZ019.-é ß中xn_@", min_size=0, max_size=70) | st.sampled_from(
    ["example.org", "EXAMPLE.Org", "bücher.example", "xn--bcher-kva.example", "a.test", "b.invalid", "localhost"]
)


@pytest.mark.parametrize(
    ("raw", "address", "shown"),
    [
        ("ann@example.org", "ann@example.org", "ann@example.org"),
        ("  Ann.Lee+news@Example.ORG ", "ann.lee+news@example.org", "Ann.Lee+news@example.org"),
        ("O'Brien@example.co.uk", "o'brien@example.co.uk", "O'Brien@example.co.uk"),
        ("Jo@Bücher.example", "jo@xn--bcher-kva.example", "Jo@xn--bcher-kva.example"),
        ("jo@BÜCHER.example", "jo@xn--bcher-kva.example", "jo@xn--bcher-kva.example"),
        ("Jo@XN--Bcher-KVA.example", "jo@xn--bcher-kva.example", "Jo@xn--bcher-kva.example"),
        ("a@" + "b" * 63 + ".example", "a@" + "b" * 63 + ".example", "a@" + "b" * 63 + ".example"),
    ],
)
def test_two_spellings_of_one_mailbox_have_one_key(raw: str, address: str, shown: str) -> None:
    """Case, surrounding spaces and the spelling of an international domain make no second reader."""
    assert normalise(raw) == Address(address, shown)


def test_dots_and_tags_tell_readers_apart() -> None:
    """Hosts differ on dots and +tags, so they are not folded."""
    keys = {normalise(raw).address for raw in ("ann.lee@example.org", "annlee@example.org", "annlee+x@example.org")}
    assert len(keys) == 3


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "   ",
        "ann",
        "ann@",
        "@example.org",
        "ann@@example.org",
        "ann@example",
        "ann@test",
        "ann@localhost",
        "ann@printer.local",
        "ann@nowhere.invalid",
        "ann@192.0.2.7",
        "ann@[192.0.2.7]",
        "Ann <ann@example.org>",
        '"ann lee"@example.org',
        "ann(home)@example.org",
        "ann.@example.org",
        ".ann@example.org",
        "a..b@example.org",
        "ann@-example.org",
        "ann@exa_mple.org",
        "anñ@example.org",
        "ann@example.org,bob@example.org",
        "ann@example.org\r\nBcc: bob@example.org",
        "ann@example.org\n",
        "ann\x00@example.org",
        "ann\u2028@example.org",
        "ann@\ud800.example",
        "a" * 65 + "@example.org",
        "a@" + "b" * 64 + ".example",
        "a@" + "b." * 130 + "example",
        "x" * 1_000_000,
    ],
)
def test_what_no_mail_api_would_carry_is_refused(raw: str) -> None:
    """Each refusal is an AddressError whose message stays short and in one line, whatever the input."""
    with pytest.raises(AddressError) as caught:
        normalise(raw)
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 400


@given(LOCAL, DOMAIN)
def test_normalising_again_changes_nothing(local: str, domain: str) -> None:
    """The key is its own key, and what is shown is shown the same and has the same key."""
    try:
        once = normalise(f"{local}@{domain}")
    except AddressError:
        return
    assert normalise(once.address).address == once.address
    assert normalise(once.shown) == once
    assert once.shown.isascii()


@given(st.from_regex(r"\A[A-Za-z0-9.+_'-]{1,20}@([A-Za-z0-9-]{1,12}\.){1,3}[A-Za-z]{1,6}\Z"))
def test_the_short_way_agrees_with_the_full_rules(raw: str) -> None:
    """The regular expression for plain addresses accepts and returns what email-validator does."""
    try:
        key = normalise(raw).address
    except AddressError:
        key = None
    try:
        full = validate_email(raw, check_deliverability=False, allow_smtputf8=False, test_environment=True, strict=True)
    except ValueError:
        expected = None
    else:
        expected = f"{full.local_part}@{full.ascii_domain}".lower()
    assert key == expected


@given(st.text(max_size=400))
def test_any_text_is_an_address_or_an_address_error(raw: str) -> None:
    """Hostile text has no third way out."""
    try:
        address, _ = normalise(raw)
    except AddressError:
        return
    assert address.count("@") == 1
    assert address.isprintable()
