"""What a source knows beside the text."""

from __future__ import annotations

import pytest

from digest.model import Image
from digest.sources.known import lead_image

PHOTO = "https://ledger.example/2026/quay-at-dawn.jpg?w=1200"


def test_an_image_has_an_address_and_words() -> None:
    """The words in one line; without a credit there is none."""
    assert lead_image(PHOTO, alt=" Ships at\n the quay ", credit="Ida  Marr") == Image(
        url=PHOTO, alt="Ships at the quay", credit="Ida Marr"
    )
    assert lead_image(PHOTO) == Image(url=PHOTO, alt="", credit=None)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "quay.jpg",
        "/quay.jpg",
        "//ledger.example/quay.jpg",
        "data:image/gif;base64,R0lGODlhAQABAAAAACw=",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "ftp://ledger.example/quay.jpg",
        "https://",
        "https:///quay.jpg",
        "https://[ledger.example/quay.jpg",
        "https://ledger.example/a b.jpg",
        "https://ledger.example/\ud800.jpg",
        "https://ledger.example/" + "a" * 2_000,
    ],
)
def test_only_addresses_of_the_web(url: str) -> None:
    """Nothing relative, of another scheme, broken or endless is the address of an image."""
    with pytest.raises(ValueError, match=r"address|URL"):
        lead_image(url)


@pytest.mark.parametrize(
    "alt",
    ["quay-at-dawn", "Quay-At-Dawn", "quay-at-dawn.jpg", "My holiday 3.JPEG", "IMG_2034", "DSC01234", "web_final"],
)
def test_the_name_of_a_file_is_no_description(alt: str) -> None:
    """A screen reader is spared it."""
    assert lead_image(PHOTO, alt=alt).alt == ""


@pytest.mark.parametrize("words", ["a\x07b", "\ud800", "x " * 2_000])
def test_words_that_cannot_be_sent(words: str) -> None:
    """They are left out, and the image stays."""
    assert lead_image(PHOTO, alt=words, credit=words) == Image(url=PHOTO)


@pytest.mark.parametrize("alt", ["Quay", "The quay, with 120 ships", "Nine_tails, a cat", "Q3 results", "日の出"])
def test_words_are_kept(alt: str) -> None:
    """Even short ones, and figures and underscores among words."""
    assert lead_image(PHOTO, alt=alt).alt == alt
