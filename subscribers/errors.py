"""Every error that this package raises on purpose; each message is meant for a person.

::

    SubscriberError
    ├── AddressError         an e-mail address that cannot be mailed
    ├── DetailError          a name, language, zone, date or state that cannot be used
    ├── BadToken             an unsubscribe token that this installation did not make
    ├── ImportRefused        a whole file that cannot be imported; single bad rows are no error
    └── UnknownSubscriber    nobody of that id is on the roll
"""

from __future__ import annotations


class SubscriberError(Exception):
    """The root: an expected failure whose message says what to do next."""


class AddressError(SubscriberError):
    """The text is not an e-mail address that a mail API would carry."""


class DetailError(SubscriberError):
    """A detail beside the address cannot be used."""


class BadToken(SubscriberError):
    """The token was not made by this installation, or not by a key that it still has."""


class ImportRefused(SubscriberError):
    """The file as a whole cannot be imported; nothing of it was."""


class UnknownSubscriber(SubscriberError):
    """Nobody of that id is on the roll."""
