"""The client support matrix: what a message uses, held against what mail clients were tested to support.

The facts are in `support.json`, made by `tools/client_support.py`; `allowed.toml` says which clients count and
which gaps are accepted, each with its reason.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from digest.model import Finding, Severity
from digest.rendering.checks.features import Use, features
from digest.rendering.checks.proof import Proof, finding

EXPECTED = 90.0
"""Percent: the support score that a template reaches; hand-written ones of other projects have 57 to 85."""

Votes = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Feature:
    """A row of the table."""

    title: str
    latest: Mapping[str, str]
    """`family.platform` → y yes, a partly, n no, u or - unknown: the last tested version."""
    votes: Votes
    """Yes, partly and no among all tested versions of all clients."""


@dataclass(frozen=True, slots=True)
class Table:
    """What mail clients support, and what of it a message may do without."""

    updated: str
    """ISO date of the data."""
    features: Mapping[str, Feature]
    clients: Mapping[str, str]
    """The clients that count: `family.platform` → what people call it."""
    allowed: Mapping[str, Mapping[str, str]]
    """Feature → client → why it is no loss there."""

    def unsupported(self, feature: str) -> list[str]:
        """The clients that count, do not support the feature, and are not excused."""
        latest, excused = self.features[feature].latest, self.allowed.get(feature, {})
        return [client for client in self.clients if latest.get(client) == "n" and client not in excused]


@cache
def table() -> Table:
    """The facts and the policy, read once."""
    folder = files("digest.rendering.checks")
    facts = json.loads(folder.joinpath("support.json").read_text("utf-8"))
    policy = tomllib.loads(folder.joinpath("allowed.toml").read_text("utf-8"))
    allowed: dict[str, dict[str, str]] = {}
    for entry in policy["allowed"]:
        for feature in entry["features"]:
            allowed.setdefault(feature, {}).update(dict.fromkeys(entry["clients"], entry["reason"]))
    return Table(
        updated=facts["updated"],
        features={
            slug: Feature(row["title"], dict(zip(facts["clients"], row["latest"], strict=True)), tuple(row["votes"]))
            for slug, row in facts["features"].items()
        },
        clients=policy["clients"],
        allowed=allowed,
    )


def check_support(proof: Proof) -> Iterator[Finding]:
    """`client-support` for each new gap, one finding for each feature; `support-score` for the whole."""
    facts = table()
    used = features(proof, frozenset(facts.features))
    for name, use in used.items():
        clients = facts.unsupported(name)
        if clients:
            yield finding(
                "client-support",
                Severity.ERROR,
                f"{', '.join(facts.clients[client] for client in clients)} "
                f"{'does' if len(clients) == 1 else 'do'} not support {facts.features[name].title}.",
                f"Do without it, or use what https://www.caniemail.com/features/{name}/ says they support.",
                use.first,
            )
    score = support_score(used, max(1, len(proof.elements)))
    if score < EXPECTED:
        yield finding(
            "support-score",
            Severity.WARNING,
            f"The support score is {score:.1f}; {EXPECTED:g} or more is expected.",
            f"Use less of {_worst(used)}, or what more clients support in its place.",
        )


def support_score(used: Mapping[str, Use], nodes: int) -> float:
    """How much of a message is supported everywhere, in percent, after the formula of Mailpit's HTML check.

    `100 - max(partly) - max(not)` over the features used: *not* is the share of all tested client versions that
    do not support the feature, times its uses for each element of the message; *partly* the share that supports it
    partly, times the uses that meet what is not covered (Mailpit counts every use, so that each margin costs what a
    negative one does). A use is an element or a style block that was not inlined; a share is one at most.
    """
    partly = max((_weight(name, use.limited / nodes, 1) for name, use in used.items()), default=0.0)
    never = max((_weight(name, use.times / nodes, 2) for name, use in used.items()), default=0.0)
    return 100 - partly - never


def _weight(name: str, share: float, vote: int) -> float:
    votes = table().features[name].votes
    return 100 * votes[vote] / max(1, sum(votes)) * min(1.0, share)


def _worst(used: Mapping[str, Use]) -> str:
    """The title of the feature that costs most."""
    name = max(used, key=lambda each: max(_weight(each, used[each].limited, 1), _weight(each, used[each].times, 2)))
    return table().features[name].title
