"""What a mail client, a screen reader and a spam filter would hold against a message: no browser, milliseconds."""

from digest.rendering.checks.compiled import proof_of, proof_of_notice
from digest.rendering.checks.desk import check, graded
from digest.rendering.checks.proof import Proof

__all__ = ["Proof", "check", "graded", "proof_of", "proof_of_notice"]
