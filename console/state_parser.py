"""The arguments of commands whose exit code is a state. It loads nothing else: `status` must be quick."""

from __future__ import annotations

import argparse
import sys
from typing import Final, NoReturn

UNKNOWN: Final = 3  # monitoring-plugins' contract


class StateParser(argparse.ArgumentParser):
    """A mistyped argument is no CRITICAL, which is argparse's 2."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(UNKNOWN, f"{self.prog}: {message}\n")
