"""Settings from every layer, and the words in which mistakes are reported."""

from __future__ import annotations

import os
import re
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from digest.errors import ConfigError
from digest.resources import shipped
from digest.settings import Provider, Schedule, Source, ensure_signing_key, load

SMALLEST = """\
[provider.sandbox]
kind = "sandbox"

[source.desk]
kind = "folder"
path = "articles"

[newsletter.morning]
title = "The Morning Tide"
from_name = "The Morning Tide"
from_address = "tide@news.example.org"
list_id = "morning.news.example.org"
postal_address = "4 Customs Quay"
sources = ["desk"]
"""
KEY = "k" * 43


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variables of the machine that runs the tests, and an empty current folder."""
    for name in list(os.environ):
        if name.startswith("DIGEST_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def config(folder: Path, text: str = SMALLEST, **changes: str) -> Path:
    """A config.toml with `key="line"` put in place of the line that begins with that key."""
    for key, line in changes.items():
        text, count = re.subn(rf"^{key} = .*$", lambda _, line=line: line, text, flags=re.MULTILINE)  # type: ignore[misc]
        assert count, f"there is no {key} to change"
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return file


def mistake(file: Path | None = None, overrides: dict[str, Any] | None = None) -> str:
    with pytest.raises(ConfigError) as refused:
        load(file, overrides)
    return str(refused.value)


def secret(folder: Path, name: str, text: str) -> None:
    (folder / "secrets").mkdir(exist_ok=True)
    file = folder / "secrets" / name
    file.write_text(text)
    file.chmod(0o600)


def test_the_smallest_configuration(tmp_path: Path) -> None:
    """What must be there is enough; everything else has its default, and paths start from the file's folder."""
    settings = load(config(tmp_path))
    assert settings.newsletter["morning"].provider == "sandbox"
    assert settings.newsletter["morning"].max_age is None
    assert settings.provider["sandbox"].base_url == "http://127.0.0.1:8025"
    assert settings.database_path == tmp_path / "var" / "digest.sqlite3"
    assert settings.secrets_folder == tmp_path / "secrets"
    assert settings.resolve(settings.source["desk"].path) == tmp_path / "articles"
    assert settings.resolve(Path("/srv/articles")) == Path("/srv/articles")


def test_the_sample_configuration(tmp_path: Path) -> None:
    """The config.toml that ships loads, and its newsletter is due on weekdays at seven."""
    settings = load(shipped("config.toml"))
    schedule = settings.newsletter["morning"].schedule
    assert schedule is not None
    assert schedule.weekdays == {0, 1, 2, 3, 4}
    assert schedule.at == time(7)
    assert settings.resolve(settings.source["examples"].path).is_dir()


def test_without_a_configuration(tmp_path: Path) -> None:
    """In an empty folder the shipped sample is in force: its articles, and data in the current folder."""
    settings = load()
    assert settings.resolve(settings.source["examples"].path) == shipped("examples/articles")
    assert settings.database_path == tmp_path / "var" / "digest.sqlite3"


