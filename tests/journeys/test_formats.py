"""Every adapter whose format the sandbox speaks can be tried there: an edition sent for good, over real HTTP."""

from __future__ import annotations

import socket
from collections import Counter
from pathlib import Path

import pytest
from installation import Installation

from digest import clock
from digest.sandbox.mailbox import Mailbox

READERS = 7
KEYS = {"mailgun": 'domain = "mg.example.org"'}


@pytest.fixture
def url() -> str:
    """Where nobody listens yet."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.mark.parametrize(
    ("kind", "merge"),
    [
        ("postmark", False),
        ("resend", False),
        ("mailgun", False),
        ("mailgun", True),
        ("sendgrid", False),
        ("sendgrid", True),
    ],
)
def test_an_edition_arrives_once_for_each_reader(tmp_path: Path, url: str, kind: str, merge: bool) -> None:
    """The account needs no token, the sandbox starts by itself, and each message is its reader's own."""
    here = Installation(tmp_path / "here", batch=3)
    lines = [f'kind = "{kind}"', f'base_url = "{url}"', KEYS.get(kind, ""), "merge = true" if merge else ""]
    text = here.config.read_text()
    _, _, rest = text.partition("[source.desk]")
    head = text.partition("[provider.main]")[0]
    sandbox = f'[provider.sandbox]\nkind = "sandbox"\nbase_url = "{url}"\n'
    trial = "\n".join(["[provider.trial]", *lines])
    rest = rest.replace('provider = "main"', 'provider = "trial"')
    here.config.write_text(f"{head}{sandbox}\n{trial}\n\n[source.desk]{rest}")
    here.run("subscribers", "import", here.roll(READERS))

    done = here.run("send", "morning")
    again = here.run("send", "morning", code=None)

    assert f"{READERS} accepted" in done.stdout
    assert again.returncode == 1
    with Mailbox(here.folder / "var" / "inbox", clock=clock.now) as inbox:
        assert inbox.counts() == Counter({f"reader{n}@example.org": 1 for n in range(1, READERS + 1)})
        links = set()
        for number in range(1, READERS + 1):
            mail = inbox.message(number)
            assert mail["Subject"] == "Maravik Salt Works Reopen After Eleven Years"
            assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
            links.add(mail["List-Unsubscribe"])
            text_part, html_part = mail.get_body(("plain",)), mail.get_body(("html",))
            assert text_part is not None
            assert html_part is not None
            address = mail["To"].addresses[0].addr_spec
            assert address in text_part.get_content()
            assert "43 people have been hired" in html_part.get_content()
            assert "%recipient" not in mail.as_string()
        assert len(links) == READERS
