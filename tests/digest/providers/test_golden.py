"""The requests of every adapter as they were when the vendors' specifications found them valid.

`benchmarks/vendor_specs.py --golden tests/digest/providers/golden` writes them anew, only when they still are. Brevo,
Mailjet and Scaleway have no specification there: theirs were compared with the vendors' documents by reading. What
ends in `-merged` has one body for many readers.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from letters import LETTERS, reader

from digest.providers import ADAPTERS, adapter_of
from digest.providers.base import Merging

GOLDEN = Path(__file__).parent / "golden"
KINDS = sorted(path.stem for path in GOLDEN.glob("*.json"))


def test_each_belongs_to_an_adapter() -> None:
    """None is left over from an adapter that is gone, and the file is named by the kind."""
    assert {kind.removesuffix("-merged") for kind in KINDS} == {adapter.name for adapter in ADAPTERS.values()} - {
        "smtp"
    }


@pytest.mark.parametrize("letter", ["plain", "unicode", "chosen"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_request_is_the_one_that_was_judged(kind: str, letter: str) -> None:
    """Byte for byte, fields and body, for one reader or for two where a call takes them."""
    adapter = adapter_of(kind.removesuffix("-merged"), merge=kind.endswith("-merged"))
    if isinstance(adapter, Merging) and LETTERS[letter].plan.stories:
        letter = "plain"  # one body has one selection
    wire, plan = adapter.wire(LETTERS[letter]), LETTERS[letter].plan
    chosen = [plan.choose(), plan.choose([1] if plan.stories else None)]
    count = min(2, adapter.capabilities.max_readers)
    made = adapter.call([wire.message(reader(number), chosen[number]) for number in range(count)], key="k-1")
    expected = json.loads((GOLDEN / f"{kind}.json").read_text("utf-8"))[letter]
    assert json.loads(json.dumps(made._replace(body=b"")._asdict() | {"body": made.body.decode()})) == expected
