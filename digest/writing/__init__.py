"""Article → story. Pure: no I/O, no clock."""

from digest.writing.story import write

__all__ = ["write"]
