"""The tables of config.toml: every key, what it takes, and its default."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from digest import colours
from digest.colours import DARK_GROUNDS, LIGHT_GROUNDS
from digest.config import values
from digest.config.toml_lines import Key

Font = Literal["serif", "book", "sans", "helvetica", "verdana", "trebuchet", "mono"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Name = Annotated[str, AfterValidator(values.name)]
Whole = Annotated[int, BeforeValidator(values.whole)]
Topic = Annotated[str, AfterValidator(values.topic)]
Percent = Annotated[float, Field(ge=0, le=100)]
Duration = Annotated[timedelta, BeforeValidator(values.duration)]
Line = Annotated[str, AfterValidator(values.line)]
Lines = Annotated[str, AfterValidator(values.lines)]
Address = Annotated[str, AfterValidator(values.address)]
BaseUrl = Annotated[str, AfterValidator(values.base_url)]
WebAddress = Annotated[str, AfterValidator(values.web_address)]

SES_REGIONS = (
    "af-south-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2",
    "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6",
    "ap-southeast-7", "ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1",
    "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1", "mx-central-1",
    "sa-east-1", "us-east-1", "us-east-2", "us-gov-east-1", "us-gov-west-1", "us-west-1", "us-west-2",
)  # fmt: skip
"""Where Amazon has SES v2: the endpoints of botocore 1.44."""
PROVIDER_ADDRESSES: Mapping[str, Mapping[str, str]] = {
    "sandbox": {"": "http://127.0.0.1:8025"},
    "postmark": {"": "https://api.postmarkapp.com"},
    "resend": {"": "https://api.resend.com"},
    "sendgrid": {"": "https://api.sendgrid.com", "eu": "https://api.eu.sendgrid.com"},
    "mailgun": {"": "https://api.mailgun.net", "eu": "https://api.eu.mailgun.net"},
    "brevo": {"": "https://api.brevo.com"},
    "mailjet": {"": "https://api.mailjet.com", "us": "https://api.us.mailjet.com"},
    "scaleway": {"": "https://api.scaleway.com/transactional-email/v1alpha1/regions/fr-par"},
    "ses": {region: f"https://email.{region}.amazonaws.com" for region in SES_REGIONS},
    "smtp": {"": "smtp://127.0.0.1:25"},
}
"""Where each kind of provider is reached in each of its regions, unless `base_url` says otherwise."""
KEYS_OF_PROVIDERS: Mapping[str, tuple[str, ...]] = {
    "sandbox": ("stream",),
    "postmark": ("stream",),
    "sendgrid": ("region", "merge"),
    "mailgun": ("domain", "region", "merge"),
    "mailjet": ("region",),
    "scaleway": ("project", "topics"),
    "ses": ("region", "configuration_set", "merge", "topics"),
}
"""What a kind of provider takes beside the keys that all take."""
WITHOUT_TOKEN = frozenset({"sandbox", "smtp"})
"""Kinds whose accounts may do without one. SMTP shows one to nobody but who is on this machine or has a certificate."""
KEYED = ("resend", "brevo")
"""Kinds of provider that take nothing twice under one key, as `on_unknown = "keyed"` needs."""
SHORTEST_GRACE = timedelta(hours=2)
"""Before that, most signs of what was taken may still be on their way."""
KEYS_OF_SOURCES = {
    "folder": ("path", "watch"),
    "feed": ("url", "allow_private"),
    "page": ("url", "list", "allow_private"),
    "push": (),
}
"""Each kind of source, which is a file of `digest.sources`, and what it takes beside `kind`."""


def _readable_on(grounds: Mapping[str, str], scheme: str) -> Callable[[str | None], str | None]:
    """A check that a colour can be read on each of the grounds of a scheme."""

    def check(colour: str | None) -> str | None:
        if colour is None:
            return None
        if not colours.is_colour(colour):
            raise ValueError('expected a colour such as "#A3241B"')
        ratio, ground = colours.weakest(colour, grounds.values())
        if ratio < colours.READABLE:
            raise ValueError(
                f"expected a contrast of {colours.READABLE} or more with every ground of the {scheme} scheme; "
                f"on {ground} it has {ratio:.2f}, and the nearest colour that passes is "
                f'"{colours.readable(colour, grounds.values())}"'
            )
        return colour.upper()

    return check


class Section(BaseModel):
    """A table of config.toml: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Site(Section):
    """Where readers reach this installation."""

    base_url: BaseUrl = "http://127.0.0.1:8024"
    """Public address, without a trailing slash; links in e-mails begin with it."""
    host: Line = "127.0.0.1"
    port: Whole = Field(default=8024, ge=0, le=65535)


