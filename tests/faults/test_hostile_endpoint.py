"""Whatever answers in head office's place: memory stays flat, rounds go on, every record survives."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from agent.outbox.outbox import Outbox
from agent.sending import courier as courier_module
from agent.sending import retry
from agent.sending.courier import Courier
from agent.sending.delivery import Route
from agent.sending.dispatch import Dispatch
from console.control_client import ask
from tests.agent.outboxes import fill, full
from tests.counter import TOKEN, HeadOffice, daemon, wait_for, write_settings
from tests.faults import gate
from tests.faults.gate import Behaviour, Gate, forwarding, saying

pytestmark = pytest.mark.slow  # a real head office and real megabytes

HTML = b"<html><title>Welcome to the hotel Wi-Fi</title></html>"
ALLOWED_KILOBYTES = 1500


class Till:
    """Outbox, courier and dispatch, a gate, and the real head office behind it."""

    def __init__(self, folder: Path, office: HeadOffice) -> None:
        self.port = int(office.url.rpartition(":")[2])
        self.home = forwarding(self.port)
        self.office = office
        self.most_failures = 0
        self.gate = Gate(self.home)
        self.outbox = Outbox(folder / "spool")
        self.courier = Courier(Route(url=self.gate.url, terminal="t1", key=TOKEN.encode()), None)
        self.dispatch = Dispatch("t1", self.outbox, self.courier)

    def until(self, condition: Callable[[], object], seconds: float = 20.0) -> None:
        """Waits between two tries are shortened; that nothing else is, is the point."""
        limit = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < limit, f"waited in vain: {self.dispatch.trouble}"
            self.dispatch.step(time.monotonic())
            self.most_failures = max(self.most_failures, self.dispatch.failures)
            self.dispatch._next_at = min(self.dispatch._next_at, time.monotonic() + 0.02)
            time.sleep(0.002)

    def anonymous_kilobytes(self) -> int:
        lines = Path(f"/proc/{self.courier._pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Anonymous:"))

    def stored(self) -> list[int]:
        with sqlite3.connect(self.office.database) as database:
            rows = database.execute("SELECT sequence FROM record ORDER BY sequence").fetchall()
        database.close()
        return [row[0] for row in rows]


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Till]:
    office = HeadOffice(tmp_path)
    office.start()
    made = Till(tmp_path, office)
    with made.gate:
        yield made
    made.courier.stop()
    made.outbox.close()
    office.stop()


def survives(till: Till, behaviour: Behaviour, failures: int = 6) -> None:
    """A good delivery, then `failures` hostile answers, then all is well: each record is stored once."""
    till.outbox.put(full)
    till.until(lambda: till.outbox.is_empty)
    before = till.anonymous_kilobytes()
    till.gate.turn(behaviour)
    till.courier.stop()
    fill(till.outbox, 5)
    till.until(lambda: till.dispatch.failures >= failures, 60)
    assert till.courier._pid == 0 or till.anonymous_kilobytes() - before < ALLOWED_KILOBYTES
    assert till.outbox.depth == 5
    till.gate.turn(till.home)
    till.courier.stop()
    till.courier.deadline = None
    till.until(lambda: till.outbox.is_empty)
    assert till.stored() == [1, 2, 3, 4, 5, 6]


@pytest.fixture
def short_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier_module, "DELIVERY_SECONDS", 1.0)


@pytest.mark.parametrize(
    "behaviour",
    [saying("200 OK", HTML, "Content-Type: text/html"), saying("200 OK", b"{}"), saying("204 No Content")],
    ids=["html", "json", "nothing"],
)
def test_captive_portal(till: Till, behaviour: Behaviour) -> None:
    """200 with something else: not delivered, and said to be somebody else."""
    survives(till, behaviour)


@pytest.mark.parametrize("behaviour", [gate.ten_gigabytes, gate.endless_chunks], ids=["length", "chunks"])
def test_ten_gigabyte_body(till: Till, behaviour: Behaviour) -> None:
    """64 KiB are read, then the connection is closed."""
    survives(till, behaviour)


def test_endless_header(till: Till) -> None:
    """The header is bounded, too."""
    survives(till, gate.endless_header)


@pytest.mark.usefixtures("short_deadline")
@pytest.mark.parametrize("behaviour", [gate.slow_header, gate.slow_body, gate.mute])
def test_slow_loris(till: Till, behaviour: Behaviour) -> None:
    """A wall-clock deadline round the whole call, however alive the connection looks."""
    survives(till, behaviour, failures=2)


def test_gzip_bomb(till: Till) -> None:
    """Nothing is unpacked: nobody asked for it."""
    survives(till, gate.gzip_bomb())


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"]
)
def test_redirect(till: Till, status: str) -> None:
    """Not followed: neither reports nor their signature go where somebody points."""
    with Gate(saying("200 OK")) as elsewhere:
        survives(till, saying(status, b"", f"Location: {elsewhere.url}/"))
        assert elsewhere.connections == 0


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
def test_refused_after_years(till: Till, status: str) -> None:
    """Nothing is given up; the next try is a quarter of an hour away, spread; it is told on the spot."""
    survives(till, saying(status), failures=2)
    till.outbox.put(full)
    till.gate.turn(saying(status))
    wait_for(lambda: till.dispatch.step(time.monotonic()))

    assert till.dispatch.is_refused
    assert till.dispatch._next_at - time.monotonic() > 890
    waits = [retry.unauthorised_seconds() for _ in range(50)]
    assert 900 <= min(waits) < max(waits) <= 1200


@pytest.mark.parametrize(
    "asked", ["0", "-1", "1e99", "NaN", "Thu, 01 Jan 1970 00:00:00 GMT", "soon", "9" * 400]
)
@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_absurd_retry_after(till: Till, status: str, asked: str) -> None:
    """Kept, tried again within the cap or the hour, never at once and never never."""
    till.outbox.put(full)
    till.gate.turn(saying(status, b"", f"Retry-After: {asked}"))
    till.dispatch.step(now := time.monotonic())
    wait_for(lambda: till.dispatch.step(time.monotonic()))

    assert now < till.dispatch._next_at < time.monotonic() + retry.MAX_RETRY_AFTER_SECONDS + retry.CAP_SECONDS
    assert till.outbox.depth == 1


@pytest.mark.parametrize("status", ["408 Request Timeout", "425 Too Early", "429 Too Many Requests",
                                    "500 Internal Server Error", "502 Bad Gateway", "503 Service Unavailable",
                                    "504 Gateway Timeout", "404 Not Found", "405 Method Not Allowed",
                                    "415 Unsupported", "501 Not Implemented"])  # fmt: skip
def test_error_for_hours(till: Till, status: str) -> None:
    """By shortened intervals: forty in a row cost nothing but time."""
    survives(till, saying(status, HTML), failures=40)


@pytest.mark.parametrize("status", ["400 Bad Request", "422 Unprocessable"])
def test_a_proxys_error_costs_no_record(till: Till, status: str) -> None:
    """Only what head office signed sets a record aside."""
    survives(till, saying(status, HTML), failures=12)


def test_hanging_up(till: Till) -> None:
    survives(till, gate.hanging_up)


def test_ack_lost_after_commit(till: Till) -> None:
    """Head office has stored it, the answer is lost: the next one says duplicate, one row each."""
    survives(till, gate.swallowing_answers(till.port), failures=3)


def test_a_proxy_that_closes_idle_connections_costs_no_delivery(till: Till) -> None:
    """After 75 s of silence, here 0.3: the next delivery takes a new connection and succeeds at once."""
    till.gate.turn(forwarding(till.port, idle_seconds=0.3))
    for number in range(4):
        till.outbox.put(full)
        till.until(lambda: till.outbox.is_empty)
        time.sleep(0.6 if number % 2 else 0.0)

    assert till.most_failures == 0
    assert till.gate.connections >= 2


def test_a_kept_connection_that_is_reset_when_it_is_used(till: Till) -> None:
    """Sent once more over a new one at once, and not counted as a failure."""
    till.gate.turn(gate.resetting_what_was_kept(till.port))
    for _ in range(4):
        till.outbox.put(full)
        till.until(lambda: till.outbox.is_empty)

    assert till.most_failures == 0
    assert till.gate.connections == 4


def test_the_daemon_among_them(tmp_path: Path) -> None:
    """Rounds and heartbeats go on; afterwards head office has each number once."""
    office = HeadOffice(tmp_path)
    office.start()
    home = forwarding(int(office.url.rpartition(":")[2]))
    with Gate(home) as way, daemon(write_settings(tmp_path, way.url, "", every=0.3)):
        wait_for(office.terminals)
        for behaviour in (gate.ten_gigabytes, saying("200 OK", HTML)):
            way.turn(behaviour)
            waiting, seen = outbox_of(tmp_path)["next"], way.connections
            wait_for(partial(grown, way, seen, tmp_path, waiting + 4), 40)
        way.turn(home)
        wait_for(lambda: outbox_of(tmp_path)["waiting"] == 0, 60)
    detail = office.terminal("0412-2")
    office.stop()

    assert (detail["gaps"], detail["rejected"]) == ([], [])
    assert detail["stored_through"] > 10


def outbox_of(folder: Path) -> dict[str, int]:
    found: dict[str, int] = ask(str(folder / "control.sock"), {"do": "status"}, 5)["outbox"]
    return found


def grown(way: Gate, connections: int, folder: Path, number: int) -> bool:
    return way.connections > connections and outbox_of(folder)["next"] >= number
