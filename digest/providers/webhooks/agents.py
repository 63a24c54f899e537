"""Programs that open messages and follow links before, or instead of, their reader.

Nothing that a link leads to may depend on who followed it; this only keeps machines out of counts. Where a
vendor judges itself, its word is taken. Else the program's own name decides:

* Apple's Mail Privacy Protection loads every picture in advance and calls itself `Mozilla/5.0` and nothing more
  (SendGrid, "Understanding Apple Mail Privacy Protection and Open Events"; Mailgun, "Open and Click Bot Detection").
* Crawlers, previews and HTTP libraries name themselves (RFC 9110, 10.1.5), as do scanners of mail gateways.

Gmail's and Yahoo's picture proxies are no machines in this sense: they load when their reader opens.
"""

from __future__ import annotations

import re

_PREFETCH = "Mozilla/5.0"
_MACHINE = re.compile(
    r"bot\b|crawl|spider|slurp|preview|scan|headless|phantomjs|selenium|puppeteer|playwright"
    r"|curl/|wget/|python|aiohttp|httpx|go-http-client|okhttp|java/|libwww|httpclient|axios|node-fetch|ruby"
    r"|barracuda|mimecast|proofpoint|urldefense|safelinks|fireeye|trendmicro|sophos|symantec|messagelabs|ironport"
    r"|forcepoint|zscaler|cloudmark|avanan|checkpoint",
    re.IGNORECASE,
)


def is_machine(agent: str) -> bool:
    """Whether the User-Agent is that of a program which no reader sits before. None given says nothing."""
    return agent.strip() == _PREFETCH or bool(_MACHINE.search(agent))
