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

from digest.providers import ADAPTERS, MERGING, adapter_of

GOLDEN = Path(__file__).parent / "golden"
FILES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(GOLDEN.glob("*.json"))}
CASES = [(file, letter) for file, requests in FILES.items() for letter in requests]


def test_each_belongs_to_an_adapter() -> None:
    """Every kind that is reached by HTTP has one, and none is left over from an adapter that is gone."""
    kinds = {adapter.name for adapter in ADAPTERS.values()} - {"smtp"}
    assert set(FILES) == kinds | {f"{kind}-merged" for kind in MERGING}
    assert {letter for _, letter in CASES} == {"plain", "unicode", "chosen"}


@pytest.mark.parametrize(("file", "letter"), CASES)
def test_the_request_is_the_one_that_was_judged(file: str, letter: str) -> None:
    """Byte for byte, fields and body, for one reader or for two where a call takes them."""
    adapter = adapter_of(file.removesuffix("-merged"), merge=file.endswith("-merged"))
    wire, plan = adapter.wire(LETTERS[letter]), LETTERS[letter].plan
    chosen = [plan.choose(), plan.choose([1] if plan.stories else None)]
    count = min(2, adapter.capabilities.max_readers)
    made = adapter.call([wire.message(reader(number), chosen[number]) for number in range(count)], key="k-1")
    asked = {"method": made.method, "path": made.path, "headers": made.headers, "body": made.body.decode()}
    assert json.loads(json.dumps(asked)) == FILES[file][letter]
