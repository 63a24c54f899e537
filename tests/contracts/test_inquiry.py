"""What every inquiry about an account promises, whatever its vendor answers (`digest.providers.accounts`)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.providers import ADAPTERS
from digest.providers.accounts import INQUIRIES
from digest.providers.accounts.base import Inquiry, Use
from digest.providers.base import Answer

SECRET = "what-nobody-may-see"
USES = [
    Use(),
    Use(sender="tide@news.example.org", stream="broadcast", domain="mg.example.org", project="2f6c1f0e"),
    Use(sender="tide@news.example.org?x=/../", stream="a/../b?c", domain="../x", project="&x=y"),
]

texts = st.text(max_size=9) | st.just(SECRET)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=9,
)
bodies = st.binary(max_size=200) | values.map(lambda value: json.dumps(value).encode())
answers = st.builds(Answer, st.integers(100, 599), st.dictionaries(st.just("x-amzn-errortype"), texts), bodies)

every_inquiry = pytest.mark.parametrize(
    "inquiry", [INQUIRIES[kind] for kind in sorted(INQUIRIES)], ids=sorted(INQUIRIES)
)


def test_only_adapters_are_asked_about() -> None:
    """No inquiry is left over from an adapter that is gone, and only the sandbox has none."""
    assert ADAPTERS.keys() - INQUIRIES.keys() == {"sandbox"}
    assert not INQUIRIES.keys() - ADAPTERS.keys()


@every_inquiry
@pytest.mark.parametrize("use", USES)
def test_a_question_only_reads(inquiry: Inquiry, use: Use) -> None:
    """Each is a GET without a body, or an SMTP command that sends nothing, and stays below its path."""
    for call in inquiry.check(use):
        assert (call.method, call.body) in {("GET", b""), ("MAIL", b""), ("NOOP", b"")}
        assert "/../" not in call.path or call.method == "MAIL"


@every_inquiry
@given(data=st.data())
def test_any_answer_is_read_and_none_is_repeated(inquiry: Inquiry, data: st.DataObject) -> None:
    """Findings in sentences, the same each time, and nothing of what was answered: it may hold keys."""
    use = data.draw(st.sampled_from(USES[:2]))
    given_ = [data.draw(answers) for _ in inquiry.check(use)]
    findings = inquiry.checked(use, given_)
    assert findings == inquiry.checked(use, given_)
    for finding in findings:
        assert finding.code.startswith("account-")
        assert finding.message.endswith((".", "…"))
        assert finding.advice.endswith((".", "…", ";"))
        assert SECRET not in finding.message + finding.advice
