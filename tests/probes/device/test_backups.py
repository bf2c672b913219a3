"""Backups: real files of real programs, whole and broken, of one age and another."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import random
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.running.probe_run import ProbeRun
from probes.device import backup_files, backups
from probes.device.options import Backup, DeviceOptions
from probes.device.probe import PROBE
from probes.device.restorable import (
    CUT,
    DAMAGED,
    EMPTY,
    MOST_SQLITE_BYTES,
    NOT_ONE,
    NoReaderError,
    TooLongError,
    fault_of,
)
from probes.till import Completed, Till
from vocabulary.reading import Reading, Reason, Status

RunProbe = Callable[..., ProbeRun]
HOUR = 3600.0
NOW = 1_796_000_000.0  # of the till: 2026-11-30
SALES = "".join(f"INSERT INTO sales VALUES ({number}, 'receipt {number}');\n" for number in range(4000))
POSTGRES = f"--\n-- PostgreSQL database dump\n--\n{SALES}\n--\n-- PostgreSQL database dump complete\n--\n"
MARIADB = f"-- MariaDB dump 10.19  Distrib 10.11\n{SALES}\n-- Dump completed on 2026-11-29  3:00:01\n"
NOISE = random.Random(4).randbytes(300_000)  # what no packer makes smaller


def database(path: Path, journal: str = "delete") -> bytes:
    with sqlite3.connect(path) as made:
        made.execute(f"PRAGMA journal_mode={journal}")
        made.execute("CREATE TABLE sales (number INTEGER PRIMARY KEY, receipt TEXT)")
        made.execute("CREATE INDEX by_receipt ON sales (receipt)")
        made.executemany("INSERT INTO sales VALUES (?, ?)", [(n, f"receipt {n}") for n in range(4000)])
    made.close()
    return path.read_bytes()


def tarball() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        member = tarfile.TarInfo("sales.db")
        member.size = len(NOISE)
        archive.addfile(member, io.BytesIO(NOISE))
    return made.getvalue()


def zipped(method: int = zipfile.ZIP_DEFLATED, name: str = "sales.sql") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        archive.writestr(name, NOISE)
    return made.getvalue()


def packed_as(method: int) -> bytes:
    """As if by that method, in both headers (APPNOTE.TXT 4.4.5)."""
    content = bytearray(zipped())
    content[8] = content[content.index(b"PK\x01\x02") + 10] = method
    return bytes(content)


def with_byte(content: bytes, at: int, byte: int) -> bytes:
    return content[:at] + bytes([byte]) + content[at + 1 :]


def locked() -> bytes:
    """As if under a password: the flag is set, in both headers (APPNOTE.TXT 4.4.4)."""
    content = bytearray(spoilt(zipped()))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def spoilt(content: bytes) -> bytes:
    """Some bytes in the middle are others."""
    middle = len(content) // 2
    return (
        content[:middle]
        + bytes(byte ^ 0x55 for byte in content[middle : middle + 64])
        + content[middle + 64 :]
    )


def cut(content: bytes) -> bytes:
    return content[: len(content) * 2 // 3]


PACKED = {"gzip": gzip.compress(NOISE), "bzip2": bz2.compress(NOISE), "xz": lzma.compress(NOISE)}
FILES = {
    **{name: (content, "") for name, content in PACKED.items()},
    **{f"{name}, cut": (cut(content), CUT) for name, content in PACKED.items()},
    **{f"{name}, spoilt": (spoilt(content), DAMAGED) for name, content in PACKED.items()},
    "zip": (zipped(), ""),
    "zip, cut": (cut(zipped()), DAMAGED),
    "zip, spoilt": (spoilt(zipped()), DAMAGED),
    "zip by bzip2, spoilt": (spoilt(zipped(zipfile.ZIP_BZIP2)), DAMAGED),
    "zip by LZMA, spoilt": (spoilt(zipped(zipfile.ZIP_LZMA)), DAMAGED),
    "zip, a name that is no text": (with_byte(zipped(name="sälés"), -26, 0xFF), DAMAGED),
    "zip, its end points before its beginning": (with_byte(zipped(), -3, 0x7F), DAMAGED),
    "zip under a password": (locked(), ""),
    "tar": (tarball(), ""),
    "tar, cut": (cut(tarball()), CUT),
    "tar in gzip": (gzip.compress(tarball()), ""),
    "tar cut before it was packed": (gzip.compress(cut(tarball())), CUT),
    "dump of PostgreSQL": (POSTGRES.encode(), ""),
    "dump of PostgreSQL, cut": (cut(POSTGRES.encode()), CUT),
    "dump of MariaDB in gzip": (gzip.compress(MARIADB.encode()), ""),
    "dump of MariaDB whose server went away": (gzip.compress(cut(MARIADB.encode())), CUT),
    "nothing": (b"", EMPTY),
}


def no_program(_seconds: float) -> Completed | None:
    return None


@pytest.mark.parametrize(("content", "found"), FILES.values(), ids=FILES)
def test_a_file_is_read_to_its_end(content: bytes, found: str, tmp_path: Path) -> None:
    """A checksum, an end mark or a last line tells a whole backup from a broken one."""
    path = tmp_path / "backup"
    path.write_bytes(content)
    assert fault_of(path, "auto", 10.0, no_program) == found


@pytest.mark.parametrize("method", [9, 98], ids=["Deflate64", "PPMd"])
def test_a_packing_that_is_not_known_here_is_no_damage(method: int, tmp_path: Path) -> None:
    """Windows packs large files by Deflate64."""
    path = tmp_path / "sales.zip"
    path.write_bytes(packed_as(method))
    with pytest.raises(NoReaderError, match="its packing is not known here"):
        fault_of(path, "auto", 10.0, no_program)


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_a_database_is_checked_without_touching_it(journal: str, tmp_path: Path) -> None:
    """SQLite checks its own pages; nothing appears beside the file."""
    path = tmp_path / "sales.db"
    content = database(path, journal)
    assert fault_of(path, "sqlite", 10.0, no_program) == ""
    assert (path.read_bytes(), [each.name for each in tmp_path.iterdir()]) == (content, ["sales.db"])


@pytest.mark.parametrize("broken", [spoilt, cut])
def test_a_damaged_database_is_found_out(broken: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "sales.db"
    path.write_bytes(broken(database(path)))
    assert fault_of(path, "auto", 10.0, no_program) == DAMAGED


def test_what_is_of_another_kind_is_no_backup(tmp_path: Path) -> None:
    """An error page saved as sales.db.gz is found out, and what nobody knows is said to be unknown."""
    path = tmp_path / "sales.db.gz"
    path.write_text("<html>The disk quota is exceeded</html>")
    assert fault_of(path, "packed", 10.0, no_program) == NOT_ONE
    with pytest.raises(NoReaderError, match="kind is not known"):
        fault_of(path, "auto", 10.0, no_program)


def test_reading_ends_in_time(tmp_path: Path) -> None:
    """A few kilobytes that unpack to gigabytes, and a database too large to begin with."""
    bomb, large = tmp_path / "bomb.gz", tmp_path / "large.db"
    bomb.write_bytes(gzip.compress(bytes(64 << 20)))
    large.write_bytes(database(large))
    os.truncate(large, MOST_SQLITE_BYTES + 1)
    for path, seconds in ((bomb, 0.0), (large, 60.0)):
        with pytest.raises(TooLongError):
            fault_of(path, "auto", seconds, no_program)


@pytest.mark.parametrize(
    ("status", "said", "found"),
    [
        (0, "", ""),
        (1, "pg_restore: error: could not read from input file: end of file\n", DAMAGED),
        (1, "pg_restore: [archiver] could not read from input file: end of file\n", DAMAGED),  # before 12
        (-9, "", TooLongError),
        (1, "pg_restore: error: unsupported version (1.16) in file header\n", NoReaderError),
        (1, "pg_restore: error: this build does not support compression with zstd\n", NoReaderError),
        (1, "Error: You must install at least one postgresql-client-<version> package\n", NoReaderError),
        (127, "[Errno 2] No such file or directory", NoReaderError),
        (-11, "", NoReaderError),
    ],
)
def test_what_pg_restore_says_counts(
    status: int, said: str, found: str | type[Exception], tmp_path: Path
) -> None:
    """It is no damage where the program itself, or the one in front of it, is at fault."""
    path = tmp_path / "sales.dump"
    path.write_bytes(b"PGDMP\x01\x0e\x00")
    answer = Completed(status, "", said)
    if isinstance(found, str):
        assert fault_of(path, "auto", 10.0, lambda _: answer) == found
    else:
        with pytest.raises(found):
            fault_of(path, "auto", 10.0, lambda _: answer)


def test_without_pg_restore_its_dumps_cannot_be_judged(tmp_path: Path) -> None:
    path = tmp_path / "sales.dump"
    path.write_bytes(b"PGDMP\x01\x0e\x00")
    with pytest.raises(NoReaderError, match="no pg_restore"):
        fault_of(path, "auto", 10.0, no_program)


class Store:
    """A folder of backups that an unprivileged probe may read, and what it remembered."""

    def __init__(self, folder: Path, run_probe: RunProbe) -> None:
        self.folder = folder / "till/backups"
        self.folder.mkdir(parents=True)
        (self.folder.parent / "wall_seconds").write_text(str(NOW))
        self.memory: dict[str, object] = {}
        self._run_probe = run_probe

    def write(self, name: str, content: bytes, hours_old: float) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        written = NOW - hours_old * HOUR
        os.utime(path, (written, written))
        return path

    def look(self, path: str = "/backups/*", **more: object) -> dict[str, Reading]:
        options = DeviceOptions(backups=(Backup(name="sales", path=path, **more),))  # type: ignore[arg-type]
        run: ProbeRun = self._run_probe(PROBE, options, root=self.folder.parent, memory=self.memory)
        assert run.memory is not None, run.error
        self.memory = dict(run.memory)
        return {r.code.removeprefix("device.backup-"): r for r in run.readings if "backup" in r.code}


@pytest.fixture
def store(till_folder: Path, run_probe: RunProbe) -> Store:
    return Store(till_folder, run_probe)


def test_a_nightly_backup_is_well(store: Store) -> None:
    """The newest of many counts; the job's log is no backup."""
    store.write("sales-1.gz", PACKED["gzip"], 33)
    store.write("sales-2.gz", PACKED["gzip"], 9)
    store.write("log.txt", b"done", 8)
    found = store.look("/backups/*.gz")
    assert {key: reading.status for key, reading in found.items()} == {
        "missing": Status.OK,
        "too-old": Status.OK,
        "broken": Status.OK,
        "shrunk": Status.OK,
    }
    assert found["broken"].facts["file"] == "sales-2.gz"


