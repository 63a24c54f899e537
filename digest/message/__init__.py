"""The compiled message: an edition rendered once, from which each reader's selection is joined and filled.

Everything a worker needs to make a message for one subscriber; imports no template engine.
"""

from __future__ import annotations

from digest.message.compiled import CompiledEdition, CompiledMessage, Message, SentTo
from digest.message.selection import (
    DERIVED,
    PREHEADER_LENGTH,
    SUBJECT_LENGTH,
    SUMMARY,
    Chosen,
    Layout,
    Plan,
    Told,
    shorten,
)
from digest.message.slots import LONGEST, Context, Form, Section, Slot, Slotted

__all__ = [
    "DERIVED",
    "LONGEST",
    "PREHEADER_LENGTH",
    "SUBJECT_LENGTH",
    "SUMMARY",
    "Chosen",
    "CompiledEdition",
    "CompiledMessage",
    "Context",
    "Form",
    "Layout",
    "Message",
    "Plan",
    "Section",
    "SentTo",
    "Slot",
    "Slotted",
    "Told",
    "shorten",
]
