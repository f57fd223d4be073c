"""Settings, read once from the environment at the composition root and passed down."""

import os
import re
import secrets
from dataclasses import dataclass, field
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from rapport.kit.fatal import Fatal
from rapport.kit.files import exclusive, write_whole
from rapport.kit.outgoing import Allowed
from rapport.kit.storage import SCHEMES

# Bytes of the key that signs: as many as its signatures' hash has.
_SHORTEST_SECRET = 32


class Unusable(Fatal):
    """What is set, or kept in the data folder, can't be used: a sentence that says what to do."""


@dataclass(frozen=True)
class Settings:
    """What an operator can set. Every field has a default that works on a laptop."""

    data: Path
    database_url: str | None
    # how recipients and clients reach the installation, and whether that was said or is only where it listens
    base_url: str
    base_url_given: bool
    secret: bytes
    smtp_url: str | None
    sms_url: str | None
    rate_limits: bool
    private_key: str | None
    public_key: str | None
    # of the account an installation starts with: its name, and whether its clock can be moved
    account_name: str
    test_account: bool
    web_processes: int
    # addresses and networks whose X-Forwarded-For is believed
    trusted_proxies: tuple[str, ...]
    workers: int
    # hosts and networks that calls to others may go to although they are not public
    outgoing_allow: Allowed = field(default_factory=Allowed)
    # a Spark master that builds segments instead of DuckDB
    spark_url: str | None = None
    # days that events are kept, None = for ever
    keep_events_days: int | None = None
    # a file in MaxMind's format that locates addresses of the network, None = they are not located
    geoip: Path | None = None
    # an object storage for files such as images, None = the data folder
    files_url: str | None = None
    # where bounces come back by mail, None = they are not listened for; and the domain of their addresses
    bounce_port: int | None = None
    bounce_domain: str = "localhost"
    # the service behind RAPPORT_SMTP_URL whose webhooks tell what became of messages, None = none that we know
    mail_provider: str | None = None
    # how much goes to the mail server, and to single domains
    send_limits: "tuple[SendLimit, ...]" = ()
    # connections to it of all processes together, None = as many as each makes
    smtp_connections: int | None = None
    # a provider of OpenID Connect that people sign in with, None = they don't
    oidc: "Oidc | None" = None

    @property
    def oidc_name(self) -> str | None:
        """What the button on the sign-in page calls the provider."""
        return self.oidc.name if self.oidc else None


@dataclass(frozen=True)
class SendLimit:
    """At most `number` messages in any `seconds`, to all `domains` together; without domains: to the mail server."""

    name: str
    domains: tuple[str, ...]
    number: int
    seconds: int


@dataclass(frozen=True)
class Oidc:
    """How the provider knows this installation. `issuer` without a slash at its end."""

    issuer: str
    client_id: str
    client_secret: str
    name: str


def load(*, data: str | None = None, host: str = "127.0.0.1", port: int = 8000, workers: int | None = None) -> Settings:
    """Read `RAPPORT_*`. `data` (a path) wins over `RAPPORT_DATA`, `workers` (at least 1) over `RAPPORT_WORKERS`; the
    folder is created when missing. Raises Unusable."""
    env = os.environ
    folder = _folder(data or env.get("RAPPORT_DATA") or "data")
    base_url = (env.get("RAPPORT_BASE_URL") or f"http://{shown_host(host)}:{port}").rstrip("/")
    return Settings(
        data=folder,
        database_url=env.get("RAPPORT_DATABASE_URL") or None,
        base_url=base_url,
        base_url_given=bool(env.get("RAPPORT_BASE_URL")),
        secret=_secret(folder, env.get("RAPPORT_SECRET")),
        smtp_url=env.get("RAPPORT_SMTP_URL") or None,
        sms_url=env.get("RAPPORT_SMS_URL") or None,
        rate_limits=env.get("RAPPORT_RATE_LIMITS", "off").lower() == "on",
        private_key=env.get("RAPPORT_PRIVATE_KEY") or None,
        public_key=env.get("RAPPORT_PUBLIC_KEY") or None,
        account_name=env.get("RAPPORT_ACCOUNT_NAME", "").strip() or "My store",
        test_account=env.get("RAPPORT_TEST_ACCOUNT", "off").lower() == "on",
        web_processes=_number("RAPPORT_WEB_PROCESSES", 1, least=1),
        trusted_proxies=_networks("RAPPORT_TRUSTED_PROXIES"),
        workers=workers or _number("RAPPORT_WORKERS", 1, least=1),
        outgoing_allow=_allowed(env.get("RAPPORT_OUTGOING_ALLOW", "")),
        spark_url=env.get("RAPPORT_SPARK_URL") or None,
        keep_events_days=_number("RAPPORT_KEEP_EVENTS_DAYS", 0) or None,
        geoip=Path(env["RAPPORT_GEOIP"]).expanduser() if env.get("RAPPORT_GEOIP") else None,
        files_url=_storage(env.get("RAPPORT_FILES_URL", "").strip()),
        bounce_port=_number("RAPPORT_BOUNCE_PORT", 0) or None,
        bounce_domain=env.get("RAPPORT_BOUNCE_DOMAIN", "").strip() or urlsplit(base_url).hostname or "localhost",
        mail_provider=_mail_provider(env.get("RAPPORT_MAIL_PROVIDER", "").strip(), env.get("RAPPORT_SMTP_URL", "")),
        oidc=_oidc(),
        send_limits=_send_limits(env.get("RAPPORT_SEND_LIMITS", "")),
        smtp_connections=_number("RAPPORT_SMTP_CONNECTIONS", 0) or None,
    )