def test_a_backup_of_last_week_is_too_old(store: Store) -> None:
    store.write("sales.gz", PACKED["gzip"], 150)
    found = store.look(max_age_hours=26.0)
    assert (found["too-old"].status, found["too-old"].facts["hours"]) == (Status.FAILING, 150)


def test_a_broken_newest_one_is_told(store: Store) -> None:
    """However good the one before was."""
    store.write("sales-1.gz", PACKED["gzip"], 33)
    store.write("sales-2.gz", cut(PACKED["gzip"]), 9)
    found = store.look()
    assert (found["broken"].status, found["broken"].facts["found"]) == (Status.FAILING, CUT)


def test_one_that_is_being_written_is_left_alone(store: Store) -> None:
    """Its last finished neighbour is read instead; alone, it is busy."""
    store.write("sales-2.gz", cut(PACKED["gzip"]), 0)
    assert store.look()["broken"].reason is Reason.BUSY
    store.write("sales-1.gz", PACKED["gzip"], 24)
    found = store.look()
    assert (found["too-old"].facts["hours"], found["broken"].status) == (0, Status.OK)


def test_a_backup_that_shrank_is_told(store: Store) -> None:
    """Compared with the file before it, also where the job writes over its one file."""
    store.write("sales.gz", PACKED["gzip"], 33)
    assert store.look()["shrunk"].reason is Reason.NOT_TESTED
    store.write("sales.gz", gzip.compress(b"no sales"), 9)
    found = store.look()["shrunk"]
    assert (found.status, found.facts["before_kibibytes"]) == (Status.FAILING, 293)