def test_which_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path wins over DIGEST_CONFIG, which wins over the current folder."""
    for name in ("here", "named", "given"):
        (tmp_path / name).mkdir()
        config(tmp_path / name, title=f'title = "{name}"')
    monkeypatch.chdir(tmp_path / "here")
    assert load().newsletter["morning"].title == "here"
    monkeypatch.setenv("DIGEST_CONFIG", str(tmp_path / "named" / "config.toml"))
    assert load().newsletter["morning"].title == "named"
    assert load(tmp_path / "given" / "config.toml").newsletter["morning"].title == "given"


def test_layers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """File < secrets < environment < arguments, key by key; the neighbours of a changed key stay."""
    file = config(tmp_path, SMALLEST + '\n[site]\nbase_url = "https://file.example"\nhost = "127.0.0.2"\nport = 1\n')
    secret(tmp_path, "signing_keys", KEY)
    secret(tmp_path, "provider.postmark.token", "from-file")
    secret(tmp_path, "provider.other.token", "from-file")
    monkeypatch.setenv("DIGEST_SITE__HOST", "127.0.0.3")
    monkeypatch.setenv("DIGEST_SITE__PORT", "3")
    monkeypatch.setenv("DIGEST_PROVIDER_TOKENS__POSTMARK", "from-environment")
    settings = load(file, {"site": {"port": 4}})
    assert (settings.site.base_url, settings.site.host, settings.site.port) == ("https://file.example", "127.0.0.3", 4)
    tokens = {name: token.get_secret_value() for name, token in settings.provider_tokens.items()}
    assert tokens == {"postmark": "from-environment", "other": "from-file"}
    assert [key.get_secret_value() for key in settings.signing_keys] == [KEY]


def test_the_environment_speaks_as_the_file_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists, durations, zones and whole tables can come from variables; empty ones count as unset."""
    schedule = {"DAYS": "mon, fri", "AT": "06:30", "ZONE": "Europe/Madrid", "GRACE": "1h 30m"}
    for key, value in schedule.items():
        monkeypatch.setenv(f"DIGEST_NEWSLETTER__MORNING__SCHEDULE__{key}", value)
    monkeypatch.setenv("DIGEST_NEWSLETTER__MORNING__TITLE", "")
    monkeypatch.setenv("DIGEST_SIGNING_KEYS", f"{KEY} {KEY}2")
    settings = load(config(tmp_path))
    assert settings.newsletter["morning"].schedule == Schedule(
        days=("mon", "fri"), at=time(6, 30), zone=ZoneInfo("Europe/Madrid"), grace=timedelta(minutes=90)
    )
    assert settings.newsletter["morning"].title == "The Morning Tide"
    assert len(settings.signing_keys) == 2


def test_a_misspelt_key(tmp_path: Path) -> None:
    """File, line and key, the nearest key, and every key that is allowed."""
    file = config(tmp_path, from_name='from_nmae = "The Morning Tide"')
    lines = mistake(file).splitlines()
    assert (
        lines[0]
        == f"{file}, line 8: newsletter.morning.from_name: this key is missing, and [newsletter.morning] needs it"
    )
    assert lines[1].startswith(
        f"{file}, line 10: newsletter.morning.from_nmae: unknown key; did you mean 'from_name'? "
        "[newsletter.morning] takes: title, tagline, from_name, from_address, "
    )
    assert len(lines) == 2


def test_a_misspelt_table(tmp_path: Path) -> None:
    """At the top of the file too, where the allowed names are those of the tables."""
    file = config(tmp_path, SMALLEST.replace("[source.desk]", "[sources.desk]"))
    expected = "unknown key; did you mean 'source'? config.toml takes: site, storage, delivery, health, templates,"
    assert f"{file}, line 4: sources: {expected}" in mistake(file)


