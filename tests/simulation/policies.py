"""What an operator may choose for requests that were never answered, and what each choice may lead to."""

from __future__ import annotations

from dataclasses import dataclass, field

from .apis import Api, MailjetApi, PostmarkApi, ResendApi


@dataclass(frozen=True)
class Choice:
    """One value of `on_unknown`."""

    name: str
    apis: tuple[Api, ...]
    """The providers that it is tried with, by turns."""
    may_repeat: bool = False
    """A reader whose request was never answered may get a second message."""
    moves: dict[str, set[str]] = field(default_factory=dict)
    """What a delivery may become beside what it may under every policy."""


POLICIES = {
    policy.name: policy
    for policy in (
        Choice("hold", (PostmarkApi(), MailjetApi())),
        Choice("keyed", (ResendApi(),), moves={"unknown": {"in_flight"}}),
        Choice(
            "resend",
            (PostmarkApi(),),
            may_repeat=True,
            moves={
                "unknown": {"pending"},
                "pending": {"unknown", "accepted", "rejected"},
                "in_flight": {"held"},
            },
        ),
    )
}
