"""What each answer of head office does to the outbox, over a real connection."""

from __future__ import annotations

import gzip
import http.server
import socket
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec
import pytest

from agent.outbox.outbox import Outbox
from agent.sending import courier as courier_module
from agent.sending.courier import Courier
from agent.sending.delivery import Route
from agent.sending.dispatch import Dispatch
from tests.agent.outboxes import full
from tests.counter import TOKEN, wait_for
from vocabulary import wire

KEY = TOKEN.encode()
Reply = Callable[["Office", bytes], None]


class Office(http.server.BaseHTTPRequestHandler):
    """Answers as the test says; `server.reply` may change while it runs."""

    protocol_version = "HTTP/1.1"

    @property
    def is_packed(self) -> bool:
        return self.headers.get("Content-Encoding") == "gzip"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.packets.append((body, self.headers[wire.SIGNATURE_HEADER]))  # type: ignore[attr-defined]
        body = gzip.decompress(body) if self.is_packed else body
        self.server.seen.append(msgspec.json.decode(body))  # type: ignore[attr-defined]
        self.server.reply(self, body)  # type: ignore[attr-defined]

    def say(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        pass


def accepting(office: Office, body: bytes, next_seconds: float = 0.0) -> None:
    parcel = wire.decode_parcel(body)
    verdicts = tuple(wire.Verdict(sequence=r.sequence, outcome="stored") for r in parcel.records)
    answer = wire.Answer(
        spool=parcel.spool,
        accepted=verdicts,
        stored_through=parcel.records[-1].sequence,
        next_seconds=next_seconds,
    )
    encoded = wire.encode(answer)
    office.say(200, encoded, **{wire.SIGNATURE_HEADER: wire.signature(KEY, encoded)})


class Line:
    """An outbox, a courier and the office they talk to."""

    def __init__(self, folder: Path) -> None:
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Office)
        self.server.daemon_threads = True
        self.seen: list[dict[str, object]] = []
        self.server.seen, self.server.packets = self.seen, []  # type: ignore[attr-defined]
        self.answer(accepting)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        url = f"http://127.0.0.1:{self.server.server_port}"
        self.outbox = Outbox(folder)
        self.courier = Courier(Route(url=url, terminal="t1", key=KEY), None)
        self.dispatch = Dispatch("t1", self.outbox, self.courier)

    def answer(self, reply: Reply) -> None:
        self.server.reply = reply  # type: ignore[attr-defined]

    def fill(self, count: int) -> None:
        for _ in range(count):
            self.outbox.put(lambda _, n: wire.Pulse(sequence=n, at=0.0, unchanged_since=1))

    def until(self, condition: Callable[[], object], seconds: float = 15.0) -> None:
        limit = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < limit, "waited in vain"
            self.dispatch.step(time.monotonic())
            self.dispatch._next_at = min(self.dispatch._next_at, time.monotonic() + 0.05)
            time.sleep(0.002)


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    made = Line(tmp_path)
    yield made
    made.courier.stop()
    made.outbox.close()
    made.server.shutdown()
    made.server.server_close()


def test_a_backlog_drains_oldest_first(line: Line) -> None:
    """In parcels, over one kept connection, until nothing waits."""
    line.fill(450)
    line.until(lambda: line.outbox.depth == 0)
    sequences = [record["sequence"] for parcel in line.seen for record in parcel["records"]]  # type: ignore[attr-defined]

    assert sequences == list(range(1, 451))
    assert line.courier.restarts == 0


HTML = b"<html>Welcome to the hotel Wi-Fi</html>"
OTHER = wire.encode(wire.Answer(spool="another", accepted=(), stored_through=999))


@pytest.mark.parametrize(
    "reply",
    [
        lambda office, _: office.say(500, b"oops"),
        lambda office, _: office.say(503, b"", Retry_After="1e99"),
        lambda office, _: office.say(429, b"", Retry_After="NaN"),
        lambda office, _: office.say(401, b""),
        lambda office, _: office.say(200, HTML, Content_Type="text/html"),
        lambda office, _: office.say(200, b'{"spool":"x","accepted":[],"stored_through":999}'),
        lambda office, _: office.say(200, OTHER, **{wire.SIGNATURE_HEADER: wire.signature(KEY, OTHER)}),
        lambda office, _: office.say(200, HTML, Content_Encoding="gzip"),
        lambda office, _: office.say(302, b"", Location="http://127.0.0.1:1/"),
        lambda office, _: office.connection.shutdown(socket.SHUT_RDWR),
    ],
    ids=["500", "503", "429", "401", "portal", "unsigned", "other parcel", "gzip", "redirect", "hangs up"],
)
def test_nothing_but_a_signed_answer_deletes(line: Line, reply: Reply) -> None:
    """The records stay, the failure is named, and the next good answer takes them all."""
    line.fill(3)
    line.answer(reply)
    line.until(lambda: line.dispatch.failures >= 2)
    assert line.outbox.depth == 3
    assert line.dispatch.trouble
    line.answer(accepting)
    line.until(lambda: line.outbox.depth == 0)

    assert line.dispatch.failures == 0


def test_an_endless_answer_is_cut(line: Line) -> None:
    """64 KiB are read and no more."""

    def endless(office: Office, _: bytes) -> None:
        office.send_response(200)
        office.end_headers()
        for _piece in range(2000):
            office.wfile.write(b"x" * 65536)

    line.fill(1)
    line.answer(lambda office, body: _suppress(endless, office, body))
    line.until(lambda: line.dispatch.failures)

    assert line.dispatch.trouble == "the answer does not end"


