"""A small part of what `make eval` tries: every parser on generated inputs."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

_SPEC = spec_from_file_location("generated", Path(__file__).parents[1] / "benchmarks" / "generated.py")
assert _SPEC is not None
generated = module_from_spec(_SPEC)
sys.modules["generated"] = generated
assert _SPEC.loader is not None
_SPEC.loader.exec_module(generated)


@pytest.mark.parametrize("parser", generated.PARSERS)
def test_generated_inputs(parser: str) -> None:
    """Each has a result that keeps its promises, or a SourceError; two runs agree; and not all are refused."""
    task = (parser, 0, 100)
    name, count, refused, results, _ = generated.tried(task)
    assert (name, count) == (parser, 100)
    assert refused < 95
    assert generated.tried(task)[3] == results


def test_an_exception_is_told_with_its_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is not ours ends the run, and names parser, seed and text."""

    def broken(text: str) -> object:
        raise KeyError(text)

    monkeypatch.setitem(generated.PARSERS, "address", ("host", broken))
    with pytest.raises(AssertionError, match="address, seed 7: KeyError for"):
        generated.tried(("address", 7, 1))
