"""`poshealth run` with a leak: memory and a descriptor with every probe's run. For the soak's own test."""

from __future__ import annotations

import os
import sys
from typing import Any

from agent.health import Health
from console.run import main

LEAK_BYTES = 64 * 1024
kept: list[object] = []
take = Health.take


def leak(self: Health, *arguments: Any) -> bool:
    kept.append((bytearray(LEAK_BYTES), os.dup(0)))
    return take(self, *arguments)


if __name__ == "__main__":
    Health.take = leak  # type: ignore[method-assign, assignment]
    sys.exit(main(sys.argv[sys.argv.index("run") + 1 :]))