def _suppress(reply: Reply, office: Office, body: bytes) -> None:
    try:
        reply(office, body)
    except OSError:
        office.close_connection = True


def test_an_office_that_never_answers_costs_the_courier(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte every now and then would hold any read timeout for ever: the wall clock does not mind."""
    monkeypatch.setattr(courier_module, "DELIVERY_SECONDS", 1.0)

    def drip(office: Office, _: bytes) -> None:
        for _piece in range(100):
            office.wfile.write(b"H")
            time.sleep(0.1)

    line.fill(1)
    line.answer(lambda office, body: _suppress(drip, office, body))
    line.until(lambda: line.dispatch.failures)
    assert line.outbox.depth == 1
    line.answer(accepting)
    line.until(lambda: line.outbox.depth == 0)

    assert line.courier.restarts == 1


REFUSAL = b'{"error": "not a parcel"}'
SIGNED = {wire.SIGNATURE_HEADER: wire.signature(KEY, REFUSAL)}


@pytest.mark.parametrize(
    "refuse",
    [lambda office: office.say(413, b""), lambda office: office.say(400, REFUSAL, **SIGNED)],
    ids=["413", "400 signed"],
)
def test_a_parcel_is_halved_until_the_poison_stands_alone(
    line: Line, refuse: Callable[[Office], None]
) -> None:
    """Refused with record 5 in it: all others arrive, 5 is covered by a range that says why."""

    def picky(office: Office, body: bytes) -> None:
        records = msgspec.json.decode(body)["records"]
        if any(record["sequence"] == 5 and record["kind"] == "pulse" for record in records):
            refuse(office)
        else:
            accepting(office, body)

    line.fill(20)
    line.answer(picky)
    line.until(lambda: line.outbox.depth == 0)
    kinds = {r["sequence"]: r["kind"] for p in line.seen for r in p["records"]}  # type: ignore[attr-defined]

    assert kinds == {n: "dropped" if n == 5 else "pulse" for n in range(1, 21)}


@pytest.mark.parametrize(
    ("status", "headers"),
    [(415, {wire.SIGNATURE_HEADER: wire.signature(KEY, REFUSAL)}), (415, {}), (400, {})],
    ids=["an earlier release", "a box in front", "another box"],
)
def test_who_takes_nothing_packed_gets_it_plain(line: Line, status: int, headers: dict[str, str]) -> None:
    """In the same delivery, without a failure; from then on at once."""
    forms: list[bool] = []

    def earlier(office: Office, body: bytes) -> None:
        forms.append(office.is_packed)
        if office.is_packed:
            office.say(status, REFUSAL, **headers)
        else:
            accepting(office, body)

    line.answer(earlier)
    line.fill(40)
    line.until(lambda: line.outbox.depth == 0)
    line.fill(40)
    line.until(lambda: line.outbox.depth == 0)

    assert forms == [True, False, False]
    assert not line.dispatch.failures


def test_a_packed_parcel_is_signed_as_it_is_sent(line: Line) -> None:
    """Head office need not unpack what nobody with the token has packed."""
    line.fill(40)
    line.until(lambda: line.outbox.depth == 0)
    (packed,) = line.server.packets  # type: ignore[attr-defined]

    assert wire.signed_rightly(KEY, *packed)
    assert len(packed[0]) < 1000


def test_a_steady_heartbeat_is_small(line: Line) -> None:
    """Under 200 bytes, for a terminal whose name has a store, a till and a lane."""
    bodies: list[bytes] = []

    def weighing(office: Office, body: bytes) -> None:
        bodies.append(body)
        accepting(office, body)

    line.answer(weighing)
    line.dispatch._terminal = "s0412-t2-lane"
    with line.outbox._spool.transaction():
        line.outbox._spool.db.execute("UPDATE spool SET next = 123456")
    line.outbox.put(lambda _, n: wire.Pulse(sequence=n, at=1795305120.5, unchanged_since=n - 14))
    line.until(lambda: bodies)

    assert len(bodies[0]) < 200


def test_the_newest_state_rides_beside_a_backlog(line: Line) -> None:
    """The page is right at once while history drains."""
    line.fill(299)
    line.outbox.put(full)
    line.dispatch.newest = full(line.outbox.spool_id, 300)
    line.until(lambda: line.outbox.depth == 0)

    assert "newest" in line.seen[0]
    assert "newest" not in line.seen[-1]


@pytest.mark.parametrize(("asked", "waits"), [(0.0, 0.2), (120.0, 120.0), (86400.0, 300.0), (-5.0, 0.2)])
def test_head_office_may_ask_for_patience(line: Line, asked: float, waits: float) -> None:
    """`next_seconds` is obeyed in bounds, also when something changes meanwhile."""
    line.answer(lambda office, body: accepting(office, body, next_seconds=asked))
    line.fill(1)
    line.dispatch.step(time.monotonic())
    wait_for(lambda: line.dispatch.step(time.monotonic()))
    line.dispatch.hurry(now := time.monotonic())

    assert line.dispatch._next_at - now <= waits
    assert line.dispatch._next_at - now > (waits - 5 if waits > 5 else -1)


def test_a_new_outage_is_told_from_a_lost_parcel(line: Line) -> None:
    """Three failures in a row; since the first of them, and over with the first answer."""
    line.fill(1)
    line.answer(lambda office, _: office.say(500, b""))
    found = []
    for failures in (2, 3, 0):
        if not failures:
            line.answer(accepting)
        line.until(partial(has_failed, line, failures))
        found.append(line.dispatch.unreached)

    assert [each and each.cause for each in found] == [None, "refused", None]


def has_failed(line: Line, times: int) -> bool:
    return line.dispatch.failures == times
