"""A letter for vendors that want names and addresses in members of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from digest.message import Chosen, Plan, Slot, Slotted
from digest.providers.base import SELECTIONS_KEPT, WHOLE, Filled
from digest.providers.headers import parted
from digest.providers.json_wire import JsonWire
from digest.providers.openers import Openers

_NAME = Slot("reader name", "header")
_ADDRESS = Slot("reader address", "header")

NO_OPENERS = Openers(())

Members = Mapping[str, object]


def reader(named: bool, address: str, name: str) -> Members:
    """The object of one reader, its members called `address` and `name`; no vendor takes an empty name for sure."""
    return {address: Slotted((_ADDRESS,)), **({name: Slotted((_NAME,))} if named else {})}


def sender(mailbox: str, address: str, name: str, written: Callable[[str], str] = str) -> Members:
    """The same of a mailbox that is known; `written` is how the vendor wants names."""
    mail = parted(mailbox)
    return {address: mail.address, **({name: written(mail.name)} if mail.name else {})}


class PartedWire:
    """A JSON object in two shapes: for readers with a name, and for readers without."""

    def __init__(
        self,
        members: Callable[[bool], Members],
        plan: Plan,
        *,
        openers: Openers = NO_OPENERS,
        written: Callable[[str], str] = str,
        addressed: Callable[[str], str] = str,
    ) -> None:
        """`members`: the object for a reader who has a name, or has none.

        `written` and `addressed`: the reader's name and address as the vendor takes them.
        `openers`: kept out of what is filled in; the members have none already.
        """
        self._wires = {named: JsonWire(members(named), plan) for named in (False, True)}
        self._openers = openers
        self._written = written
        self._addressed = addressed
        self._chosen = lru_cache(maxsize=SELECTIONS_KEPT)(openers.chosen)
        self.size = self._wires[True].size

    def message(self, values: Mapping[str, str], chosen: Chosen = WHOLE) -> Filled:
        """Raises RenderError for an address that cannot be written to here."""
        name, address = parted(values["to"])
        openers = self._openers
        if openers.none:
            own = {_NAME.name: self._written(name), _ADDRESS.name: self._addressed(address)}
            return self._wires[bool(name)].message({**values, **own}, chosen)
        filled = {slot: openers.text(value) for slot, value in values.items()}
        filled[_NAME.name] = self._written(openers.text(name))
        filled[_ADDRESS.name] = self._addressed(openers.address(address))
        return self._wires[bool(name)].message(filled, self._chosen(chosen))
