"""`poshealth config`: write a first settings file, or check one offline."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from agent.keys import KeyFileError, endpoint_route, read_key
from agent.settings.settings import DEFAULT_PATH
from console import arguments

SAMPLE = Path(__file__).with_name("sample.toml")


def main(words: list[str]) -> int:
    """0; 78 where the file has mistakes; 73 where `init` would overwrite one."""
    parser = argparse.ArgumentParser(prog="poshealth config", description=__doc__)
    parser.add_argument("action", choices=("init", "check"))
    parser.add_argument("file", nargs="?", type=Path, default=DEFAULT_PATH)
    options = parser.parse_args(words)
    return _init(options.file) if options.action == "init" else _check(options.file)


def _init(path: Path) -> int:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(SAMPLE.read_text(encoding="utf-8"))
    except OSError as error:
        print(f"{path}: {error.strerror}; nothing was written", file=sys.stderr)
        return 73  # EX_CANTCREAT
    print(f"{path} written. Fill it in, then: poshealth config check {path}")
    return 0


def _check(path: Path) -> int:
    settings = arguments.load_or_say(path)
    if settings is None:
        return arguments.EX_CONFIG
    try:
        read_key(settings.head_office.token_file)
        endpoint_route(settings.endpoint)
    except KeyFileError as error:
        print(f"{path}: {error}", file=sys.stderr)
        return arguments.EX_CONFIG
    print(f"{path}: no mistakes.")
    return 0
