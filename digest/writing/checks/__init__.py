"""What an editor would ask of a story: one module for each family of findings."""

from digest.writing.checks.desk import check

__all__ = ["check"]
