"""Every error that this program raises on purpose.

Each message says what was expected and what to do next. The command line maps a class to
its exit code and prints the message; anything outside this tree is a defect.

::

    DigestError                      exit 1
    ├── ConfigError                  exit 2   config.toml, secrets or environment
    ├── UsageError                   exit 2   a value on the command line
    ├── FindingsBlock                exit 3   error findings stand and nobody overrode them
    ├── SourceError                           an article or a source that cannot be read
    │   ├── InvalidPush                       a pushed article, with what is wrong in each field
    │   └── PictureError                      a picture that cannot be shown; its story goes out without it
    ├── KeyTaken                              a push under the key of another one
    ├── RenderError                           a template or a message that cannot be compiled
    ├── StorageError                          the database refused, is full, locked or of another version
    │   └── DatabaseAway                      it cannot be reached just now, or gave way: trying again may help
    ├── NotFound                              no edition, newsletter or delivery of that name
    ├── NobodyToMail                          the roll of the newsletter is empty
    ├── WrongState                            the edition's state does not allow this
    ├── ProviderError                         the mail API or its account cannot be used
    │   ├── AccountPaused                     credentials, sender or quota: nobody is failed for it
    │   └── Forged                            a webhook that its provider did not sign
    └── AlreadyRunning                        another process holds what this one needs
"""

from __future__ import annotations


class DigestError(Exception):
    """The root: an expected failure whose message is meant for a person."""

    exit_code = 1


class ConfigError(DigestError):
    """config.toml, a secrets file, the environment or an argument holds something that cannot be used."""

    exit_code = 2


class UsageError(DigestError):
    """A value on the command line that cannot be used."""

    exit_code = 2


class FindingsBlock(DigestError):
    """Error findings stand in the way of a send and were not overridden."""

    exit_code = 3


class SourceError(DigestError):
    """An article or a whole source that cannot be read; the others go on."""


class InvalidPush(SourceError):
    """A pushed article that cannot be taken; `fields` says what is wrong with each."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {what}" if field else what for field, what in fields.items()))
        self.fields = fields


class PictureError(SourceError):
    """A picture that cannot be shown; its story goes out without it."""


class KeyTaken(DigestError):
    """The key of a push belongs to an earlier one that said something else."""


class RenderError(DigestError):
    """A template, or a message made from it, that breaks a rule of rendering."""


class StorageError(DigestError):
    """The database refused, is full, is locked by somebody else or has another version."""


class DatabaseAway(StorageError):
    """The database cannot be reached just now, or let another transaction go first: trying again may help."""


class NotFound(DigestError):
    """There is no edition, newsletter, subscriber or delivery of that name."""


class NobodyToMail(DigestError):
    """Nobody is on the roll of the newsletter; its edition waits."""


class WrongState(DigestError):
    """The edition is in a state that does not allow what was asked."""


class ProviderError(DigestError):
    """The mail API cannot be used as configured."""


class AccountPaused(ProviderError):
    """The provider refused the account (credentials, sender, quota); no reader is failed for it."""


class Forged(ProviderError):
    """A webhook without the proof that its provider sent it, just now and for this account."""


class AlreadyRunning(DigestError):
    """Another process holds the port or the folder that this one needs."""
