"""What the kernel says about its clock."""

from __future__ import annotations

import re
import subprocess
import sys

from protocols.kernel_clock import synchronised

# The same question asked by way of the C library's older name, with the result read from its return value.
OTHER_WAY = "import ctypes; print(ctypes.CDLL(None).ntp_adjtime(ctypes.create_string_buffer(512)))"


def test_it_agrees_with_ntp_adjtime() -> None:
    """TIME_ERROR, 5, says "not synchronised"; 0 to 4 are a clock in step (leap seconds included)."""
    said = subprocess.run(
        [sys.executable, "-c", OTHER_WAY], capture_output=True, text=True, check=True
    ).stdout

    assert re.fullmatch("[0-5]\n", said)
    assert synchronised() is (said != "5\n")
