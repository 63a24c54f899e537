"""A letter for vendors that want a reader's mailbox as one string in ASCII."""

from __future__ import annotations

from collections.abc import Mapping

from digest.errors import RenderError
from digest.message import Chosen, Slot
from digest.providers.base import WHOLE, Filled
from digest.providers.headers import ascii_mailbox, parted
from digest.providers.json_wire import JsonWire

MAILBOX = Slot("reader mailbox", "header")
"""The slot of it."""


class AddressedWire:
    """A wire whose readers are addressed after RFC 2047: encoded words, and no quotation marks."""

    def __init__(self, wire: JsonWire, *, ascii_only: bool = False) -> None:
        """`ascii_only`: the vendor cannot write to an address beyond ASCII."""
        self._wire = wire
        self._ascii_only = ascii_only
        self.size = wire.size

    def message(self, values: Mapping[str, str], chosen: Chosen = WHOLE) -> Filled:
        """Raises RenderError for an address that cannot be written to here."""
        mailbox = parted(values["to"])
        if self._ascii_only and not mailbox.address.isascii():
            raise RenderError(
                "the provider cannot write to an address with letters beyond ASCII, so no message is made for it"
            )
        return self._wire.message({**values, MAILBOX.name: ascii_mailbox(mailbox)}, chosen)