@pytest.mark.parametrize(
    ("key", "line", "expected"),
    [
        ("title", 'title = "a\\r\\nBcc: x@example.org"', "line 9: newsletter.morning.title: expected one line of text"),
        ("title", "title = 5", "line 9: newsletter.morning.title: expected a valid string (it is 5)"),
        (
            "from_address",
            'from_address = "tide"',
            "line 11: newsletter.morning.from_address: expected one e-mail address",
        ),
        (
            "from_address",
            'from_address = "a@example.org"\nreply_to = ""',
            "line 12: newsletter.morning.reply_to: expected",
        ),
        ("list_id", 'list_id = "<a.b>"', "line 12: newsletter.morning.list_id: expected an identifier under a domain"),
        ("postal_address", 'postal_address = " "', "line 13: newsletter.morning.postal_address: expected some text"),
        ("sources", "sources = []", "line 14: newsletter.morning.sources: expected at least 1 item"),
        (
            "sources",
            'sources = ["desk",\n"dsek"]',
            "line 15: newsletter.morning.sources[1]: expected the name of a [source.",
        ),
        (
            "sources",
            'sources = ["desk"]\nlanguage = "en_US"',
            "line 15: newsletter.morning.language: expected a language",
        ),
        ("sources", 'sources = ["desk"]\ntemplate = "../x"', "line 15: newsletter.morning.template: expected a name"),
        ("sources", 'sources = ["desk"]\nmax_age = 2', "line 15: newsletter.morning.max_age: expected a duration"),
        ("sources", 'sources = ["desk"]\nmax_stories = true', "expected a whole number (it is true)"),
        ("sources", 'sources = ["desk"]\nmax_stories = 0', "expected greater than or equal to 1 (it is 0)"),
        ("sources", 'sources = ["desk"]\nschedule = 1', "line 15: newsletter.morning.schedule: expected a table"),
        ("sources", 'sources = ["desk"]\nprovider = "sandbx"', "did you mean 'sandbox'? There are: sandbox"),
        (
            "sources",
            'sources = ["desk"]\nprovider.x = 1',
            "line 15: newsletter.morning.provider: expected a valid string",
        ),
        ("kind", 'kind = "sandbox"\ntimeout = "90s"', "line 3: provider.sandbox.timeout: expected less than half"),
        ("kind", 'kind = "sandbox"\nbase_url = "x"', "line 3: provider.sandbox.base_url: expected an address such as"),
        (
            "kind",
            'kind = "sandbx"',
            "line 2: provider.sandbox.kind: expected 'sandbox', 'postmark', 'resend', 'sendgrid', 'mailgun', 'brevo', "
            "'mailjet', 'scaleway', 'ses' or 'smtp'; did you mean 'sandbox'?",
        ),
        ("kind", 'kind = "scaleway"', 'provider.sandbox.project: expected a value, because kind = "scaleway" needs'),
        ("kind", 'kind = "brevo"\nproject = "x"', 'expected no project, because kind = "brevo" does not take it'),
        ("kind", 'kind = "mailgun"', 'provider.sandbox.domain: expected a value, because kind = "mailgun" needs'),
        ("kind", 'kind = "mailgun"\ndomain = "https://x"', "line 3: provider.sandbox.domain: expected a domain name"),
        (
            "kind",
            'kind = "sendgrid"\nregion = "us"',
            'provider.sandbox.region: expected "" or "eu", the regions',
        ),
        ("kind", 'kind = "resend"\nregion = "eu"', 'expected no region, because kind = "resend" does not take it'),
        ("kind", 'kind = "resend"\nstream = "x"', 'expected no stream, because kind = "resend" does not take it'),
    ],
)
def test_each_kind_of_mistake(tmp_path: Path, key: str, line: str, expected: str) -> None:
    """The line is the one to change, and the words say what to put there."""
    text = SMALLEST if key != "kind" else SMALLEST.replace('kind = "folder"\n', "kind = 'folder'\n")
    file = config(tmp_path, re.sub(r"kind = 'folder'", 'kind="folder"', text), **{key: line})
    message = mistake(file)
    assert expected in message
    assert message.count(str(file)) == 1


def test_a_table_of_the_wrong_name(tmp_path: Path) -> None:
    """Names that could not be part of a file name are refused where they are given."""
    file = config(tmp_path, SMALLEST.replace("[newsletter.morning]", "[newsletter.Morning]"))
    assert mistake(file).startswith(f"{file}, line 8: newsletter.Morning: expected a name of at most 40")


def test_what_is_not_toml(tmp_path: Path) -> None:
    """A syntax error has its line and column; so has one at the end of the file."""
    file = config(tmp_path, title="title = The Morning Tide")
    assert mistake(file) == f"{file}, line 9, column 9: not TOML: invalid value"
    file.write_text('a = "')
    assert mistake(file).startswith(f"{file}, line 1, column 6: not TOML: ")
    file.write_text("[a]\nb = 1\nb = 2\n")
    assert mistake(file).startswith(f"{file}, line 3, column 6: not TOML: cannot overwrite a value")
    file.write_bytes(b'a = 1\nb = "\xe9"\n')
    assert mistake(file) == f"{file}, line 2: expected UTF-8; save the file in that encoding"


def test_a_file_from_windows(tmp_path: Path) -> None:
    """A byte order mark and CRLF are no mistake, and lines are counted as an editor counts them."""
    file = config(tmp_path, title="title = 5")
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert mistake(file).startswith(f"{file}, line 9: newsletter.morning.title")


def test_no_such_file(tmp_path: Path) -> None:
    """A missing file and a folder are named."""
    assert mistake(tmp_path / "absent.toml").startswith(f"{tmp_path / 'absent.toml'}: there is no such file")
    assert "cannot be read" in mistake(tmp_path)


