"""`poshealth explain CODE`: what a condition means, how to look, how to mend."""

from __future__ import annotations

import argparse
import difflib
import sys

from agent.condition_page import page
from agent.own_conditions import ALL_CONDITIONS


def main(words: list[str]) -> int:
    """0, or 64 where there is no such condition."""
    parser = argparse.ArgumentParser(prog="poshealth explain", description=__doc__)
    parser.add_argument("code", nargs="?", help="as in the report; without one, all codes are listed")
    parser.add_argument("--lang", choices=("en", "zh"), default="en")
    options = parser.parse_args(words)
    if options.code is None:
        for each in sorted(ALL_CONDITIONS.values(), key=lambda each: each.code):
            print(f"{each.code:40} {each.title}")
        return 0
    condition = ALL_CONDITIONS.get(options.code)
    if condition is None:
        near = difflib.get_close_matches(options.code, ALL_CONDITIONS, n=3)
        print(
            f"No condition {options.code}." + (f" Did you mean: {', '.join(near)}?" if near else ""),
            file=sys.stderr,
        )
        return 64
    print(page(condition, options.lang))
    return 0
