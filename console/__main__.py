"""`poshealth COMMAND`: each command is a file or a folder of its own, loaded when it is asked for."""

from __future__ import annotations

import importlib
import io
import signal
import sys

_SIGNALLED = 128  # a shell's exit code for what a signal ended

COMMANDS = {
    "check": "one round now: what is wrong, who can mend it, what still works",
    "path": "the way to HOST:PORT, hop by hop: who stops it, and what to send to whom",
    "status": "what the daemon on this till knows, without probing",
    "answer": "y or n: whether the cause that has gone was the right one",
    "explain": "what a condition means, how to look, how to mend",
    "slip": "the diagnostic slip: on paper, as text, or as a picture",
    "change": "begin or end work at the till: a look before it, a look after it, what is different",
    "drill": "rehearse a fault: slip and head office show it, marked, and it is over by itself",
    "hold": "for the POS: keep off the receipt printer for so many seconds",
    "maintenance": "note what was done, and who did it; list what was noted",
    "emergency-plan": "whom to call and in which order to look, on paper before it is needed",
    "printer": "scan for the receipt printer's port and speed, on request only",
    "config": "write a first settings file, or check one",
    "run": "the daemon in the foreground (systemd starts this)",
    "demo": "the whole product against a simulated shop counter",
    "headoffice": "the receiver and its page",
}
_FOLDERS = {"path": "console.path.command"}


def main() -> int:
    if isinstance(sys.stdout, io.TextIOWrapper):  # a name that is no UTF-8, Chinese on a Latin terminal
        sys.stdout.reconfigure(errors="backslashreplace")
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        _usage()
        return 0
    name = arguments[0]
    if name not in COMMANDS:
        print(f"poshealth: no command {name!r}; there are: {', '.join(COMMANDS)}", file=sys.stderr)
        return 64  # EX_USAGE of sysexits.h
    if name == "run":
        _be_lean()
    try:
        module = _FOLDERS.get(name, f"console.{name.replace('-', '_')}")
        command = importlib.import_module(module)
        return int(command.main(arguments[1:]))
    except KeyboardInterrupt:
        return _SIGNALLED + signal.SIGINT


def _be_lean() -> None:
    """What msgspec takes where it is there, and does without: 1.2 MB of the daemon.

    A child's driver of a database may need it later.
    """
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]  # how importlib is told: none
    importlib.import_module("msgspec._utils")
    del sys.modules["typing_extensions"]


def _usage() -> None:
    print("usage: poshealth COMMAND [OPTIONS]\n")
    for name, purpose in COMMANDS.items():
        print(f"  {name:16}{purpose}")
    print("\nposhealth COMMAND --help tells more.")


if __name__ == "__main__":
    sys.exit(main())