def test_mistakes_of_other_layers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake in a variable or an argument names that, not the file below it."""
    file = config(tmp_path, SMALLEST + "[site]\nport = 8024\n")
    assert mistake(file, {"site": {"port": 70_000}}) == (
        "argument site.port: site.port: expected less than or equal to 65535 (it is 70000)"
    )
    monkeypatch.setenv("DIGEST_SITE__PORT", "http")
    assert mistake(file).startswith("environment variable DIGEST_SITE__PORT: site.port: expected a valid integer")
    monkeypatch.setenv("DIGEST_SITE__PORT", "1")
    monkeypatch.setenv("DIGEST_SITE__PROT", "1")
    assert mistake(file).startswith(
        "environment variable DIGEST_SITE__PROT: site.prot: unknown key; did you mean 'port'?"
    )
    monkeypatch.setenv("DIGEST_SIET__PORT", "1")
    assert mistake(file).startswith("environment variable DIGEST_SIET__PORT: unknown; did you mean 'site'? ")


def test_secrets_do_not_belong_in_the_file(tmp_path: Path) -> None:
    """A secret written into config.toml is refused, with the place where it belongs, and is not repeated."""
    for text in ('signing_keys = ["hunter2"]\n' + SMALLEST, SMALLEST.replace("[source", 'token = "hunter2"\n[source')):
        message = mistake(config(tmp_path, text))
        assert "put it into a file of the folder secrets" in message
        assert "hunter2" not in message
    assert "root: unknown key" in mistake(config(tmp_path, 'root = "/"\n' + SMALLEST))


def test_weak_keys(tmp_path: Path) -> None:
    """A signing key that could be guessed is refused with the file's name, and is not repeated."""
    secret(tmp_path, "signing_keys", f"{KEY}\nhunter2\n")
    message = mistake(config(tmp_path))
    assert message.startswith(f"{tmp_path}/secrets/signing_keys: signing_keys[1]: expected at least 32")
    assert "hunter2" not in message


def test_passwords_in_addresses_are_not_repeated(tmp_path: Path) -> None:
    """An address with a password is refused without being shown."""
    file = config(tmp_path, SMALLEST + '[site]\nbase_url = "https://me:hunter2@news.example.org"\n')
    message = mistake(file)
    assert "without a query, a fragment or a password" in message
    assert "hunter2" not in message


def test_settings_never_show_a_secret(tmp_path: Path) -> None:
    """Neither printing nor dumping settings shows a key or a token."""
    secret(tmp_path, "signing_keys", "hunter2" * 7)
    secret(tmp_path, "provider.sandbox.token", "hunter2")
    settings = load(config(tmp_path))
    assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


def test_tokens(tmp_path: Path) -> None:
    """The sandbox needs no token; postmark does, and its absence says where to write it."""
    postmark = SMALLEST + '[provider.postmark]\nkind = "postmark"\n'
    settings = load(config(tmp_path, postmark))
    assert settings.token("sandbox") is None
    with pytest.raises(ConfigError, match=r"secrets/provider\.postmark\.token .*DIGEST_PROVIDER_TOKENS__POSTMARK"):
        settings.token("postmark")
    with pytest.raises(ConfigError, match=r"no account \[provider\.gone\]"):
        settings.token("gone")
    secret(tmp_path, "provider.postmark.token", "t0ken")
    assert load(config(tmp_path, postmark)).token("postmark") == SecretStr("t0ken")


def test_an_account_at_the_sandbox_needs_no_token(tmp_path: Path) -> None:
    """Of whatever kind, at the sandbox's usual address or at that of an account of its kind; a token stays here."""
    tables = (
        '[provider.usual]\nkind = "resend"\nbase_url = "http://127.0.0.1:8025"\n'
        '[provider.inbox]\nkind = "sandbox"\nbase_url = "http://127.0.0.1:7001"\n'
        '[provider.moved]\nkind = "sendgrid"\nbase_url = "http://127.0.0.1:7001"\n'
        '[provider.other]\nkind = "resend"\nbase_url = "http://127.0.0.1:7002"\n'
    )
    secret(tmp_path, "provider.usual.token", "t0ken")
    settings = load(config(tmp_path, SMALLEST + tables))
    assert [name for name in settings.provider if settings.in_sandbox(name)] == ["sandbox", "usual", "inbox", "moved"]
    assert settings.token("usual") is settings.token("moved") is None
    with pytest.raises(ConfigError, match=r"provider\.other\.token"):
        settings.token("other")