class Storage(Section):
    """Where everything that must survive is kept."""

    folder: Path = Path("var")
    """Relative to config.toml. The database is `digest.sqlite3` in it, unless there is a `url`."""
    url: Annotated[str | None, AfterValidator(lambda url: url and values.database_url(url))] = None
    """Of a PostgreSQL database, which workers on several hosts can share."""


class Delivery(Section):
    """How the roll is sent."""

    batch_readers: Whole = Field(default=500, ge=1, le=1000)
    batch_bytes: Whole = Field(default=16_000_000, ge=100_000)
    concurrency: Whole = Field(default=2, ge=1, le=32)
    """Requests in flight in one process."""
    processes: Whole = Field(default=0, ge=0, le=64)
    """Sending processes; 0 for one on each processor, see `digest.delivery.crew`."""
    lease: Duration = timedelta(seconds=180)
    """A claim or a flight older than this, by the database's clock, is taken to be dead."""


class Provider(Section):
    """An account at a transactional-mail API."""

    kind: Annotated[str, AfterValidator(lambda kind: values.one_of(kind, PROVIDER_ADDRESSES))]
    region: str = Field(default="", validate_default=True)
    """Where the vendor keeps the account, if it has more than one place; empty for the first."""
    base_url: Annotated[str, AfterValidator(values.provider_url)] = Field(
        default_factory=lambda known: PROVIDER_ADDRESSES.get(known.get("kind", ""), {}).get(known.get("region", ""), "")
    )
    domain: Annotated[str | None, AfterValidator(lambda domain: domain and values.domain(domain))] = Field(
        default=None, validate_default=True
    )
    """The sending domain, where requests name it."""
    project: Annotated[str | None, AfterValidator(lambda project: project and values.line(project))] = Field(
        default=None, validate_default=True
    )
    """The id of the project that messages are made in, where requests name one."""
    stream: Line = "broadcast"
    configuration_set: Annotated[str, AfterValidator(lambda name: name and values.line(name))] = ""
    """What the vendor does with messages beside delivering them; empty for what is the account's default."""
    merge: bool = False
    """Readers who get the same share one body, which the vendor fills; see `digest.providers.merging`."""
    timeout: Duration = timedelta(seconds=60)
    """Total time for one request; under half the lease."""
    topics: Annotated[tuple[Topic, ...], BeforeValidator(values.listed)] = ()
    """The ARNs of the topics that may report on the account."""
    readers_per_second: Annotated[float | None, Field(gt=0)] = None
    """The most that the account is used at, by all processes together; the vendor's limit, if it has one."""
    requests_per_second: Annotated[float | None, Field(gt=0)] = None
    on_unknown: Literal["hold", "keyed", "resend"] = "hold"
    """What is done by itself for readers whose request was never answered; see `digest.delivery.reconcile`."""
    resend_after: Duration = Field(default=SHORTEST_GRACE, ge=SHORTEST_GRACE)
    """How long `on_unknown = "resend"` waits for a sign that they were taken after all."""

    @property
    def address(self) -> str:
        """What the paths of the adapter's calls follow."""
        return f"{self.base_url}/v3/{self.domain}" if self.domain else self.base_url

    @property
    def outlet(self) -> str:
        """The part of the account that messages go out of: its project, its configuration set, or its stream."""
        return self.configuration_set if self.kind == "ses" else self.project or self.stream

    @field_validator("region", "domain", "project", "stream", "configuration_set", "merge", "topics")
    @classmethod
    def _belongs_to_kind(cls, value: object, info: ValidationInfo) -> object:
        kind, field = info.data.get("kind", ""), info.field_name or ""
        takes = KEYS_OF_PROVIDERS.get(kind, ())
        if value and kind and field not in takes:
            raise ValueError(f'expected no {field}, because kind = "{kind}" does not take it')
        if value is None and field in takes:
            raise ValueError(f'expected a value, because kind = "{kind}" needs {field}')
        if field == "region" and value not in PROVIDER_ADDRESSES.get(kind, {value: ""}):
            regions = PROVIDER_ADDRESSES[kind]
            few = len(regions) < 4
            known = " or ".join(f'"{region}"' for region in regions) + "," if few else 'one such as "eu-west-1", of'
            raise ValueError(
                f'expected {known} the regions of kind = "{kind}"{values.nearest(str(value), regions).rstrip(".")}'
            )
        return value

    @field_validator("on_unknown")
    @classmethod
    def _has_keys(cls, value: str, info: ValidationInfo) -> str:
        kind = info.data.get("kind", "")
        if value == "keyed" and kind and kind not in KEYED:
            raise ValueError(f'expected "hold" or "resend", because kind = "{kind}" remembers no key of a request')
        return value

    @field_validator("base_url")
    @classmethod
    def _token_stays_secret(cls, value: str, info: ValidationInfo) -> str:
        kind = info.data.get("kind")
        mail = urlsplit(value).scheme in ("smtp", "smtps")
        if kind and mail != (kind == "smtp"):
            raise ValueError(
                f"expected an address that begins with {'smtp:// or smtps://' if kind == 'smtp' else 'https://'}, "
                f'because kind = "{kind}" is reached by it'
            )
        if kind not in WITHOUT_TOKEN and not value.startswith("https:") and not values.is_loopback(value):
            raise ValueError("expected https://, because each request carries the account's token")
        return value


