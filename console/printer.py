"""`poshealth printer scan`: find the receipt printer's port and speed, and write them into the settings."""

from __future__ import annotations

import argparse
import difflib
import errno
import getpass
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, cast

from agent.printer_scan import scan_port
from agent.running.account import probe_account
from agent.settings.settings import Daemon, SettingsError, load
from agent.settings.toml_edit import EditError, Value, with_values
from agent.state_files import write_whole
from console import arguments
from console.borrowing import printer_port
from probes.receipt_printer.options import ReceiptPrinterOptions
from probes.receipt_printer.port import is_device, tcp_address
from probes.receipt_printer.scan import Finding, Found, candidates
from probes.till import Till

EX_USAGE, EX_UNAVAILABLE, EX_CANTCREAT = 64, 69, 73  # sysexits.h
_BROKER: Final = "poshealth-printer-broker"
_BROKER_FILE: Final = "/etc/poshealth/printer-broker"
_TABLE: Final = "receipt_printer"

_SAID: Final[dict[Found, Callable[[Finding], str]]] = {
    Found.ANSWERS: lambda each: f"answers at {each.speed} baud" if each.speed else "answers",
    Found.HELD: lambda each: f"held by {each.detail or 'a program that locked it'}; nothing was sent",
    Found.SILENT: lambda _: (
        "silent: switched off, cable, deselected, no printer, or a model that never answers"
    ),
    Found.GARBLED: lambda each: f"garbled: {each.detail} is no printer's answer at any speed",
    Found.NO_PERMISSION: lambda each: f"no permission; to grant it: {each.detail}",
    Found.GONE: lambda each: each.detail or "no such port",
}


def main(words: list[str]) -> int:
    """0 where one printer answered; 1 where none did, or several, or nobody agreed; 64 for a port that cannot
    be; 69 while the printer broker has it; 73 where the settings cannot be written; 78 where it errs.
    """
    options = _parser().parse_args(words)
    if options.port and not _is_port(options.port):
        return EX_USAGE
    settings = None if options.dry_run else arguments.load_or_say(options.settings)
    if settings is None and not options.dry_run:
        return arguments.EX_CONFIG
    if _is_broker_s(options):
        return EX_UNAVAILABLE
    ports = [options.port] if options.port else candidates(Till(options.root))
    if not ports:
        print("No serial port and no USB printer is there; name one: poshealth printer scan PORT")
        return 1
    if not _agreed_to_scan(ports, yes=options.yes):
        return 1
    with printer_port((settings.daemon if settings else Daemon()).control_socket):
        findings = [_scan_and_say(port, options.root) for port in ports]
    found = [each for each in findings if each.found is Found.ANSWERS]
    if len(found) == 1:
        return _settle(found[0], options)
    if found:
        print("More than one answers. Say which is the receipt printer: poshealth printer scan PORT")
    return 1


def _is_port(name: str) -> bool:
    try:
        return is_device(name) or bool(tcp_address(name))
    except ValueError as error:
        print(error, file=sys.stderr)
        return False


def _is_broker_s(options: argparse.Namespace) -> bool:
    """The broker holds its port for good, and its speed is the POS's: there is nothing to be found."""
    printer = _printer(options.settings)
    if printer is None or printer.owner != "broker" or options.port not in (None, printer.port):
        return False
    with socket.socket(socket.AF_UNIX) as asking:
        if asking.connect_ex(printer.broker_socket) in (errno.ENOENT, errno.ECONNREFUSED):
            return False
    print(
        f"The printer broker has the printer's port ({printer.port}), and the POS sets its speed.\n"
        "To see whether the printer answers: poshealth check receipt_printer\n"
        "To look for a printer that was plugged in elsewhere, while nobody prints:\n"
        f"  systemctl stop {_BROKER}\n"
        "  poshealth printer scan\n"
        f"  write the port found into {_BROKER_FILE} too\n"
        f"  systemctl start {_BROKER}",
        file=sys.stderr,
    )
    return True


def _printer(path: Path) -> ReceiptPrinterOptions | None:
    """None where there are no settings that can be read, as a dry run may have."""
    try:
        found = load(path).options[_TABLE]
    except SettingsError:
        return None
    return cast("ReceiptPrinterOptions", found)


def _agreed_to_scan(ports: list[str], *, yes: bool) -> bool:
    account = probe_account()
    print(f"As {account.name if account else getpass.getuser()}, asked for a status at up to 8 speeds:")
    for port in ports:
        print(f"  {port}")
    print("A printer at another speed may print a few characters; other devices get the same bytes.")
    if os.geteuid() != 0:
        print("Other users' programs that hold a port without locking it are seen by root alone.")
    return _agreed("Go on?", yes=yes)


def _agreed(question: str, *, yes: bool) -> bool:
    if yes:
        return True
    try:
        return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}
    except EOFError:
        print("\nNobody answered; --yes agrees beforehand.", file=sys.stderr)
        return False


def _scan_and_say(port: str, root: Path) -> Finding:
    finding = scan_port(port, root)
    print(f"{finding.port}: {_SAID[finding.found](finding)}", flush=True)
    return finding


def _settle(finding: Finding, options: argparse.Namespace) -> int:
    """Show what would change, ask, write. A settings file that is a link stays one."""
    values: dict[str, Value] = {"port": finding.port}
    if finding.speed is not None:
        values["speed"] = finding.speed
    path = Path(os.path.realpath(options.settings))
    try:
        before = "" if options.dry_run and not path.exists() else path.read_bytes().decode()
        after = with_values(before, _TABLE, values)
    except (OSError, UnicodeDecodeError, EditError) as error:
        print(f"{options.settings}: {error}", file=sys.stderr)
        return EX_CANTCREAT
    if after == before:
        print(f"{options.settings} says so already.")
        return 0
    _show_difference(before, after, str(options.settings))
    if options.dry_run or not _agreed("Write it?", yes=options.yes):
        return 0 if options.dry_run else 1
    return _write(path, after)


def _show_difference(before: str, after: str, name: str) -> None:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), name, name, n=2, lineterm="")
    print("\n".join(lines))


def _write(path: Path, text: str) -> int:
    try:
        write_whole(path, text.encode(), keep_access=True)
    except OSError as error:
        print(f"{path}: {error.strerror}; nothing was written", file=sys.stderr)
        return EX_CANTCREAT
    printer = _printer(path)
    if printer is not None and printer.owner == "broker":
        print(f"Write the same port into {_BROKER_FILE}, then: systemctl start {_BROKER}")
    print(f"{path} written. A running daemon takes it up with: systemctl reload poshealth")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="poshealth printer", description=__doc__)
    parser.add_argument("action", choices=("scan",))
    parser.add_argument("port", nargs="?", metavar="PORT", help="default: every serial port and USB printer")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--dry-run", action="store_true", help="show what would be written, write nothing")
    parser.add_argument("--root", type=Path, default=Path("/"), help=argparse.SUPPRESS)
    arguments.add_settings(parser)
    return parser
