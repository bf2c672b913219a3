"""What every child needs, loaded once before the first fork: a child's `import ssl` costs 46 ms."""

from __future__ import annotations

import gc
import importlib
import ssl
import sys
import time
from functools import cache

from agent.running.heap import keep_little
from probes.base import Seldom
from probes.catalogue import ALL_PROBES

# Not psutil: 1 MB for good, against 24 ms a round on a till that runs on a battery.
MODULES = ("encodings.idna", "selectors", "probes.payment_lines.encryption")


SELDOM = (
    *("psutil", "encodings.ascii", "bz2", "gzip", "lzma", "sqlite3", "subprocess", "zipfile", "serial"),
    *("probes.own_firewall.finding", "probes.program_keeper"),
    *(probe.read.module for probe in ALL_PROBES if isinstance(probe.read, Seldom)),
)


def preload() -> None:
    """Freeze what is there so that the children's collector leaves the shared pages alone."""
    _load(MODULES)
    gc.collect()
    keep_little()
    # Full of names met while importing: each one that it drops later would unshare a page. 0.4 MB
    sys._clear_type_cache()  # noqa: SLF001  documented, underscore and all
    gc.freeze()


@cache
def load_for_another_account() -> None:
    """A child that becomes somebody else may not be allowed to read our files (a checkout in /root)."""
    _load((*MODULES, *SELDOM))


def _load(names: tuple[str, ...]) -> None:
    for name in names:
        importlib.import_module(name)
    ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # OpenSSL reads its own settings once: 1.5 ms
    time.strptime("2000", "%Y")  # imports its tables, which reading a certificate's dates needs: 1.3 ms
