"""What software a till should have, as its settings tell it."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from probes.base import Options

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9+._:@-]*\Z", max_length=100)]
Version = Annotated[str, Meta(pattern=r"^[A-Za-z0-9.+:~^_-]*\Z", max_length=100)]
AbsolutePath = Annotated[str, Meta(pattern=r"^/", max_length=4096)]
# bounded, or a megabyte of digits would be tried from each of its places to its end
VERSION_PATTERN = r"(\d{1,9}(?:\.\d{1,9})+[A-Za-z0-9.+~-]*)"


class Wanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At least this version, exactly this one, or (both empty) any."""

    at_least: Version = ""
    exactly: Version = ""


class Package(Wanted, frozen=True, kw_only=True):
    name: Name
    manager: Literal["dpkg", "rpm"] = "dpkg"


class _Pattern(Wanted, frozen=True, kw_only=True):
    """`pattern`: group 1 is the version."""

    pattern: str = VERSION_PATTERN

    def __post_init__(self) -> None:
        try:
            groups = re.compile(self.pattern).groups
        except re.error as error:
            raise ValueError(f"pattern {self.pattern!r}: {error}") from None
        if groups < 1:
            raise ValueError(f"pattern {self.pattern!r} needs one group in parentheses")


class File(_Pattern, frozen=True, kw_only=True):
    path: AbsolutePath
    sha256: Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?\Z")] = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.sha256 and self.exactly:
            raise ValueError("a file has either sha256 or exactly")


class Command(_Pattern, frozen=True, kw_only=True):
    """`words` are run as they stand, without a shell; the first one is an absolute path."""

    words: Annotated[tuple[str, ...], Meta(min_length=1, max_length=10)]

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.words[0].startswith("/"):
            raise ValueError(f"{self.words[0]!r} is no absolute path")

    @property
    def subject(self) -> str:
        return " ".join(self.words)


class PosApplication(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Signs of life of the POS application: all that are given must be there. It listens on TCP `port`."""

    unit: Name | None = None
    process: Name | None = None
    pid_file: AbsolutePath | None = None
    port: Annotated[int, Meta(ge=1, le=65535)] | None = None
    unix_socket: AbsolutePath | None = None

    def __post_init__(self) -> None:
        if not any((self.unit, self.process, self.pid_file, self.port, self.unix_socket)):
            raise ValueError("pos needs one of unit, process, pid_file, port, unix_socket")


class SoftwareOptions(Options, frozen=True):
    """`supported_until` replaces the built-in end of life where an extended contract was bought;
    `warn_days` before it the end is announced.
    """

    pos: PosApplication | None = None
    packages: tuple[Package, ...] = ()
    files: tuple[File, ...] = ()
    commands: tuple[Command, ...] = ()
    services: tuple[Name, ...] = ()
    modules: tuple[Name, ...] = ()
    certificates: tuple[AbsolutePath, ...] = ()
    agent_at_least: Version = ""
    supported_until: date | None = None
    warn_days: Annotated[int, Meta(ge=0)] = 180
