"""News digests from articles' quick takes and key quotes, sent to every subscriber exactly once."""

__version__ = "0.1.0"
