"""How commands open accounts that are not reached by a token over HTTPS alone."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink as Taking
from letters import PLAIN, reader

from digest.cli.house import House
from digest.delivery.submission import Submission
from digest.delivery.transport import Account, Silence
from digest.errors import ConfigError
from digest.model import OutcomeKind
from digest.providers.base import Answer, Merging
from digest.settings import load


def house(folder: Path, table: str, token: str = "") -> House:
    (folder / "config.toml").write_text(table, "utf-8")
    (folder / "secrets").mkdir(mode=0o700)
    if token:
        file = folder / "secrets" / "provider.main.token"
        file.write_text(token)
        file.chmod(0o600)
    return House(load(folder / "config.toml"))


@pytest.fixture
def port() -> Iterator[int]:
    """Of a mail server that takes everything."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        found: int = free.getsockname()[1]
    controller = Controller(Taking(), hostname="127.0.0.1", port=found)
    controller.start()
    yield found
    controller.stop()


def test_a_mail_server_on_this_machine_needs_no_token(tmp_path: Path, port: int) -> None:
    """Its address alone is enough, and a message is taken."""
    opened = house(tmp_path, f'[provider.main]\nkind = "smtp"\nbase_url = "smtp://127.0.0.1:{port}"\n')
    with opened.account("main") as account:
        assert isinstance(account, Submission)
        answer = account.post(account.adapter.call([account.adapter.wire(PLAIN).message(reader(0))], key="k-1"))
    assert isinstance(answer, Answer)
    (outcome,) = account.adapter.outcomes(["7-0-0f"], answer)
    assert outcome.kind is OutcomeKind.ACCEPTED


def test_requests_to_amazon_are_signed_for_their_region(tmp_path: Path) -> None:
    """The scope of the signature names the region of the settings, wherever `base_url` leads."""
    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        table = f'[provider.main]\nkind = "ses"\nregion = "eu-north-1"\nbase_url = "{address}"\ntimeout = "2s"\n'
        with house(tmp_path, table, "AKID:s3cret").account("main") as account:
            listener.settimeout(20)

            def answer() -> None:
                connection, _ = listener.accept()
                with connection:
                    seen.append(connection.recv(65536))

            thread = threading.Thread(target=answer)
            thread.start()
            silence = account.post(account.adapter.call([account.adapter.wire(PLAIN).message(reader(0))], key="k-1"))
            thread.join(20)
    assert isinstance(silence, Silence)
    (request,) = seen
    assert b"/eu-north-1/ses/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=" in request
    assert b"s3cret" not in request


def test_half_a_key_opens_no_account(tmp_path: Path) -> None:
    """It is said before an edition depends on it."""
    opened = house(tmp_path, '[provider.main]\nkind = "ses"\nregion = "eu-north-1"\n', "AKID")
    with pytest.raises(ConfigError, match="KEY_ID:SECRET"), opened.account("main"):
        pass


@pytest.mark.parametrize("merge", [True, False])
def test_an_account_merges_when_it_is_told_to(tmp_path: Path, merge: bool) -> None:
    """And only then."""
    table = '[provider.main]\nkind = "sendgrid"\n' + ("merge = true\n" if merge else "")
    with house(tmp_path, table, "t0ken").account("main") as account:
        assert isinstance(account, Account)
        assert isinstance(account.adapter, Merging) is merge
