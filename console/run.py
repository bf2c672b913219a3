"""`poshealth run`: the daemon in the foreground."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from agent.keys import KeyFileError, endpoint_route, read_key
from agent.outbox.spool_file import SpoolInUseError
from agent.parts import Parts
from agent.running.preload import preload
from agent.settings.settings import Settings, load
from agent.supervisor import Supervisor
from console import arguments


def main(words: list[str]) -> int:
    """0 after an orderly stop; 78 where the settings are wrong; 75 where another daemon is running."""
    parser = argparse.ArgumentParser(prog="poshealth run", description=__doc__)
    arguments.add_settings(parser)
    parser.add_argument("--root", type=Path, default=Path("/"), help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    settings = arguments.load_or_say(options.settings)
    if settings is None:
        return arguments.EX_CONFIG
    try:
        key = _key(settings)
        endpoint = endpoint_route(settings.endpoint)
    except KeyFileError as error:
        print(f"{options.settings}: {error}", file=sys.stderr)
        return arguments.EX_CONFIG
    preload()
    try:
        reload = partial(load, options.settings)
        make = partial(Parts, settings, key, endpoint=endpoint, root=options.root)
        Supervisor(make, reload).run()
    except (SpoolInUseError, FileExistsError) as error:
        print(f"poshealth: {error}", file=sys.stderr)
        return 75  # EX_TEMPFAIL
    return 0


def _key(settings: Settings) -> bytes:
    """Raise KeyFileError; with a head office there must be a key."""
    office = settings.head_office
    key = read_key(office.token_file)
    if office.url and not key:
        raise KeyFileError("head_office.token_file is needed with head_office.url")
    return key
