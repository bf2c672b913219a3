"""The disk is full, becomes read-only, fails, or gives back something else than was written."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.outbox.outbox import Outbox
from tests.agent.outboxes import covered, fill, kinds, large, pulse
from tests.counter import HeadOffice, daemon, wait_for, write_settings
from tests.faults.spools import drained, judge, make_image, mounted, session, told

pytestmark = pytest.mark.slow  # real file systems


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    point = tmp_path / "small"
    point.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m,nr_inodes=64", "tmpfs", point], check=True)
    yield point
    subprocess.run(["umount", "--lazy", point], check=True)


def fill_up(disk: Path) -> Path:
    """Another program takes every byte."""
    other = disk / "other-program"
    with other.open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            with contextlib.suppress(OSError):
                while file.write(b"x" * size):
                    pass
    return other


def test_disk_full_by_another_program(small_disk: Path) -> None:
    """With the room of the ballast the outbox goes on saving, and what is confirmed is deleted."""
    outbox = Outbox(small_disk)
    for _ in range(30):
        outbox.put(large)
    fill_up(small_disk)
    fill(outbox, 60)
    assert outbox.disk_is_full
    outbox.confirm(outbox.spool_id, 80)

    assert covered(outbox) == list(range(81, 91))
    assert outbox.trouble == ""


def test_the_full_disk_has_room_again(small_disk: Path) -> None:
    """The ballast is laid again by itself, with real blocks."""
    outbox = Outbox(small_disk)
    other = fill_up(small_disk)
    fill(outbox, 60)
    assert outbox.disk_is_full
    other.unlink()
    outbox._ballast._next_at = 0.0  # type: ignore[union-attr]
    fill(outbox, 1)

    assert (small_disk / "outbox.ballast").stat().st_blocks * 512 == 262_144


def test_a_disk_so_full_that_the_ballast_is_used_up(small_disk: Path) -> None:
    """On in memory; back on the disk once there is room: each record is there once."""
    outbox = Outbox(small_disk)
    other = fill_up(small_disk)
    for _ in range(60):
        outbox.put(large)
        fill_up(small_disk)
    assert "full" in outbox.trouble
    other.unlink()
    outbox._return_at = 0.0
    fill(outbox, 1)

    assert outbox.trouble == ""
    assert len(found := list(drained(outbox))) == len(set(found)) == 61


def test_a_disk_that_is_full_from_the_start(small_disk: Path) -> None:
    """Start is not refused."""
    fill_up(small_disk)
    outbox = Outbox(small_disk)
    fill(outbox, 3)

    assert outbox.trouble
    assert covered(outbox) == [1, 2, 3]


def test_file_system_turns_read_only(tmp_path: Path) -> None:
    """ext4 after an error, under the living outbox; once it is mended everything is there, each once."""
    image, point = make_image(tmp_path, 16)
    with mounted(image, point, "-o", "errors=remount-ro") as device:
        outbox = Outbox(point)
        fill(outbox, 5)
        Path("/sys/fs/ext4", Path(device).name, "trigger_fs_error").write_text("a test")
        fill(outbox, 3)
        outbox._return_at = 0.0
        fill(outbox, 1)
        assert outbox.trouble
        assert covered(outbox) == [1, 2, 3, 4]
    subprocess.run(["e2fsck", "-fy", image], check=False, capture_output=True)
    with mounted(image, point):
        outbox._return_at = 0.0
        fill(outbox, 1)
        assert outbox.trouble == ""
        assert len(found := list(drained(outbox))) == len(set(found)) == 10
        outbox.close()


@pytest.mark.parametrize("when", ["1..6", "4..9", "20..21", "33"])
@pytest.mark.parametrize("call", ["fdatasync", "pwrite64"])
def test_eio_from_the_disk_for_a_while(tmp_path: Path, call: str, when: str) -> None:
    """No round is lost, nothing is there twice, and it is back on the disk once that works."""
    log = tmp_path / "spool" / "outbox.db-wal"
    errors = ["-e", f"trace={call}", "-e", f"inject={call}:error=EIO:when={when}"]
    only = ["-P", str(log), "-P", str(log.with_name("outbox.db"))]
    done = session(log.parent, tmp_path / "told", 60, "strace", "-qq", "-o", "/dev/null", *errors, *only)
    said = told(tmp_path / "told")

    assert done.stdout == "on disk\n", done.stderr
    assert said.in_memory or call == "pwrite64", (
        "a checkpoint that fails alone costs nothing: it is done later"
    )
    assert len(said.on_disk | said.in_memory) == 60
    judge(log.parent, said, also_in_memory=True)


@pytest.mark.parametrize("call", ["fdatasync", "pwrite64"])
def test_eio_from_the_disk_again_and_again(tmp_path: Path, call: str) -> None:
    """Every fifth call fails: such a disk is never usable again, and not one round is missed."""
    log = tmp_path / "spool" / "outbox.db-wal"
    errors = ["-e", f"trace={call}", "-e", f"inject={call}:error=EIO:when=3+5"]
    only = ["-P", str(log), "-P", str(log.with_name("outbox.db"))]
    done = session(log.parent, tmp_path / "told", 60, "strace", "-qq", "-o", "/dev/null", *errors, *only)
    said = told(tmp_path / "told")

    assert done.returncode == 0, done.stderr
    assert len(said.on_disk | said.in_memory) == 60
    judge(log.parent, said)


def test_after_a_sync_that_failed_nothing_is_added_to_that_log(tmp_path: Path) -> None:
    """It may be whole in memory and torn on the disk: a power cut would lose what stood behind the tear."""
    trace, log = tmp_path / "trace", tmp_path / "spool" / "outbox.db-wal"
    calls = ["-e", "trace=fdatasync,pwrite64,unlink", "-e", "inject=fdatasync:error=EIO:when=9"]
    tracer = ["strace", "-qq", "-o", str(trace), *calls, "-P", str(log)]
    done = session(log.parent, tmp_path / "told", 20, *tracer)
    lines = trace.read_text().splitlines()
    failed = next(index for index, line in enumerate(lines) if "EIO" in line)
    gone = next(index for index, line in enumerate(lines) if index > failed and "unlink" in line)

    assert done.stdout == "on disk\n"
    assert not [line for line in lines[failed:gone] if "pwrite64" in line]


def zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def garbage(path: Path) -> None:
    path.write_bytes(b"\xff" * 20_000)


def one_bad_page(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-8192:-7992] = b"\xa5" * 200
    path.write_bytes(content)


def cut_short(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2 + 100])


@pytest.mark.parametrize("damage", [zeros, garbage, one_bad_page, cut_short])
def test_spool_corrupted(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    """Set aside; what can be read goes on under its old id, every number covered; the new one has its own."""
    outbox = Outbox(tmp_path)
    for number in range(200):
        outbox.put(large if number % 9 == 0 else pulse)
    old = outbox.spool_id
    outbox.close()
    damage(tmp_path / "outbox.db")
    outbox = Outbox(tmp_path)
    fill(outbox, 1)

    assert (outbox.trouble, outbox.spool_id == old) == ("", False)
    assert outbox.salvaged is not None
    assert len({path.name[:30] for path in tmp_path.glob("outbox.db.corrupt-*")}) == 1
    if outbox.load(1, 1).spool == old:
        numbers = covered(outbox)
        assert numbers == list(range(numbers[0], 201))
        assert outbox.salvaged.saved == len([kind for kind in kinds(outbox) if kind != "Dropped"])
        assert outbox.salvaged.saved + outbox.salvaged.lost == len(numbers)


def test_most_of_a_spool_with_one_bad_page_is_saved(tmp_path: Path) -> None:
    """And what is not has the reason said."""
    outbox = Outbox(tmp_path)
    for number in range(200):
        outbox.put(large if number % 9 == 0 else pulse)
    outbox.close()
    one_bad_page(tmp_path / "outbox.db")
    outbox = Outbox(tmp_path)

    assert outbox.salvaged
    assert outbox.salvaged.saved > 100


def test_truncated_log(tmp_path: Path) -> None:
    """What the log still holds is there, in order from the first; the file is sound."""
    log = tmp_path / "spool" / "outbox.db-wal"
    killed = ["-e", "trace=unlink", "-e", "inject=unlink:signal=SIGKILL:when=1", "-P", str(log)]
    done = session(log.parent, tmp_path / "told", 40, "strace", "-qq", "-o", "/dev/null", *killed)
    cut_short(log)
    outbox = Outbox(tmp_path / "spool")
    fill(outbox, 1)

    assert done.returncode != 0
    assert outbox.trouble == ""
    numbers = covered(outbox)
    assert numbers == list(range(numbers[0], numbers[-1] + 1))


def test_a_daemon_on_a_full_disk(small_disk: Path, till_folder: Path) -> None:
    """It starts, says so, reports, and ends in order; nothing restarts in circles."""
    office = HeadOffice(till_folder)
    office.start()
    path = write_settings(till_folder, office.url, "", every=0.3)
    path.write_text(path.read_text().replace(f"{till_folder}/state", f"{small_disk}/state"))
    fill_up(small_disk)
    with daemon(path):
        wait_for(lambda: "agent.spool-in-memory" in causes(office))
        (small_disk / "other-program").unlink()
        wait_for(lambda: "agent.spool-in-memory" not in causes(office), 45)
    assert office.terminal("0412-2")["gaps"] == []
    office.stop()


def causes(office: HeadOffice) -> list[str]:
    return [cause["code"] for row in office.terminals() for cause in row["causes"]]
