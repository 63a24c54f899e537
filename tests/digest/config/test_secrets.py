"""The folder of secrets: what is read, what is refused, and how the first signing key is made."""

from __future__ import annotations

import multiprocessing
import stat
from pathlib import Path

import pytest

from digest.config.secrets import SHORTEST_KEY, create_signing_keys, read_secrets
from digest.errors import ConfigError


def write(file: Path, text: str, mode: int = 0o600) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    file.chmod(mode)
    return file


def test_no_folder(tmp_path: Path) -> None:
    """A fresh checkout has no folder of secrets, and that is no mistake."""
    assert read_secrets(tmp_path / "secrets").data == {}


def test_secrets_are_read(tmp_path: Path) -> None:
    """Signing keys keep their order; blank lines, line ends and dot files do not matter."""
    write(tmp_path / "signing_keys", "new\r\n\nold\n")
    write(tmp_path / "provider.post-mark.token", " t0ken\n", 0o640)
    write(tmp_path / "source.newsroom.token", "push")
    write(tmp_path / "provider.post-mark.webhook", "new key\nold key\n")
    write(tmp_path / ".gitkeep", "", 0o644)
    assert read_secrets(tmp_path).data == {
        "signing_keys": ["new", "old"],
        "provider_tokens": {"post-mark": "t0ken"},
        "provider_webhooks": {"post-mark": "new key\nold key"},
        "source_tokens": {"newsroom": "push"},
    }


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602])
def test_a_secret_that_everybody_may_touch(tmp_path: Path, mode: int) -> None:
    """A file open to every user of the machine is refused, with the command that closes it and without its text."""
    file = write(tmp_path / "signing_keys", "a-secret", mode)
    with pytest.raises(ConfigError, match=rf"chmod 600 {file}") as refused:
        read_secrets(tmp_path)
    assert "a-secret" not in str(refused.value)


@pytest.mark.parametrize("name", ["signing_key", "provider.token", "provider.a.b.token", "notes.txt"])
def test_unknown_names(tmp_path: Path, name: str) -> None:
    """A misspelt file is named instead of being passed over in silence."""
    file = write(tmp_path / name, "a-secret")
    with pytest.raises(ConfigError, match=rf"{file}: expected a file named signing_keys or provider\.NAME\.token"):
        read_secrets(tmp_path)


def test_empty_and_binary_files(tmp_path: Path) -> None:
    """A file without a secret, and one that is no text, are named."""
    file = write(tmp_path / "signing_keys", "\n")
    with pytest.raises(ConfigError, match="the file is empty"):
        read_secrets(tmp_path)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="expected text"):
        read_secrets(tmp_path)


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    """A folder where a secret should be ends in a message, not in a traceback."""
    (tmp_path / "signing_keys").mkdir(mode=0o700)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_secrets(tmp_path)


def test_the_first_signing_key(tmp_path: Path) -> None:
    """The key is long, nobody else may read it, and nothing but the key is left in the folder."""
    folder = tmp_path / "secrets"
    create_signing_keys(folder)
    (key,) = read_secrets(folder).data["signing_keys"]
    assert len(key) >= SHORTEST_KEY
    assert stat.S_IMODE((folder / "signing_keys").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [file.name for file in folder.iterdir()] == ["signing_keys"]


def test_keys_that_are_there_stay(tmp_path: Path) -> None:
    """Old links depend on the old keys: a second call changes nothing."""
    create_signing_keys(tmp_path)
    before = (tmp_path / "signing_keys").read_bytes()
    create_signing_keys(tmp_path)
    assert (tmp_path / "signing_keys").read_bytes() == before


def test_processes_that_start_together(tmp_path: Path) -> None:
    """Eight processes that all find no key end with the same one."""
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        found = pool.map(create_and_read, [tmp_path] * 8)
    assert len(set(found)) == 1


def create_and_read(folder: Path) -> str:
    create_signing_keys(folder)
    return (folder / "signing_keys").read_text()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """Where no file can be written the message names the other way to give keys."""
    write(tmp_path / "secrets", "a file, not a folder")
    with pytest.raises(ConfigError, match="DIGEST_SIGNING_KEYS"):
        create_signing_keys(tmp_path / "secrets")