def test_a_region_is_an_address() -> None:
    """The region picks the vendor's host; a domain that requests are made for stands in front of their path."""
    assert Provider(kind="sendgrid").address == "https://api.sendgrid.com"
    assert Provider(kind="sendgrid", region="eu").address == "https://api.eu.sendgrid.com"
    mailgun = Provider(kind="mailgun", region="eu", domain="MG.example.org")
    assert mailgun.address == "https://api.eu.mailgun.net/v3/mg.example.org"
    assert Provider(kind="ses", region="eu-west-1").address == "https://email.eu-west-1.amazonaws.com"
    assert Provider(kind="smtp").address == "smtp://127.0.0.1:25"
    assert Provider(kind="resend", base_url="http://127.0.0.1:9").address == "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ('kind = "ses"', 'region: expected one such as "eu-west-1", of the regions of kind = "ses"'),
        ('kind = "ses"\nregion = "eu-wets-1"', "did you mean 'eu-west-1'?"),
        ('kind = "sendgrid"\nregion = "us"', 'expected "" or "eu", the regions of kind = "sendgrid"'),
        ('kind = "mailgun"\nconfiguration_set = "x"', "expected no configuration_set"),
        ('kind = "brevo"\nmerge = true', 'expected no merge, because kind = "brevo" does not take it'),
        ('kind = "mailjet"\nmerge = true', 'expected no merge, because kind = "mailjet" does not take it'),
        ('kind = "smtp"\nbase_url = "https://mail.example.org"', "expected an address that begins with smtp://"),
        ('kind = "smtp"\nbase_url = "smtp://me:hunter2@mail.example.org"', "without a path, a user name or a password"),
        ('kind = "resend"\nbase_url = "smtp://mail.example.org"', "expected an address that begins with https://"),
    ],
)
def test_what_each_kind_is_reached_by(tmp_path: Path, table: str, expected: str) -> None:
    """A region where there are several, a mail server where mail is spoken; merging only where each reader's own
    header fields fit; and no password is repeated.
    """
    message = mistake(config(tmp_path, f"{SMALLEST}[provider.main]\n{table}\n"))
    assert expected in message
    assert "hunter2" not in message


def test_messages_go_out_of_a_stream_or_of_a_project() -> None:
    """What the vendor calls the part of an account is frozen with the edition, under one name for all vendors."""
    assert Provider(kind="postmark", stream="news").outlet == "news"
    assert Provider(kind="scaleway", project="2f6c1f0e").outlet == "2f6c1f0e"
    assert Provider(kind="ses", region="eu-west-1", configuration_set="digests").outlet == "digests"
    assert Provider(kind="ses", region="eu-west-1").outlet == ""


def test_tokens_travel_encrypted(tmp_path: Path) -> None:
    """An account with a token is reached over https, or stays on this machine."""
    postmark = SMALLEST + '[provider.postmark]\nkind = "postmark"\nbase_url = "http://{}"\n'
    assert "line 17: provider.postmark.base_url: expected https://" in mistake(
        config(tmp_path, postmark.format("api.example.org"))
    )
    assert load(config(tmp_path, postmark.format("127.0.0.1:9"))).provider["postmark"].base_url == "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ('kind = "feed"', 'url: expected a value, because kind = "feed" needs url'),
        ('kind = "folder"', 'path: expected a value, because kind = "folder" needs path'),
        ('kind = "feed"\nurl = "ledger.example/rss"', "line 6: source.desk.url: expected an address such as"),
        ('kind = "page"\nurl = "https://u:hunter2@ledger.example"', "without a user name or password"),
        (
            'kind = "feed"\nurl = "https://ledger.example/"\nlist = true',
            'expected no list, because kind = "feed" takes',
        ),
        ('kind = "push"\npath = "x"', 'expected no path, because kind = "push" takes no other key'),
        ('kind = "push"\nwatch = true', 'expected no watch, because kind = "push" takes no other key'),
        ('kind = "fed"', "did you mean 'feed'?"),
    ],
)
def test_each_source_takes_its_own_keys(tmp_path: Path, table: str, expected: str) -> None:
    """What a kind needs and what it cannot use is said with the kind, and a password is not repeated."""
    message = mistake(config(tmp_path, SMALLEST.replace('kind = "folder"\npath = "articles"', table)))
    assert expected in message
    assert "source.desk" in message
    assert "hunter2" not in message


