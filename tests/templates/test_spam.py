"""No e-mail looks like spam to SpamAssassin's own rules, and spam does.

Local rules only: no network, no learning, nothing of the machine's own settings.
"""

from __future__ import annotations

import mailbox
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from specimens import Specimen, specimens

from digest.message.mime import compose

LIMIT = 0.3
"""Points that an e-mail may have; 5 are spam."""


def scores(folder: Path, messages: Iterable[bytes]) -> list[tuple[float, str]]:
    """Points and names of the rules for each message, in their order. Fails when the tool is missing or judged none."""
    if shutil.which("spamassassin") is None:
        pytest.fail("SpamAssassin is missing: apt-get install --no-install-recommends spamassassin")
    given = mailbox.mbox(folder / "given.mbox")
    for at, message in enumerate(messages):
        given.add(f"X-Order: {at}\n".encode() + message.replace(b"\r\n", b"\n"))
    given.close()
    command = ["spamassassin", "--local", "--mbox", "--nocreate-prefs", f"--prefspath={folder / 'none'}"]
    for setting in ("use_bayes 0", "use_auto_welcomelist 0", "fold_headers 0", "report_safe 0"):
        command.append(f"--cf={setting}")
    with (folder / "given.mbox").open("rb") as read, (folder / "judged.mbox").open("wb") as written:
        done = subprocess.run(command, stdin=read, stdout=written, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 0, done.stderr.decode()
    judged = {}  # they come back in another order
    for answer in mailbox.mbox(folder / "judged.mbox", create=False):
        status = re.match(r"(?:Yes|No), score=(-?[\d.]+) .*?tests=(\S*)", str(answer["X-Spam-Status"]), re.DOTALL)
        assert status is not None, answer["X-Spam-Status"]
        judged[int(answer["X-Order"])] = (float(status[1]), status[2])
    return [judged[at] for at in sorted(judged)]


@pytest.mark.matrix
def test_no_email_looks_like_spam(tmp_path: Path) -> None:
    """Every e-mail in its own words gets 0.3 points or fewer."""
    judged = [specimen for specimen in specimens() if specimen.variation == "plain"]
    found = scores(tmp_path, [specimen.mime for specimen in judged])
    assert len(found) == len(judged)
    assert [(str(one), *score) for one, score in zip(judged, found, strict=True) if score[0] > LIMIT] == []


SPAM = """\
<html><head><title>x</title></head><body bgcolor="#FFFFFF">
<font color="#FFFFFF" size="1">harvest strait quartz lantern</font>
<a href="http://192.0.2.7/cgi-bin/order?id=maya@example.net"><img src="http://192.0.2.7/a.gif"></a>
<p>Dear friend, VIAGRA and CIALIS at 80% OFF! Cheap meds, no prescription needed. 100% GUARANTEED!!!</p>
<p>You have WON the lottery: one million dollars (US$1,000,000). ACT NOW, click here, limited time only.</p>
</body></html>
"""


@pytest.mark.matrix
def test_it_sees_spam_and_what_looks_like_it(tmp_path: Path, everyday: Specimen) -> None:
    """Spam gets five points or more; a digest with hidden text, or with a shouting subject, more than is allowed."""
    spam = compose(
        {"From": "winner <x1@example.com>", "Subject": "RE: YOU WON!!! CHEAP VIAGRA, 100% FREE"},
        html=SPAM,
        text="Click!",
    )
    hidden = '<p style="color:#FFFFFF;background-color:#FFFFFF">harvest quartz lantern strait</p>'
    low = everyday.wire(html=everyday.html.replace("<h1", f"{hidden}<h1", 1))
    loud = everyday.wire(subject="FREE!!! ACT NOW AND SAVE $$$ ON VIAGRA")
    found = scores(tmp_path, [spam, low, loud, everyday.mime])
    assert found[0][0] >= 5, found[0]
    assert "HTML_FONT_LOW_CONTRAST" in found[1][1]
    assert min(found[1][0], found[2][0]) > LIMIT >= found[3][0]


def test_it_fails_where_the_tool_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without SpamAssassin on the machine the gate fails, and says what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.fail.Exception, match="apt-get install"):
        scores(tmp_path, [])