def test_half_of_next_to_nothing_is_no_loss(store: Store) -> None:
    """A new store's first days."""
    store.write("sales-1.gz", gzip.compress(NOISE[:30_000]), 33)
    store.write("sales-2.gz", gzip.compress(NOISE[:9_000]), 9)
    assert store.look()["shrunk"].status is Status.OK


def test_a_clock_that_is_years_slow_judges_no_age(store: Store) -> None:
    """What was made last night would seem to come from the future, and what is old to be new."""
    store.write("sales.gz", PACKED["gzip"], 150)
    (store.folder.parent / "wall_seconds").write_text("946685400.0")
    assert store.look()["too-old"].because == "device.clock-reset"


def test_a_database_that_others_own_is_read_without_a_lock(store: Store) -> None:
    """One in WAL mode otherwise wants to write beside itself, even to be read."""
    store.write("sales.db", database(store.folder / "sales.db", "wal"), 9)
    assert store.look("/backups/*.db")["broken"].status is Status.OK


def test_a_file_is_read_once(store: Store) -> None:
    """What was found is remembered until the file is another; a day later it is read again."""
    path = store.write("sales.gz", PACKED["gzip"], 30)
    store.look()
    written = path.stat().st_mtime
    path.write_bytes(spoilt(PACKED["gzip"]))
    os.utime(path, (written, written))
    assert store.look()["broken"].status is Status.OK
    known = store.memory["backups"]
    assert isinstance(known, dict)
    known["sales"]["looked"] -= 25 * HOUR
    assert store.look()["broken"].status is Status.FAILING