_LIMIT = re.compile(r"(?P<name>[^\s=,]+)=(?P<number>[1-9][0-9]{0,8})/(?P<unit>[smh])", re.ASCII)
_UNITS = {"s": 1, "m": 60, "h": 3600}


def _send_limits(text: str) -> tuple[SendLimit, ...]:
    """`all=50/s, gmail.com+googlemail.com=600/m`."""
    limits: dict[str, SendLimit] = {}
    for part in text.replace(",", " ").split():
        found = _LIMIT.fullmatch(part)
        if found is None:
            raise Unusable(f"RAPPORT_SEND_LIMITS has {part!r}: write limits such as all=50/s or gmail.com=600/m.")
        name = found["name"].lower()
        domains = () if name == "all" else tuple(name.split("+"))
        known = {domain for limit in limits.values() for domain in limit.domains}
        if name in limits or known & set(domains) or len(set(domains)) < len(domains) or "" in domains:
            raise Unusable(f"RAPPORT_SEND_LIMITS has {part!r}: name each domain once.")
        limits[name] = SendLimit(name, domains, int(found["number"]), _UNITS[found["unit"]])
    return tuple(limits.values())


_MAIL_HOSTS = {".amazonaws.com": "ses", ".postmarkapp.com": "postmark"}


def _mail_provider(said: str, smtp_url: str) -> str | None:
    """What was said, else what the host of the mail server tells."""
    if said and said not in _MAIL_HOSTS.values():
        raise Unusable(f"RAPPORT_MAIL_PROVIDER is {said!r}: write one of {', '.join(_MAIL_HOSTS.values())}.")
    host = urlsplit(smtp_url).hostname or ""
    return said or next((name for ending, name in _MAIL_HOSTS.items() if host.endswith(ending)), None)


def shown_host(host: str) -> str:
    """A bound address as it stands in a URL: `localhost` for all of the machine's."""
    if host in ("0.0.0.0", "::", ""):
        return "localhost"
    return f"[{host}]" if ":" in host else host


def _folder(path: str) -> Path:
    folder = Path(path).expanduser().resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unusable(f"The data folder {folder} can't be made: {error.strerror}.") from error
    return folder


def _number(name: str, default: int, *, least: int = 0) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise Unusable(f"{name} is {text!r}: write a whole number from {least} on.")
    return int(text)


def _networks(name: str) -> tuple[str, ...]:
    texts = tuple(os.environ.get(name, "").replace(",", " ").split())
    for text in texts:
        try:
            ip_network(text, strict=False)
        except ValueError as error:
            raise Unusable(f"{name} has {text!r}: write addresses and networks such as 10.0.0.0/8.") from error
    return texts


def _allowed(text: str) -> Allowed:
    try:
        return Allowed.parse(text)
    except ValueError as error:
        raise Unusable(str(error)) from error


def _storage(url: str) -> str | None:
    if url and url.partition("://")[0] not in SCHEMES:
        raise Unusable(f"RAPPORT_FILES_URL is {url!r}: write an address such as s3://bucket/prefix.")
    if url and find_spec("obstore") is None:
        raise Unusable("RAPPORT_FILES_URL needs a package that is not there: pip install 'rapport[storage]'.")
    return url or None


def _oidc() -> Oidc | None:
    names = ("RAPPORT_OIDC_ISSUER", "RAPPORT_OIDC_CLIENT_ID", "RAPPORT_OIDC_CLIENT_SECRET")
    issuer, client_id, secret = (os.environ.get(name, "").strip() for name in names)
    if not (issuer or client_id or secret):
        return None
    if not (issuer and client_id and secret):
        raise Unusable(f"OpenID Connect needs all of {', '.join(names)}.")
    if not issuer.startswith(("https://", "http://localhost", "http://127.0.0.1")):
        raise Unusable(f"RAPPORT_OIDC_ISSUER is {issuer!r}: write its https:// address.")
    return Oidc(issuer.rstrip("/"), client_id, secret, os.environ.get("RAPPORT_OIDC_NAME") or "single sign-on")


def _secret(folder: Path, configured: str | None) -> bytes:
    """The key that signs links: given, or made once and kept beside the data."""
    if configured:
        if len(configured.encode()) < _SHORTEST_SECRET:
            raise Unusable(
                f"RAPPORT_SECRET is shorter than {_SHORTEST_SECRET} bytes, so links could be forged. "
                "Make one with `openssl rand -hex 32`."
            )
        return configured.encode()
    file = folder / "secret"
    try:
        with exclusive(folder):
            if not file.exists():
                write_whole(file, secrets.token_hex(_SHORTEST_SECRET))
            kept = file.read_bytes().strip()
    except OSError as error:
        raise Unusable(f"The key that signs links, {file}, can't be written or read: {error.strerror}.") from error
    if len(kept) < _SHORTEST_SECRET:
        raise Unusable(
            f"The key that signs links, {file}, was cut short: it has {len(kept)} bytes. Put it back from a backup, or "
            "delete it and a new one is made; links sent before then no longer work."
        )
    return kept
