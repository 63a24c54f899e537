"""How long to wait, from every kind of field that a vendor answers with."""

from __future__ import annotations

import pytest

from digest.providers.retry_after import retry_after, until_instant, until_reset

NOW = "Mon, 23 Nov 2026 07:00:00 GMT"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("5", 5.0),
        (" 5 ", 5.0),
        ("0.5", 0.5),
        ("0", 0.0),
        ("86400", 3600.0),
        ("9" * 400, None),
        ("-5", None),
        ("5s", None),
        ("٥", None),
        ("", None),
        ("soon", None),
        ("Mon, 23 Nov 2026 07:02:00 GMT", 120.0),
        ("Mon, 23 Nov 2026 06:00:00 GMT", 0.0),
        ("Sun, 23 Nov 2036 07:00:00 GMT", 3600.0),
        ("Mon, 23 Nov 2026 07:02:00", None),
        ("Mon, 99 Nov 2026 07:02:00 GMT", None),
        ("GMT", None),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    """Seconds, or a date that is compared with the answer's own; an hour at most, and nothing made up."""
    assert retry_after({"retry-after": value, "date": NOW}) == seconds


def test_a_date_needs_another() -> None:
    """Without the answer's own date nothing says how far away the other one is."""
    assert retry_after({"retry-after": NOW}) is None
    assert retry_after({"retry-after": NOW, "date": "yesterday"}) is None


def test_the_end_of_a_window() -> None:
    """Counted in seconds, or told as Unix time; the latter is compared with the answer's own date."""
    assert until_reset({"ratelimit-reset": "2"}, "ratelimit-reset") == 2.0
    assert until_reset({}, "ratelimit-reset") is None
    assert until_instant({"x-ratelimit-reset": "1795417230", "date": NOW}, "x-ratelimit-reset") == 30.0
    assert until_instant({"x-ratelimit-reset": "1795417230"}, "x-ratelimit-reset") is None
    assert until_instant({"x-ratelimit-reset": "soon", "date": NOW}, "x-ratelimit-reset") is None
