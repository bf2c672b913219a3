"""Versions of packages, files, commands and of the agent itself, against the wanted ones."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from probes.software.conditions import (
    AGENT_TOO_OLD,
    PACKAGE_MISSING,
    PROGRAM_MISSING,
    VERSION_DIFFERS,
    VERSION_TOO_OLD,
)
from probes.software.options import Command, File, Package, SoftwareOptions, Wanted
from probes.till import Till
from protocols.debian_packages import STATUS_FILE, InstalledPackage, compare_versions, parse_status
from vocabulary.condition import Condition
from vocabulary.reading import Reading, Reason
from vocabulary.redaction import shortened
from vocabulary.version import VERSION

RPM_DATABASES: Final = ("/usr/lib/sysimage/rpm", "/var/lib/rpm")  # since Fedora 36; before
MAX_HASHED_BYTES: Final = 256 << 20  # a second of work on a slow till
COMMAND_SECONDS: Final = 3.0
MAX_VERSION_LENGTH: Final = 100
MAX_SEARCHED: Final = 64 * 1024  # `openssl version -a` prints 600 characters; a licence text 30 kB

Compare = Callable[[str, str], int]


def read_versions(options: SoftwareOptions, till: Till, deadline: float) -> Iterator[Reading]:
    """`deadline` on the till's monotonic clock: commands not yet asked by then are unknown (timed out)."""
    yield from _agent(options)
    yield from _dpkg(till, [each for each in options.packages if each.manager == "dpkg"])
    for file in options.files:
        yield from _file(till, file)
    for package in options.packages:
        if package.manager == "rpm":
            yield from _rpm(till, package, deadline)
    for command in options.commands:
        yield from _command(till, command, deadline)


def judge(
    subject: str, installed: str, wanted: Wanted, compare: Compare = compare_versions
) -> Iterator[Reading]:
    """A reading for each thing that is wanted of the version; none where any version will do."""
    shown = shortened(installed, MAX_VERSION_LENGTH)
    if wanted.at_least:
        too_old = compare(shown, wanted.at_least) < 0
        yield VERSION_TOO_OLD.failing_if(too_old, subject, installed=shown, wanted=wanted.at_least)
    if wanted.exactly:
        differs = compare(shown, wanted.exactly) != 0
        yield VERSION_DIFFERS.failing_if(differs, subject, installed=shown, wanted=wanted.exactly)


def _unknown(subject: str, wanted: Wanted, reason: Reason, because: str) -> Iterator[Reading]:
    asked = ((VERSION_TOO_OLD, wanted.at_least), (VERSION_DIFFERS, wanted.exactly))
    for condition, version in asked:
        if version:
            yield condition.unknown(reason, subject, because=because)


def _agent(options: SoftwareOptions) -> Iterator[Reading]:
    if not options.agent_at_least:
        yield AGENT_TOO_OLD.unknown(Reason.NOT_SET_UP)
        return
    own = VERSION
    too_old = compare_versions(own, options.agent_at_least) < 0
    yield AGENT_TOO_OLD.failing_if(too_old, installed=own, wanted=options.agent_at_least)


def _dpkg(till: Till, packages: list[Package]) -> Iterator[Reading]:
    if not packages:
        return
    try:
        with till.path(STATUS_FILE).open(encoding="utf-8", errors="backslashreplace") as file:
            found = parse_status(file, [package.name for package in packages])
    except OSError:
        for package in packages:
            yield from _no_package_list(package, "no dpkg on this till")
        return
    for package in packages:
        yield from _package(package, found.get(package.name))


def _package(package: Package, found: InstalledPackage | None) -> Iterator[Reading]:
    state = found.state if found else "not-installed"
    if found and state == "installed":
        yield PACKAGE_MISSING.ok(package.name)
        if found.version:
            yield from judge(package.name, found.version, package)
        else:
            yield from _unknown(package.name, package, Reason.NOT_SUPPORTED, "no version found in it")
        return
    yield PACKAGE_MISSING.failing(package.name, state=state)
    yield from _unknown(package.name, package, Reason.NOT_TESTED, PACKAGE_MISSING.code)


def _no_package_list(package: Package, because: str) -> Iterator[Reading]:
    yield PACKAGE_MISSING.unknown(Reason.NOT_SUPPORTED, package.name, because=because)
    yield from _unknown(package.name, package, Reason.NOT_SUPPORTED, because)


def _rpm(till: Till, package: Package, deadline: float) -> Iterator[Reading]:
    folder = next((name for name in RPM_DATABASES if till.exists(name)), None)
    if folder is None:
        yield from _no_package_list(package, "no rpm on this till")
        return
    asked = ("rpm", "--dbpath", str(till.path(folder)), "-q", "--qf", "%{EVR}\\n", package.name)
    answer = till.run(*asked, timeout_seconds=_seconds_left(till, deadline))
    version = answer.stdout.split("\n")[0]
    if answer.returncode == 0 and version:
        yield PACKAGE_MISSING.ok(package.name)
        yield from judge(package.name, version, package, lambda left, right: _rpm_order(till, left, right))
    elif "is not installed" in answer.stdout:
        yield from _package(package, None)
    else:
        yield from _no_package_list(package, "rpm gives no answer")


