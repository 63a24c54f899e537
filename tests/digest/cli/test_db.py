"""`digest db`: made, checked, and refused when it is another program's."""

from __future__ import annotations

import os
import sqlite3

from installation import FISH
from PIL import Image
from terminal import Digest

from digest.storage.schema import HEAD


def test_making_and_checking(digest: Digest) -> None:
    """`upgrade` makes it and says so; again, it is as it was; `check` finds it sound."""
    made = digest("db", "upgrade")
    assert made.code == 0
    assert f"new → {HEAD}" in made.out
    assert f"already {HEAD}" in digest("db", "upgrade").out
    checked = digest("db", "check")
    assert checked.code == 0
    assert f"sound, version {HEAD}, SQLite 3." in checked.out
    assert "every edition balances" in checked.out


def test_a_check_makes_nothing(digest: Digest) -> None:
    """Without a database it says what makes one."""
    assert digest("db", "check").code == 1
    assert not (digest.here.folder / "var").exists()


def test_a_database_of_another_version(digest: Digest) -> None:
    """Every command refuses it with the way out; a newer one is not upgraded."""
    digest("db", "upgrade")
    with sqlite3.connect(digest.here.database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    for arguments in (("editions", "list"), ("send", "morning"), ("subscribers", "list"), ("worker", "--drain")):
        done = digest(*arguments)
        assert (done.code, done.out) == (1, "")
        assert f"version 9999, this program needs {HEAD}" in done.err
    assert "version 9999" in digest("db", "check").out
    upgraded = digest("db", "upgrade")
    assert upgraded.code == 1
    assert "newer program" in upgraded.err


def test_a_sum_that_does_not_balance(digest: Digest) -> None:
    """A lost delivery is named with its edition and both figures."""
    digest("build", "morning")
    with sqlite3.connect(digest.here.database) as connection:
        connection.execute("UPDATE editions SET planned = 3")
    connection.close()
    done = digest("db", "check")
    assert done.code == 1
    assert "edition 1 has 3 planned readers and 0 deliveries" in done.out


def test_a_batch_that_lost_a_reader(digest: Digest) -> None:
    """A deleted delivery is told twice: by its edition's sum, and by the batch that carried it."""
    assert digest("subscribers", "add", "ada@example.org").code == 0
    digest("send", "morning")
    with sqlite3.connect(digest.here.database) as connection:
        connection.execute("DELETE FROM deliveries")
    connection.close()
    done = digest("db", "check")
    assert done.code == 1
    assert "edition 1 has 1 planned readers and 0 deliveries" in done.out
    assert "batch 1 of edition 1 has 0 deliveries, not 1: keep the file and report this" in done.out


def test_a_lost_picture(digest: Digest) -> None:
    """A file that an edition shows and that is gone is named; the others are not."""
    Image.linear_gradient("L").resize((800, 500)).save(digest.here.articles / "quay.png")
    digest.here.write("a.md", f"---\nimage: quay.png\n---\n# {FISH}")
    digest("build", "morning")
    media = digest.here.folder / "var" / "media"
    lost, kept = sorted(media.iterdir())
    assert digest("db", "check").code == 0
    lost.unlink()

    done = digest("db", "check")
    assert done.code == 1
    assert f"{lost} is gone, and e-mails that are out show it" in done.out
    assert kept.name not in done.out


def test_tidying_keeps_what_editions_show(digest: Digest) -> None:
    """An old picture that no edition shows is removed; that of an edition, and its card, stay however old."""
    quay = Image.linear_gradient("L").resize((800, 500))
    quay.save(digest.here.articles / "quay.png")
    digest.here.write("a.md", f"---\nimage: quay.png\n---\n# {FISH}")
    assert digest("build", "morning").code == 0
    media = digest.here.folder / "var" / "media"
    shown = sorted(path.name for path in media.iterdir())
    assert [name[-3:] for name in shown].count("png") >= 1
    assert len(shown) == 2
    (media / ("0" * 64 + ".jpg")).write_bytes(b"nobody's")
    for path in media.iterdir():
        os.utime(path, (0, 0))

    done = digest("db", "tidy")
    assert (done.code, done.out.splitlines()[0]) == (0, f"{media}: 1 removed; editions show 2")
    assert sorted(path.name for path in media.iterdir()) == shown
