"""One TOML file: every mistake at once, with file, line and what to do."""

from __future__ import annotations

import re
import tomllib
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct, field

from agent.settings import toml_lines
from agent.settings.settings_check import Checker, Mistake
from agent.settings.settings_moved import as_now
from agent.settings.settings_shared import take_from_each_other
from agent.slip.rule import clock_time, is_open
from probes.base import Options
from probes.catalogue import ALL_PROBES
from probes.host_names import check_host
from vocabulary.condition import Owner
from vocabulary.contact import Contact
from vocabulary.store_calendar import StoreCalendar

DEFAULT_PATH = Path("/etc/poshealth/poshealth.toml")
MAX_BYTES = 1 << 20
_THIS_MACHINE = ("127.0.0.1", "::1", "localhost")

Seconds = Annotated[float, Meta(ge=0.2, le=86400)]


class Terminal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`id` is unique at head office; `store` and `till` are what its people call it."""

    id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@+-]{0,44}\Z")]
    store: Annotated[str, Meta(max_length=20)] = ""
    till: Annotated[str, Meta(max_length=10)] = ""
    language: Literal["en", "zh"] = "en"


class HeadOffice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`token_file` holds the shared secret, readable by the agent alone; empty `url` posts nothing."""

    url: str = ""
    token_file: str = ""
    ca_file: str = ""
    every_seconds: Seconds = 60.0

    def __post_init__(self) -> None:
        """Raise ValueError."""
        if self.url:
            _check_central(self.url)


class EndpointSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An endpoint of the customer's own that gets plain JSON. The files hold secrets, for the agent alone.

    `expects_header` is "Name: value", `{key}` in it the record's key: what only the endpoint can know.
    """

    url: Annotated[str, Meta(max_length=2000)] = ""
    bearer_file: str = ""
    hmac_file: str = ""
    hmac_header: Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,64}\Z")] = "X-Hub-Signature-256"
    expects_header: Annotated[str, Meta(pattern=r"^([A-Za-z0-9-]{1,64}: ?[!-~]{1,200})?\Z")] = ""
    ca_file: str = ""
    every_seconds: Seconds = 60.0

    def __post_init__(self) -> None:
        """Raise ValueError: this address is told on screen and in reports, so it must hold no secret."""
        if not self.url:
            return
        address = urlsplit(self.url)
        _check_central(self.url)
        if address.username or address.password or address.query or address.fragment:
            raise ValueError("url: no name, password, query or fragment; a secret belongs in bearer_file")
        if not re.fullmatch(r"[!-~]+", self.url):
            raise ValueError("url: only printable ASCII, without a blank")
        if not (self.bearer_file or self.hmac_file):
            raise ValueError("bearer_file or hmac_file is needed with url; both may be set")


def _check_central(url: str) -> None:
    """Raise ValueError: the records are signed, not hidden, so only TLS or this machine will do."""
    address = urlsplit(url)
    check_host(address.hostname or "")
    if address.scheme != "https" and not (address.scheme == "http" and address.hostname in _THIS_MACHINE):
        raise ValueError(f"url {url}: begins with https:// (http:// only on this machine)")


class SlipSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`columns` is 32 (58 mm), 42 or 48 (80 mm). `through`: the receipt printer's port (or its broker), a
    command that gets the bytes on standard input, or a raw queue of CUPS. Nothing prints by itself unless
    `print_on` or `print_at` says so; `print_at` and `hours` are local time. Without `addresses` the paper
    has codes only: no address, host name or port.
    """

    columns: Literal[32, 42, 48] = 32
    chinese_font: bool = True
    native_qr: bool = True
    cutter: bool = True
    addresses: bool = True
    through: Literal["port", "command", "cups"] = "port"
    command: Annotated[tuple[str, ...], Meta(max_length=20)] = ()
    queue: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]*\Z", max_length=127)] = ""
    cups_socket: Annotated[str, Meta(pattern="^/", max_length=107)] = "/run/cups/cups.sock"
    print_on: tuple[Literal["cause", "recovery"], ...] = ()
    print_at: Annotated[tuple[str, ...], Meta(max_length=24)] = ()
    hours: str = ""
    least_minutes_between: Annotated[float, Meta(ge=0, le=1440)] = 15.0
    wait_hours: Annotated[float, Meta(gt=0, le=168)] = 12.0

    def __post_init__(self) -> None:
        """Raise ValueError for a way that leads nowhere, for times that are none, and for a slip that could
        never print.
        """
        if self.through == "command" and not (self.command and self.command[0].startswith("/")):
            raise ValueError('command: name the program by its whole path, such as ["/usr/bin/pos-print"]')
        if self.through == "cups" and not self.queue:
            raise ValueError("queue: name the raw queue, as `lpstat -v` shows it")
        is_open(self.hours, time())
        for entry in self.print_at:
            if not is_open(self.hours, clock_time(entry)):
                raise ValueError(f"print_at {entry} lies outside hours {self.hours}")