def test_what_may_not_be_read_says_how_to_permit_it(store: Store) -> None:
    """A missing right is no missing backup."""
    store.write("sales.gz", PACKED["gzip"], 9).chmod(0o600)
    found = store.look("/backups/sales.gz")["broken"]
    assert (found.reason, found.because) == (
        Reason.NO_PERMISSION,
        "setfacl -m u:poshealth:r /backups/sales.gz",
    )
    store.folder.chmod(0o700)
    assert store.look("/backups/sales.gz")["missing"].reason is Reason.NO_PERMISSION


@pytest.mark.parametrize("where", ["/backups/*", "/backups/sales.gz", "/backups/sales.gz/x"])
def test_a_link_in_a_circle_is_unknown(store: Store, where: str) -> None:
    """As is a disk that answers with errors, or a server's folder that is gone; the rest is looked at."""
    (store.folder / "sales.gz").symlink_to("sales.gz")
    found = store.look(where)
    assert {(each.reason, each.because) for each in found.values()} == {
        (Reason.NOT_TESTED, "Too many levels of symbolic links")
    }


def test_a_file_from_the_future_hides_none(store: Store) -> None:
    """Of a clock that was years ahead; an hour ahead is a zone. Alone it is read, and of no age."""
    store.write("sales-3.gz", PACKED["gzip"], -1000)
    found = store.look()
    assert (found["too-old"].because, found["broken"].status) == ("its date lies in the future", Status.OK)
    store.write("sales-1.gz", PACKED["gzip"], 150)
    assert store.look()["too-old"].facts["hours"] == 150
    store.write("sales-2.gz", PACKED["gzip"], -1)
    assert store.look()["too-old"].status is Status.OK


