"""An edition on the public site, from articles to what another site shows of a link to it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import httpx
import pytest
from installation import FISH
from PIL import Image
from terminal import Digest

from digest.cli.house import House
from digest.cli.site import public_site
from digest.pages.server import Server


@pytest.fixture
def house(digest: Digest) -> Iterator[House]:
    """One article with a picture beside it."""
    Image.linear_gradient("L").resize((800, 500)).save(digest.here.articles / "quay.png")
    digest.here.write("a.md", f"---\nimage: quay.png\nimage_alt: The quay\n---\n# {FISH}")
    house = House.of(str(digest.here.config))
    yield house
    house.database.close()


def approved(house: House) -> str:
    """The public id of today's edition, approved."""
    built = house.desk.build("morning")
    edition_id = house.desk.keep(built)
    house.editions.approve(edition_id, fingerprint=built.draft.fingerprint, by="ada", at=house.clock())
    return built.draft.public_id


def shared(page: str) -> dict[str, str]:
    return dict(re.findall(r'<meta (?:property|name)="((?:og|twitter):[^"]+)" content="([^"]*)">', page))


def test_a_shared_edition_shows_its_quote_and_its_picture(house: House) -> None:
    """Title, description and card stand in the head of the page, never in the e-mail; both pictures are served."""
    public_id = approved(house)
    with Server(public_site(house)) as server, httpx.Client(base_url=server.url) as client:
        page = client.get(f"/editions/{public_id}").text
        told = shared(page)
        assert told["og:title"] == "Fish Prices Fall as Boats Come Home Full"
        assert told["og:description"]
        assert told["og:site_name"] == "The Morning Tide"
        assert told["og:image"] == f"https://digest.example.org/editions/{public_id}/card.png"
        assert (told["og:image:width"], told["og:image:height"]) == ("1200", "630")
        assert told["twitter:card"] == "summary_large_image"

        card = client.get(f"/editions/{public_id}/card.png")
        assert Image.open(io.BytesIO(card.content)).size == (1200, 630)
        (source,) = re.findall(r'<img[^>]*src="https://digest\.example\.org(/media/[^"]+)"[^>]*alt="The quay"', page)
        picture = client.get(source)
        assert Image.open(io.BytesIO(picture.content)).size == (800, 500)
    edition = house.editions.listing()[0]
    assert "og:" not in house.editions.message(edition.id)


def test_what_was_approved_shows_the_same_for_ever(house: House, digest: Digest) -> None:
    """Another picture under the same name, or none, changes the next edition and not this one."""
    public_id = approved(house)
    with Server(public_site(house)) as server, httpx.Client(base_url=server.url) as client:
        page = client.get(f"/editions/{public_id}").text
        address = re.findall(r"/media/[0-9a-f]{64}\.\w+", page)[0]
        before = client.get(address).content
        (digest.here.articles / "quay.png").unlink()
        assert "quay.png" in house.desk.build("morning").draft.stories[0].findings[-1].message
        assert digest("db", "tidy").code == 0
        assert client.get(f"/editions/{public_id}").text == page
        assert client.get(address).content == before
        assert client.get(f"/editions/{public_id}/card.png").status_code == 200


def test_a_draft_shows_nothing(house: House) -> None:
    """Neither page nor card before it is approved."""
    built = house.desk.build("morning")
    house.desk.keep(built)
    with Server(public_site(house)) as server, httpx.Client(base_url=server.url) as client:
        assert client.get(f"/editions/{built.draft.public_id}").status_code == 404
        assert client.get(f"/editions/{built.draft.public_id}/card.png").status_code == 404


def test_a_card_is_drawn_once(house: House) -> None:
    """A draft kept again as it was brings no second file; one that says something else does."""
    approved(house)
    first = {path.name for path in house.media.folder.iterdir()}
    draft = house.desk.build("morning").draft
    house.pictures.draw_card(draft, accent="#005A9C")
    assert {path.name for path in house.media.folder.iterdir()} == first
