"""`digest preview`: a server of this machine over a real installation."""

from __future__ import annotations

import re
import signal

import httpx
from installation import Installation
from terminal import Digest


def test_it_serves_until_it_is_stopped(here: Installation) -> None:
    """It says where; a save of an article shows in the next page; Ctrl-C ends it in order."""
    with here.start("preview", "morning", "--port", "0") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/newsletters/morning", process.stdout.readline())
        assert found is not None
        assert "Salt Works Reopen" in httpx.get(found[0], timeout=60).text
        here.write("salt.txt", (here.articles / "salt.txt").read_text().replace("Salt Works", "Lime Kilns"))
        assert "Lime Kilns Reopen" in httpx.get(found[0], timeout=60).text
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert "Traceback" not in process.stderr.read()


def test_an_unknown_newsletter_is_refused_before_anything_is_served(digest: Digest) -> None:
    """Exit code 1, and which newsletters there are."""
    done = digest("preview", "nosuch")
    assert done.code == 1
    assert "there is: morning" in done.err
