"""Who sits at the keyboard."""

from __future__ import annotations

import getpass
import os
import re
from typing import Final

_NO_NAME: Final = re.compile(r"[^\w.@\\+$-]")
_LONGEST: Final = 64


def login() -> str:
    """Who is behind sudo, else the account, as the daemon takes a name; the number where it has none."""
    try:
        name = os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        name = str(os.getuid())
    return _NO_NAME.sub("_", name)[:_LONGEST]
