"""What every child needs, loaded once before the first fork: a child's `import ssl` costs 46 ms."""

from __future__ import annotations

import gc
import importlib
import ssl
import stat
import sys
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

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

WHERE_INSTALLED = (
    "protocols.pos_database.mariadb",
    "protocols.pos_database.postgresql",
    "holidays.countries",
)
"""46 MB: only where another account could not load them by itself."""


def preload() -> None:
    """Freeze what is there so that the children's collector leaves the shared pages alone."""
    _load(MODULES)
    gc.collect()
    keep_little()
    # Full of names met while importing: each one that it drops later would unshare a page. 0.4 MB
    if sys.version_info < (3, 13):  # from then on deprecated
        sys._clear_type_cache()  # noqa: SLF001  documented, underscore and all
    gc.freeze()


@cache
def load_for_another_account() -> None:
    """A child that becomes somebody else may not be allowed to read our files (a checkout in /root)."""
    _load((*MODULES, *SELDOM))
    if any(_is_closed(Path(folder)) for folder in sys.path):
        for name in WHERE_INSTALLED:
            with suppress(ImportError):
                importlib.import_module(name)


def _is_closed(folder: Path) -> bool:
    """Whether some account may not enter it; one that is not there is not."""
    ways = (folder, *folder.resolve().parents)
    return any(way.exists() and not way.stat().st_mode & stat.S_IXOTH for way in ways)


def _load(names: tuple[str, ...]) -> None:
    for name in names:
        importlib.import_module(name)
    ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # OpenSSL reads its own settings once: 1.5 ms
    time.strptime("2000", "%Y")  # imports its tables, which reading a certificate's dates needs: 1.3 ms
