"""Put first on PYTHONPATH: the wall clock is off by the seconds in the file that FALSE_CLOCK names.

libfaketime does this for whole programs, but its clock_nanosleep refuses the absolute times of Python's
time.sleep where the monotonic clock stays true.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

_true = time.time  # noqa: TID251  this is the clock
_file = Path(os.environ["FALSE_CLOCK"])


def _false() -> float:
    return _true() + float(_file.read_text())


time.time = _false  # noqa: TID251