class Health(Section):
    """When addresses are given up, and when complaints stop an edition."""

    soft_bounces: Whole = Field(default=3, ge=1, le=100)
    """Editions that an address could not take for now, after which it is not mailed again."""
    soft_bounce_window: Duration = timedelta(days=14)
    """Within this time."""
    complaint_warning: Percent = 0.10
    """Complaints in percent of accepted messages that an operator is told of."""
    complaint_pause: Percent = 0.30
    """From here on a sending edition waits for a person; 0 for never."""
    complaint_floor: Whole = Field(default=1_000, ge=1)
    """Accepted messages below which a rate says nothing."""


class Source(Section):
    """Where articles come from."""

    kind: Annotated[str, AfterValidator(lambda kind: values.one_of(kind, KEYS_OF_SOURCES))]
    path: Path | None = Field(default=None, validate_default=True)
    """Of a folder."""
    watch: bool = True
    """Files of the folder are read as they arrive, to say at once what is wrong with them."""
    url: WebAddress | None = Field(default=None, validate_default=True)
    """Of a feed or a page."""
    list: bool = False
    """The page holds links to articles and is none itself."""
    allow_private: bool = False
    """`url` may be on this machine or a private network."""

    @field_validator("path", "watch", "url", "list", "allow_private")
    @classmethod
    def _belongs_to_kind(cls, value: object, info: ValidationInfo) -> object:
        kind, field = info.data.get("kind"), info.field_name or ""
        takes = KEYS_OF_SOURCES.get(kind or "", (field,))
        if value and field not in takes:
            raise ValueError(
                f'expected no {field}, because kind = "{kind}" takes {" and ".join(takes) or "no other key"}'
            )
        if value is None and field in takes and kind:
            raise ValueError(f'expected a value, because kind = "{kind}" needs {field}')
        return value