def test_sources_of_every_kind(tmp_path: Path) -> None:
    """Each loads with its keys, and those that it does not name have their defaults."""
    tables = (
        '[source.ledger]\nkind = "feed"\nurl = "https://ledger.example/rss?all=1"\n'
        '[source.town]\nkind = "page"\nurl = "http://127.0.0.1:8000/"\nlist = true\nallow_private = true\n'
        '[source.newsroom]\nkind = "push"\n'
    )
    sources = load(config(tmp_path, SMALLEST + tables)).source
    assert sources["desk"] == Source(kind="folder", path=Path("articles"), watch=True)
    assert (sources["ledger"].url, sources["ledger"].allow_private) == ("https://ledger.example/rss?all=1", False)
    assert (sources["town"].list, sources["town"].allow_private) == (True, True)
    assert sources["newsroom"] == Source(kind="push")


def test_tokens_of_push_sources(tmp_path: Path) -> None:
    """Those of push sources alone, each long and its own; a message shows none of them."""
    tables = '[source.newsroom]\nkind = "push"\n[source.archive]\nkind = "push"\n'
    secret(tmp_path, "source.newsroom.token", "n" * 32)
    secret(tmp_path, "source.desk.token", "d" * 32)
    file = config(tmp_path, SMALLEST + tables)
    assert load(file).push_tokens() == {"newsroom": "n" * 32}
    secret(tmp_path, "source.archive.token", "n" * 32)
    assert "source.archive.token: source_tokens.archive: expected a token of its own" in mistake(file)
    secret(tmp_path, "source.archive.token", "hunter2")
    message = mistake(file)
    assert "source.archive.token: source_tokens.archive: expected at least 32" in message
    assert "hunter2" not in message


def test_the_first_signing_key(tmp_path: Path) -> None:
    """A checkout without a key gets one that later runs find again; settings that have one stay as they are."""
    file = config(tmp_path)
    first = ensure_signing_key(load(file))
    assert len(first.signing_keys) == 1
    assert load(file).signing_keys == first.signing_keys
    assert ensure_signing_key(first) is first


@pytest.mark.parametrize(
    ("kind", "line", "expected"),
    [
        ("postmark", 'on_unknown = "keyed"', 'expected "hold" or "resend", because kind = "postmark" remembers no key'),
        ("postmark", 'on_unknown = "again"', "'hold', 'keyed' or 'resend'"),
        ("resend", 'resend_after = "119m"', "greater than or equal to 2 hours"),
    ],
)
def test_what_is_done_about_unanswered_requests(tmp_path: Path, kind: str, line: str, expected: str) -> None:
    """A policy that the vendor cannot keep is refused when the program starts, and so is a grace below two hours."""
    text = f'{SMALLEST}\n[provider.main]\nkind = "{kind}"\n{line}\n'
    assert expected in mistake(config(tmp_path, text))


def test_policies_for_unanswered_requests(tmp_path: Path) -> None:
    """Without a word an account holds; one that remembers keys may use them; any may send again."""
    text = f"""{SMALLEST}
[provider.first]
kind = "resend"
on_unknown = "keyed"

[provider.second]
kind = "postmark"
on_unknown = "resend"
resend_after = "3h"
"""
    settings = load(config(tmp_path, text))
    assert [settings.provider[name].on_unknown for name in ("sandbox", "first", "second")] == [
        "hold",
        "keyed",
        "resend",
    ]
    assert settings.provider["second"].resend_after == timedelta(hours=3)
