"""Where the database is: a file, or an address whose password is kept elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.errors import ConfigError
from digest.settings import load


def write(folder: Path, url: str) -> Path:
    file = folder / "config.toml"
    file.write_text(f'[storage]\nurl = "{url}"\n')
    return file


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://digest@db.example.org:5432/digest",
        "postgresql://db.example.org/digest?sslmode=verify-full",
        "postgresql:///digest?host=/run/postgresql",
    ],
)
def test_the_address_of_a_postgresql_database(tmp_path: Path, url: str) -> None:
    """It takes the place of the file; the folder stays for what is no table."""
    settings = load(write(tmp_path, url))
    assert settings.database_place == url
    assert settings.storage_folder == tmp_path / "var"


def test_without_an_address_it_is_a_file(tmp_path: Path) -> None:
    """In the folder, beside config.toml."""
    (tmp_path / "config.toml").touch()
    assert load(tmp_path / "config.toml").database_place == tmp_path / "var" / "digest.sqlite3"


@pytest.mark.parametrize(
    "url", ["postgresql://digest:sesame@db.example.org/digest", "postgresql:///digest?host=db&password=sesame"]
)
def test_a_password_in_the_file_is_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    """The message names the places where it may be, and not the password."""
    with pytest.raises(ConfigError, match=r"without a password.*database_password.*pgpass") as told:
        load(write(tmp_path, url))
    assert "sesame" not in str(told.value)


@pytest.mark.parametrize("url", ["mysql://db/digest", "postgresql://db", "postgresql://db:port/digest", "digest"])
def test_another_address_is_refused(tmp_path: Path, url: str) -> None:
    """What is no PostgreSQL database's is told with an example."""
    with pytest.raises(ConfigError, match="expected an address such as postgresql://"):
        load(write(tmp_path, url))


def test_the_password_comes_from_a_secret_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment counts more; neither is shown by a repr; as a key of config.toml it is refused."""
    file = write(tmp_path, "postgresql://db/digest")
    (tmp_path / "secrets").mkdir()
    secret = tmp_path / "secrets" / "database_password"
    secret.write_text("open sesame\n")
    secret.chmod(0o600)
    password = load(file).database_password
    assert password is not None
    assert password.get_secret_value() == "open sesame"
    assert "sesame" not in repr(load(file))

    monkeypatch.setenv("DIGEST_DATABASE_PASSWORD", "other")
    password = load(file).database_password
    assert password is not None
    assert password.get_secret_value() == "other"

    file.write_text('database_password = "sesame"\n')
    with pytest.raises(ConfigError, match=r"a secret is no key of config\.toml") as told:
        load(file)
    assert "sesame" not in str(told.value)