class Schedule(Section):
    """When an edition is due, by the clocks of one zone."""

    days: Annotated[tuple[Weekday, ...], BeforeValidator(values.listed), Field(min_length=1)]
    at: Annotated[time, BeforeValidator(values.wall_time)]
    zone: Annotated[ZoneInfo, BeforeValidator(values.zone)]
    grace: Duration = timedelta(hours=2)
    """An edition overdue by more than this waits for a person."""

    @property
    def weekdays(self) -> frozenset[int]:
        """`days` as in `date.weekday`: Monday is 0."""
        return frozenset(WEEKDAYS.index(day) for day in self.days)


class Brand(Section):
    """What makes a newsletter look like itself."""

    logo: str | None = None
    """A PNG or JPEG file, relative to config.toml, or its https address."""
    logo_alt: Annotated[str, AfterValidator(lambda text: text and values.line(text))] = ""
    """What the logo says; the title, unless it says something else."""
    logo_width: Whole = Field(default=240, ge=40, le=528)
    """Pixels of the e-mail."""
    logo_height: Whole | None = Field(default=None, ge=10, le=264)
    """Pixels of the e-mail; None: that of the file, which is measured."""
    accent: Annotated[str, AfterValidator(_readable_on(LIGHT_GROUNDS, "light"))] = "#A3241B"
    accent_dark: Annotated[str | None, AfterValidator(_readable_on(DARK_GROUNDS, "dark"))] = None
    """None: made from `accent`."""
    heading_font: Font = "serif"
    text_font: Font = "sans"
    footer: Annotated[str, AfterValidator(lambda text: text and values.line(text))] = ""

    @field_validator("logo")
    @classmethod
    def _is_picture(cls, value: str | None) -> str | None:
        if value is None or value.startswith("https://"):
            return value if value is None else values.web_address(value)
        if "://" in value or not value.lower().endswith((".png", ".jpg", ".jpeg")):
            raise ValueError("expected the path of a .png or .jpg file, or an https:// address")
        return value


class Newsletter(Section):
    """A publication."""

    title: Line
    tagline: Annotated[str, AfterValidator(lambda text: text and values.line(text))] = ""
    from_name: Line
    from_address: Address
    reply_to: Address | None = None
    list_id: Annotated[str, AfterValidator(values.list_id)]
    postal_address: Lines
    provider: str = "sandbox"
    spares: dict[Name, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    """Further accounts: how many batches each carries for one of the first's; 0 where it only steps in."""
    sources: Annotated[tuple[str, ...], BeforeValidator(values.listed), Field(min_length=1)]
    template: Name = "digest"
    language: Annotated[str, AfterValidator(values.language)] = "en"
    """BCP 47 tag."""
    languages: Annotated[
        tuple[Annotated[str, AfterValidator(values.language)], ...], BeforeValidator(values.listed)
    ] = ()
    """Other languages that our own words are said in, to readers who wish it; stories keep theirs."""
    why: Annotated[str, AfterValidator(lambda text: text and values.line(text))] = ""
    """Why readers get this, in their words; a default sentence names the title and the address."""
    max_stories: Whole = Field(default=8, ge=1, le=60)
    reading_minutes: Literal[1, 3, 7] | None = None
    """How long reading an edition may take, at 238 words a minute; None: as long as it takes."""
    max_age: Duration | None = None
    """Older articles stay out; None takes articles of any age."""
    on_error: Literal["leave-out", "hold"] = "leave-out"
    approval: Literal["automatic", "by-hand"] = "by-hand"
    checks: dict[str, Literal["error", "warning", "info", "off"]] = Field(default_factory=dict)
    brand: Brand = Brand()
    schedule: Schedule | None = None


TABLES: dict[Key, type[BaseModel]] = {
    ("site",): Site,
    ("storage",): Storage,
    ("delivery",): Delivery,
    ("health",): Health,
    ("provider", "NAME"): Provider,
    ("source", "NAME"): Source,
    ("newsletter", "NAME"): Newsletter,
    ("newsletter", "NAME", "brand"): Brand,
    ("newsletter", "NAME", "schedule"): Schedule,
}
"""Every table of config.toml, beside the file's own top level."""