def test_nothing_is_compared_with_a_file_from_the_future(store: Store) -> None:
    """While tonight's is being written the one of last night counts, or it alone, and not that one."""
    store.write("sales-9.gz", PACKED["gzip"], -1000)
    store.write("sales-2.gz", gzip.compress(NOISE[:100_000]), 0)
    assert store.look()["broken"].reason is Reason.BUSY
    store.write("sales-1.gz", gzip.compress(NOISE[:99_000]), 24)
    store.look()
    store.write("sales-2.gz", gzip.compress(NOISE[:100_000]), 1)
    found = store.look()["shrunk"]
    assert (found.status, found.facts["before_kibibytes"]) == (Status.OK, 96)


def test_the_newest_of_many_is_found(store: Store) -> None:
    """Also where it is the last in its folder."""
    old = store.write("0.gz", PACKED["gzip"], 150)
    for number in range(1, 5001):
        os.link(old, store.folder / f"{number}.gz")
    last = os.listdir(store.folder)[-1]  # noqa: PTH208  in the folder's own order
    store.write(last.replace("gz", "new"), PACKED["gzip"], 0).replace(store.folder / last)
    assert store.look("/backups/*.gz")["too-old"].facts["hours"] == 0


def test_a_folder_that_takes_too_long_is_unknown(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who saw half of it does not know the newest."""
    store.write("sales.gz", PACKED["gzip"], 9)
    monkeypatch.setattr(backup_files, "LIST_SECONDS", -1.0)
    assert {each.because for each in store.look().values()} == {"too many files in its folder"}


@pytest.mark.parametrize(
    ("enough", "remembered"), [(-1.0, "too large to read it now"), (9.0, "its turn is in the next round")]
)
def test_only_who_had_its_time_is_too_large(
    store: Store, monkeypatch: pytest.MonkeyPatch, enough: float, remembered: str
) -> None:
    """The others come first in the next round."""
    path = store.write("sales.db", database(store.folder / "sales.db"), 9)
    written = path.stat().st_mtime
    os.truncate(path, MOST_SQLITE_BYTES + 1)
    os.utime(path, (written, written))
    monkeypatch.setattr(backups, "ENOUGH_SECONDS", enough)
    assert store.look()["broken"].because == remembered


@pytest.fixture(scope="module")
def dump() -> Iterator[bytes]:
    """What pg_dump writes of a table of a real server, in its custom format."""
    (programs,) = Path("/usr/lib/postgresql").glob("*/bin")
    with tempfile.TemporaryDirectory(prefix="poshealth-test-") as folder:
        cluster = ["-D", f"{folder}/cluster"]
        as_postgres: list[str] = []
        if os.geteuid() == 0:  # initdb refuses to run as root
            shutil.chown(folder, "postgres")
            as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]

        def run(program: str, *words: str) -> bytes:
            command = [*as_postgres, str(programs / program), *words]
            return subprocess.run(command, check=True, capture_output=True, cwd=folder).stdout

        run("initdb", *cluster, "--no-sync", "--auth=trust")
        log, where = f"{folder}/log", ("-h", folder, "-p", "54320", "postgres")
        run("pg_ctl", *cluster, "-l", log, "-o", f"-k {folder} -p 54320 -c listen_addresses=''", "start")
        table = "CREATE TABLE sales AS SELECT n, md5(n::text) FROM generate_series(1, 20000) n"
        try:
            run("psql", *where, "-c", table)
            yield run("pg_dump", "-Fc", *where)
        finally:
            run("pg_ctl", *cluster, "-m", "immediate", "stop")


@pytest.mark.parametrize(("broken", "status"), [(bytes, Status.OK), (cut, Status.FAILING)])
def test_a_real_dump_is_really_restored(
    broken: Callable[[bytes], bytes], status: Status, till_folder: Path, run_probe: RunProbe, dump: bytes
) -> None:
    """By Debian's own pg_restore, into nothing."""
    path = till_folder / "backups/sales.dump"
    path.parent.mkdir()
    path.write_bytes(broken(dump))
    os.utime(path, (Till().wall_seconds() - HOUR,) * 2)
    options = DeviceOptions(backups=(Backup(name="sales", path=str(path)),))
    run: ProbeRun = run_probe(PROBE, options)
    found = next(r for r in run.readings if r.code == "device.backup-broken")
    assert found.status is status, found
