"""What the DNS says of a sender's domain, and what mailbox providers make of it."""

from digest.dns.examine import Examined, Setup, examine
from digest.dns.resolver import Found, Resolve, Resolver

__all__ = ["Examined", "Found", "Resolve", "Resolver", "Setup", "examine"]