def _rpm_order(till: Till, left: str, right: str) -> int:
    """By rpm itself: its rules differ from Debian's. A wanted version without a release fits any release."""
    if "-" not in right:
        left = left.rpartition("-")[0] or left
    if not re.fullmatch(r"[A-Za-z0-9.+:~^_-]+", left):
        return compare_versions(left, right)
    answer = till.run("rpm", "--eval", f'%{{lua: print(rpm.vercmp("{left}", "{right}"))}}')
    return int(answer.stdout.strip()) if answer.returncode == 0 else compare_versions(left, right)


def _file(till: Till, file: File) -> Iterator[Reading]:
    path = till.path(file.path)
    try:
        if not path.is_file():
            yield PROGRAM_MISSING.failing(file.path)
            yield from _unknown(file.path, file, Reason.NOT_TESTED, PROGRAM_MISSING.code)
            return
        readings = [*_hashed(till, file), *_matched(file.path, till.read_text(file.path), file)]
    except PermissionError:
        because = f"chmod o+r {file.path}"
        yield PROGRAM_MISSING.unknown(Reason.NO_PERMISSION, file.path, because=because)
        yield from _unknown(file.path, file, Reason.NO_PERMISSION, because)
        return
    yield PROGRAM_MISSING.ok(file.path)
    yield from readings


def _hashed(till: Till, file: File) -> Iterator[Reading]:
    if not file.sha256:
        return
    import hashlib  # noqa: PLC0415  only where a hash is wanted

    with till.path(file.path).open("rb") as content:
        if content.seek(0, 2) > MAX_HASHED_BYTES:
            yield VERSION_DIFFERS.unknown(Reason.NOT_SUPPORTED, file.path, because="the file is too large")
            return
        content.seek(0)
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    short, wanted = digest[:12], file.sha256[:12]
    yield VERSION_DIFFERS.failing_if(digest != file.sha256, file.path, installed=short, wanted=wanted)


def _matched(subject: str, text: str, wanted: File | Command) -> Iterator[Reading]:
    found = re.search(wanted.pattern, text[:MAX_SEARCHED], re.MULTILINE)
    if found and found[1]:
        yield from judge(subject, found[1], wanted)
    else:
        yield from _unknown(subject, wanted, Reason.NOT_SUPPORTED, "no version found in it")


def _command(till: Till, command: Command, deadline: float) -> Iterator[Reading]:
    subject, program = command.subject, till.path(command.words[0])
    runnable = _runnable(program)
    if runnable is None:
        because = f"chmod o+rx {command.words[0]}"
        yield PROGRAM_MISSING.unknown(Reason.NO_PERMISSION, subject, because=because)
        yield from _unknown(subject, command, Reason.NO_PERMISSION, because)
    elif not runnable:
        yield PROGRAM_MISSING.failing(subject)
        yield from _unknown(subject, command, Reason.NOT_TESTED, PROGRAM_MISSING.code)
    else:
        yield PROGRAM_MISSING.ok(subject)
        answer = till.run(str(program), *command.words[1:], timeout_seconds=_seconds_left(till, deadline))
        if answer.returncode == -signal.SIGKILL:
            yield from _unknown(subject, command, Reason.TIMED_OUT, "no answer")
        else:
            yield from _matched(subject, answer.stdout + answer.stderr, command)


def _runnable(program: Path) -> bool | None:
    """None where we are not permitted to know or to run it."""
    try:
        return (os.access(program, os.X_OK) or None) if program.exists() else False
    except PermissionError:
        return None


def _seconds_left(till: Till, deadline: float) -> float:
    """A hundredth of a second is too little for any command: what comes too late is timed out."""
    return max(min(COMMAND_SECONDS, deadline - till.monotonic_seconds()), 0.01)


def not_set_up(options: SoftwareOptions) -> Iterator[Reading]:
    """Conditions that no line of the settings asks for."""
    wanted = (*options.packages, *options.files, *options.commands)
    asked: tuple[tuple[Condition, bool], ...] = (
        (PACKAGE_MISSING, bool(options.packages)),
        (PROGRAM_MISSING, bool(options.files or options.commands)),
        (VERSION_TOO_OLD, any(each.at_least for each in wanted)),
        (VERSION_DIFFERS, any(each.exactly for each in wanted) or any(each.sha256 for each in options.files)),
    )
    for condition, there in asked:
        if not there:
            yield condition.unknown(Reason.NOT_SET_UP)
