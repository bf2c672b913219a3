"""What several commands share: the settings file, the language, and how their mistakes are shown."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NoReturn

from agent.settings.settings import DEFAULT_PATH, Settings, SettingsError, load

EX_TEMPFAIL, EX_CONFIG = 75, 78  # sysexits.h
UNKNOWN = 3  # monitoring-plugins' contract


class Parser(argparse.ArgumentParser):
    """For commands whose exit code is a state: a mistyped argument is no CRITICAL, which is argparse's 2."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(UNKNOWN, f"{self.prog}: {message}\n")


def add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--settings", type=Path, default=DEFAULT_PATH, metavar="FILE", help=f"default {DEFAULT_PATH}"
    )


def add_language(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lang", choices=("en", "zh"), help="default: the terminal's language of the settings"
    )


def load_or_say(path: Path) -> Settings | None:
    """None, with every mistake on standard error, where the file cannot be used."""
    try:
        return load(path)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return None
