"""What a till should be like, as its settings tell it."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from probes.base import Options

AbsolutePath = Annotated[str, Meta(pattern=r"^/", max_length=4096)]
LABEL: Final = r"^[^\n{}]+\Z"
MOST_NAME_CHARACTERS: Final = 80
MOST_PERIPHERALS: Final = 24  # what a probe remembers is bounded
Percent = Annotated[float, Meta(ge=0, le=100)]
UsbId = Annotated[str, Meta(pattern=r"^([0-9a-f]{4}:[0-9a-f]{4})?\Z")]


class Peripheral(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something plugged in, known by one of: its USB id ("0416:5011"), its device file, or a part of its
    name as an input device. `takes_cards`: without it there are no card payments.
    """

    name: Annotated[str, Meta(max_length=MOST_NAME_CHARACTERS, pattern=LABEL)]
    usb: UsbId = ""
    file: str = ""
    input: Annotated[str, Meta(max_length=100)] = ""
    takes_cards: bool = False

    def __post_init__(self) -> None:
        if sum(map(bool, (self.usb, self.file, self.input))) != 1:
            raise ValueError(f"{self.name}: give one of usb, file, input")
        if self.file and not self.file.startswith("/"):
            raise ValueError(f"{self.file!r} is no absolute path")


class Backup(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`path` may end in a pattern as of fnmatch(3) ("/var/backups/pos/*.gz"); the newest file counts.

    `kind`: how it is read back; "auto": by its first bytes.
    """

    name: Annotated[str, Meta(max_length=40, pattern=LABEL)]
    path: AbsolutePath
    max_age_hours: Annotated[float, Meta(gt=0)] = 26.0  # a nightly job, and two hours for it to be late
    kind: Literal["auto", "sqlite", "packed", "zip", "tar", "pg_dump", "sql", "none"] = "auto"

    def __post_init__(self) -> None:
        if any(sign in self.path.rpartition("/")[0] for sign in "*?["):
            raise ValueError(f"{self.path!r}: a pattern only in its last part")


class DeviceOptions(Options, frozen=True):
    """`mounts` are watched for room and errors, and the disk of `pos_folder` with them.

    A disk is nearly full below both `free_percent` and `free_mebibytes`, full below `full_mebibytes`.
    Without `time_server` nobody is expected to set the clock.
    """

    mounts: tuple[AbsolutePath, ...] = ("/",)
    pos_folder: Annotated[str, Meta(pattern=r"^(/|\Z)", max_length=4096)] = ""
    free_percent: Percent = 10.0
    free_mebibytes: Annotated[int, Meta(ge=0)] = 2048
    full_mebibytes: Annotated[int, Meta(ge=0)] = 32
    display: bool = False
    connectors: tuple[Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,40}\Z")], ...] = ()
    load_per_processor: Annotated[float, Meta(gt=0)] = 2.0  # one that waits for each that runs
    time_server: bool = True
    restart_after_days: Annotated[float, Meta(gt=0)] = 30.0
    mention_minutes: Annotated[float, Meta(ge=0)] = 60.0
    peripherals: Annotated[tuple[Peripheral, ...], Meta(max_length=MOST_PERIPHERALS)] = ()
    backups: Annotated[tuple[Backup, ...], Meta(max_length=6)] = ()  # as above

    def __post_init__(self) -> None:
        for kind, each in (("peripherals", self.peripherals), ("backups", self.backups)):
            names = [one.name for one in each]
            if len(set(names)) < len(names):
                raise ValueError(f"two {kind} have one name")
