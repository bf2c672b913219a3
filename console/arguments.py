"""What several commands share: the settings file, the language, and how their mistakes are shown."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from agent.settings.settings import DEFAULT_PATH, Settings, SettingsError, load

EX_TEMPFAIL, EX_CONFIG = 75, 78  # sysexits.h


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