class Daemon(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`splay_seconds` spreads the first round after a regional power cut.

    `watch_events` false: there is only polling.
    """

    state_folder: str = "/var/lib/poshealth"
    control_socket: str = "/run/poshealth/control.sock"
    splay_seconds: float = 5.0
    watch_events: bool = True
    textfile: Annotated[str, Meta(pattern=r"^(/.*\.prom)?\Z", max_length=255)] = ""
    change_hours: Annotated[float, Meta(gt=0, le=168)] = 4.0


class Settings(Struct, frozen=True, kw_only=True):
    """`every_seconds` maps a probe's id to its own interval; `options` holds one object per probe."""

    terminal: Terminal
    head_office: HeadOffice = HeadOffice()
    endpoint: EndpointSettings = EndpointSettings()
    slip: SlipSettings = SlipSettings()
    calendar: StoreCalendar = StoreCalendar()
    daemon: Daemon = Daemon()
    contacts: dict[Owner, Contact] = field(default_factory=dict)
    every_seconds: dict[str, Seconds] = field(default_factory=dict)
    options: dict[str, Options] = field(default_factory=dict)

    @property
    def central(self) -> HeadOffice | EndpointSettings:
        """Where reports go: one place, for one outbox waits for one answer."""
        return self.endpoint if self.endpoint.url else self.head_office


class SettingsError(ValueError):
    """All mistakes of one file, in the order of their lines."""

    def __init__(self, path: Path, mistakes: list[Mistake]) -> None:
        self.path = path
        self.mistakes = sorted(mistakes, key=lambda mistake: mistake.line)
        super().__init__("\n".join(f"{path}:{mistake}" for mistake in self.mistakes))


def load(path: Path) -> Settings:
    """Raise SettingsError; nothing is started by then."""
    text = _read(path)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(path, [_syntax(error)]) from None
    checker = Checker(toml_lines.lines_of(text))
    settings = _settings(as_now(tables, checker), checker)
    if settings is None:
        raise SettingsError(path, checker.mistakes)
    return settings


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        what = "write one with: poshealth config init" if isinstance(error, FileNotFoundError) else str(error)
        raise SettingsError(path, [Mistake(1, "", f"cannot be read ({error.strerror}); {what}")]) from None
    if len(raw) > MAX_BYTES:
        raise SettingsError(path, [Mistake(1, "", "larger than 1 MiB: this is not a settings file")])
    if raw.startswith(b"\xef\xbb\xbf"):
        raise SettingsError(
            path, [Mistake(1, "", "begins with a byte order mark; save it as UTF-8 without BOM")]
        )
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SettingsError(path, [Mistake(line, "", "is not UTF-8; save it as UTF-8")]) from None


def _syntax(error: tomllib.TOMLDecodeError) -> Mistake:
    found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    message = re.sub(r" \(at .*\)$", "", str(error))
    return Mistake(int(found[1]) if found else 1, "", f"not valid TOML: {message}")


def _settings(tables: dict[str, Any], checker: Checker) -> Settings | None:
    """The tables of the settings and of every probe are checked as one flat structure."""
    types: dict[str, Any] = {
        "terminal": Terminal,
        "head_office": HeadOffice,
        "endpoint": EndpointSettings,
        "slip": SlipSettings,
        "calendar": StoreCalendar,
        "daemon": Daemon,
        "contacts": dict[Owner, Contact],
        "every_seconds": dict[str, Seconds],
        **{probe.id: probe.options for probe in ALL_PROBES},
    }
    values = checker.build(types, frozenset({"terminal"}), tables)
    probe_ids = [probe.id for probe in ALL_PROBES]
    for name in values.get("every_seconds", {}):
        if name not in probe_ids:
            checker.note(("every_seconds", name), f"no such probe; there are {', '.join(probe_ids)}")
    _check_one_central(values, checker)
    if checker.mistakes:
        return None
    options = {probe.id: values.pop(probe.id, None) or probe.options() for probe in ALL_PROBES}
    settings = Settings(options=options, **values)
    folder = Path(settings.daemon.state_folder)
    take_from_each_other(settings.options, folder, settings.calendar, checker)
    return None if checker.mistakes else settings


def _check_one_central(values: dict[str, Any], checker: Checker) -> None:
    office, endpoint = values.get("head_office", HeadOffice()), values.get("endpoint", EndpointSettings())
    if office.url and endpoint.url:
        checker.note(
            ("endpoint", "url"), "head_office.url is set, too; reports go to one place: leave one empty"
        )
