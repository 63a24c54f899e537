"""docs/providers: a page for every mail API, whose blocks can be pasted."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from digest.providers import ADAPTERS
from digest.providers.accounts import INQUIRIES
from digest.resources import CHECKOUT, shipped
from digest.settings import load

PAGES = sorted((CHECKOUT / "docs/providers").glob("*.md"))
BLOCKS = [
    pytest.param(page, block, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, block in enumerate(re.findall(r"```toml\n(.*?)```", page.read_text("utf-8"), re.DOTALL))
]
NEEDED = {
    "mailgun": 'domain = "mg.example.org"\n',
    "ses": 'region = "eu-west-1"\n',
    "scaleway": 'project = "2f6c1f0e-7a44-4f0b-9d0e-5a2f4c8f1d3b"\n',
}
"""What a kind does not do without."""


def test_every_kind_has_a_page() -> None:
    """Who picks a kind finds how to get there; the sandbox needs nothing."""
    assert {page.stem for page in PAGES} >= ADAPTERS.keys() - {"sandbox"}


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_every_page_goes_from_the_account_to_the_first_message(page: Path) -> None:
    """Steps in one row: the token's file, the table, the newsletter, what can be asked, a message to oneself."""
    text = page.read_text("utf-8")
    steps = text.partition("\n## ")[0]
    numbers = [int(number) for number in re.findall(r"^([0-9])\. ", steps, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    domain = re.search(r'^from_address = ".*@(.*)"$', steps, re.MULTILINE)
    assert domain is not None
    wanted = [
        f"`secrets/provider.{page.stem}.token`",
        f"[provider.{page.stem}]",
        f'provider = "{page.stem}"',
        *([f"`digest provider check {page.stem}`"] if page.stem in INQUIRIES else []),
        "`digest send morning --to you@example.org`",
    ]
    places = [steps.index(each) for each in wanted]
    assert places == sorted(places)
    assert f"`digest doctor --dns {domain[1]}" in steps


@pytest.mark.parametrize(("page", "block"), BLOCKS)
def test_every_block_loads(page: Path, block: str, tmp_path: Path) -> None:
    """Pasted into the config.toml that ships, in place of the same table or the same keys, each is understood."""
    config = shipped("config.toml").read_text("utf-8")
    table = re.match(r"\[([\w.]+)\]\n", block)
    if table is None:
        for key in tomllib.loads(block):
            line = re.search(rf"^{key} = .*\n", block, re.MULTILINE)
            assert line is not None
            head, newsletter, rest = config.partition("\n[newsletter.morning]\n")
            rest, count = re.subn(rf"^{key} = .*\n", line[0], rest, count=1, flags=re.MULTILINE)
            assert count == 1
            config = head + newsletter + rest
        config += f'\n[provider.{page.stem}]\nkind = "{page.stem}"\n' + NEEDED.get(page.stem, "")
    else:
        config = re.sub(rf"^\[{table[1]}\]\n(?:(?!\[).*\n)*", "", config, flags=re.MULTILINE) + "\n" + block
    (tmp_path / "config.toml").write_text(config, "utf-8")
    (tmp_path / "secrets").mkdir(mode=0o700)
    token = tmp_path / "secrets" / f"provider.{page.stem}.token"
    token.write_text("t0ken")
    token.chmod(0o600)

    settings = load(tmp_path / "config.toml")

    if table is None:
        assert settings.newsletter["morning"].provider == page.stem
    elif table[1].startswith("provider."):
        assert settings.provider[page.stem].kind == page.stem
        address = settings.provider[page.stem].address
        assert address.startswith(("https://api.", "https://email.", "smtp://", "smtps://"))
        assert settings.token(page.stem) is not None
