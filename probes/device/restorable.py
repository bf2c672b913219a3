"""Whether a backup can be read back, from its first byte to its last, without writing anything."""

from __future__ import annotations

import errno
import re
import signal
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final, cast
from urllib.parse import quote

from probes.till import Completed

MOST_SQLITE_BYTES: Final = 128 << 20
"""SQLite before 3.41 cannot be interrupted in the check of one table, and flash memory reads 20 MB/s."""

EMPTY: Final = "it is empty"
DAMAGED: Final = "it is damaged"
CUT: Final = "it ends too early"
NOT_ONE: Final = "it is of another kind"
PG_RESTORE: Final = "/usr/bin/pg_restore"

_SAYS_WHY: Final = re.compile(
    r"^pg_restore: ", re.MULTILINE
)  # not the shell's words, nor Debian's pg_wrapper's
_NO_DAMAGE: Final = re.compile("unsupported|not support|could not open|out of memory", re.IGNORECASE)
_PIECE: Final = 1 << 18
_EDGE: Final = 1024  # a tar ends with two blocks of 512 zeros (POSIX pax); a dump's last line is shorter
_MAGIC: Final = {
    b"SQLite format 3\0": "sqlite",
    b"\x1f\x8b": "packed",
    b"BZh": "packed",
    b"\xfd7zXZ\0": "packed",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"PGDMP": "pg_dump",
}
_DUMP_ENDS: Final = {
    b"-- PostgreSQL database dump": b"-- PostgreSQL database dump complete",
    b"-- MySQL dump": b"-- Dump completed",
    b"-- MariaDB dump": b"-- Dump completed",
    b"BEGIN TRANSACTION;": b"COMMIT;",  # sqlite3 .dump; it ends with ROLLBACK where it met errors
}


class TooLongError(Exception):
    """The time for it is over, or it is too large to begin with."""


class NoReaderError(Exception):
    """No way to read such a file on this till; carries why."""


def fault_of(path: Path, kind: str, seconds: float, restore: Callable[[float], Completed | None]) -> str:
    """Empty where it can be read back, else what was found; `kind` as in the settings.

    `restore` reads a dump of pg_dump within seconds; None where there is no program for it.
    Raise TooLongError, NoReaderError, OSError, MemoryError.
    """
    deadline = time.monotonic() + seconds
    with path.open("rb") as file:
        head = file.read(_EDGE)
    if not head:
        return EMPTY
    found = kind_of(head)
    if kind == "auto" and not found:
        raise NoReaderError("its kind is not known")
    if kind not in ("auto", found):
        return NOT_ONE
    if found == "sqlite":
        return _sqlite(path, deadline)
    if found == "zip":
        return _zip(path, deadline)
    if found == "pg_dump":
        return _pg_dump(restore(seconds))
    return _stream(path, head, deadline)


def kind_of(head: bytes) -> str:
    """By magic numbers; every packed stream is "packed". "" for none that is known."""
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    if head[257:262] == b"ustar":
        return "tar"
    return "sql" if _dump_end(head) else ""


def _dump_end(head: bytes) -> bytes:
    return next((end for begin, end in _DUMP_ENDS.items() if begin in head), b"")


def _sqlite(path: Path, deadline: float) -> str:
    """`immutable`: no lock, no journal, no write beside it, as nobody changes a backup any more."""
    import sqlite3  # noqa: PLC0415  only a till with backups pays for it

    if path.stat().st_size > MOST_SQLITE_BYTES:
        raise TooLongError
    database = sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)
    database.set_progress_handler(lambda: time.monotonic() > deadline, 10_000)
    try:
        answer = database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            raise TooLongError from None
        return DAMAGED
    except sqlite3.DatabaseError:
        return DAMAGED
    finally:
        database.close()
    return "" if answer == ("ok",) else DAMAGED


def _zip(path: Path, deadline: float) -> str:
    """Each member's checksum; of one under a password only that it is there.

    Python knows no Deflate64, which Windows packs large files with (APPNOTE.TXT 4.4.5).
    """
    import zipfile  # noqa: PLC0415  only a till with backups pays for it
    import zlib  # noqa: PLC0415
    from lzma import LZMAError  # noqa: PLC0415

    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if not member.flag_bits & 1:
                    with archive.open(member) as content:
                        _edges(content, deadline)
    except NotImplementedError:
        raise NoReaderError("its packing is not known here") from None
    except (zipfile.BadZipFile, zlib.error, LZMAError, struct.error, EOFError, RuntimeError, ValueError):
        return DAMAGED  # a name that is no text is a ValueError
    except OSError as error:
        if _is_of_the_disk(error):
            raise
        return DAMAGED
    return ""


def _is_of_the_disk(error: OSError) -> bool:
    """Readers raise it too, without a number; EINVAL where the file sends them before its beginning."""
    return error.errno not in (None, errno.EINVAL)


def _pg_dump(answer: Completed | None) -> str:
    if answer is None:
        raise NoReaderError("no pg_restore on this till")
    if answer.returncode == 0:
        return ""
    if answer.returncode == -signal.SIGKILL:
        raise TooLongError
    if _SAYS_WHY.search(answer.stderr) and not _NO_DAMAGE.search(answer.stderr):
        return DAMAGED
    raise NoReaderError("pg_restore is too old or not whole")


def _stream(path: Path, head: bytes, deadline: float) -> str:
    import zlib  # noqa: PLC0415  only a till with backups pays for it
    from lzma import LZMAError  # noqa: PLC0415

    try:
        with _unpacked(path, head) as content:
            first, last = _edges(content, deadline)
    except EOFError:
        return CUT
    except (OSError, zlib.error, LZMAError) as error:
        if isinstance(error, OSError) and _is_of_the_disk(error):
            raise
        return DAMAGED
    if kind_of(first) == "tar":
        return "" if last.strip(b"\0") == b"" and len(last) == _EDGE else CUT
    end = _dump_end(first)
    return CUT if end and end not in last else ""


def _unpacked(path: Path, head: bytes) -> IO[bytes]:
    import bz2  # noqa: PLC0415  only a till with backups pays for it
    import gzip  # noqa: PLC0415
    import lzma  # noqa: PLC0415

    if head.startswith(b"\x1f\x8b"):
        return cast("IO[bytes]", gzip.open(path))
    if head.startswith(b"BZh"):
        return cast("IO[bytes]", bz2.open(path))
    return cast("IO[bytes]", lzma.open(path)) if head.startswith(b"\xfd7z") else path.open("rb")


def _edges(content: IO[bytes], deadline: float) -> tuple[bytes, bytes]:
    """The first and the last kilobyte, with all between them read. Raise TooLongError."""
    first = last = b""
    while piece := content.read(_PIECE):
        if time.monotonic() > deadline:
            raise TooLongError
        first = first or piece[:_EDGE]
        last = (last + piece)[-_EDGE:]
    return first, last
