"""The broker as a real process between a fake POS and a simulated printer."""

from __future__ import annotations

import errno
import fcntl
import os
import random
import re
import select
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.escpos_printer import EscposPrinter
from tests.broker.fake_pos import OURS, FakePos, ends_of, receipt, split_at_questions
from tests.broker.service import ROOT, Service, wait_for


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[EscposPrinter]:
    with EscposPrinter(speed=None, flow_control="blocking", link=tmp_path / "ttyS7") as started:
        yield started


@pytest.fixture
def broker(tmp_path: Path, printer: EscposPrinter) -> Iterator[Service]:
    with Service(tmp_path, str(tmp_path / "ttyS7")) as started:
        yield started


def settled(broker: Service, line: str = "ask 1") -> str:
    """The answer once no job is under way any more."""
    wait_for(lambda: not broker.ask(line)[0].startswith("busy"))
    return broker.ask(line)[0]


def arrived(printer: EscposPrinter, expected: bytes) -> None:
    """Every byte in order, once, with none of ours in it."""
    wait_for(lambda: len(printer.received) >= len(expected))
    assert printer.received == expected


class Asking(threading.Thread):
    """An agent that does nothing but ask."""

    def __init__(self, broker: Service) -> None:
        super().__init__(daemon=True)
        self._broker = broker
        self._stopping = threading.Event()
        self.said: list[str] = []

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.said += self._broker.ask(*(f"ask {n}" for n in (1, 2, 3, 4)))
            except OSError:
                time.sleep(0.001)  # while there is no broker

    def stop(self) -> None:
        self._stopping.set()
        self.join()


# --- the agent asks


def test_the_agent_gets_the_printers_answers(broker: Service, printer: EscposPrinter) -> None:
    """DLE EOT 1-4, with the paper out: 1A 32 12 7E."""
    printer.state.paper_out = True
    settled(broker)

    assert broker.ask("ask 1", "ask 2", "ask 3", "ask 4") == [
        "heard 1a end",
        "heard 32 end",
        "heard 12 end",
        "heard 7e end",
    ]


def test_the_pos_sees_nothing_of_it(broker: Service) -> None:
    """Neither the question nor its answer."""
    with FakePos(broker.link) as pos:
        settled(broker)
        assert pos.hear(0.2) == b""


def test_a_silent_printer_is_told_as_silence(broker: Service, printer: EscposPrinter) -> None:
    printer.faults.silent = True
    settled(broker, "ask 2")

    assert broker.ask("ask 1", "ask 2") == ["end", "end"]


def test_a_late_answer_of_ours_does_not_reach_the_pos(tmp_path: Path) -> None:
    """Also when the question had long been given up."""
    master, other_end = os.openpty()
    with Service(tmp_path, os.ttyname(other_end)) as broker, FakePos(broker.link) as pos:
        assert settled(broker) == "end"
        wait_for(lambda: select.select([master], [], [], 0)[0])
        os.write(master, b"\x12")
        assert pos.hear(0.3) == b""
        os.write(master, b"\x12\x12")
        assert pos.hear() == b"\x12"  # the second question's came late as well; nobody asked for the last
    os.close(master)
    os.close(other_end)


UNFINISHED = {
    "raster": b"\x1dv0\x00\x04\x00\x04\x00" + bytes(9),
    "command": b"\x1b",
    "QR": b"\x1d(k\x40\x00\x31",
    "barcode": b"\x1dk\x04ABC",
    "Han": b"\xba",
    "line": b"TOTAL 12",
}


@pytest.mark.parametrize("beginning", UNFINISHED.values(), ids=UNFINISHED)
def test_nothing_is_asked_inside(broker: Service, printer: EscposPrinter, beginning: bytes) -> None:
    """However long the POS makes a pause there."""
    with FakePos(broker.link) as pos:
        pos.send(beginning)
        arrived(printer, beginning)
        time.sleep(0.2)

        assert broker.ask("ask 1") == ["busy unfinished"]
        assert printer.received == beginning


def test_nothing_is_asked_so_soon_after(tmp_path: Path, printer: EscposPrinter) -> None:
    """Within the idle time a job may go on."""
    with Service(tmp_path, printer.pty_path, idle_seconds=30) as broker, FakePos(broker.link) as pos:
        pos.send(b"one line\n")
        arrived(printer, b"one line\n")

        assert broker.ask("ask 1") == ["busy job"]


def test_two_clients_at_once(broker: Service) -> None:
    """Each gets its own answers, and all of them."""
    settled(broker)
    said: list[list[str]] = []
    clients = [
        threading.Thread(target=lambda: said.append(broker.ask(*["ask 1", "ask 4"] * 20))) for _ in range(2)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()

    assert said == [["heard 12 end"] * 40] * 2


NONSENSE = [
    b"\0" * 500,
    b"ask 5\n",
    b"ask 1\nask 2\n",
    b"\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"ask 1" * 100,
    b"\xff\n",
]


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_nonsense_is_let_go(broker: Service, printer: EscposPrinter, nonsense: bytes) -> None:
    """Nothing of it reaches the printer, and the next is served."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(str(broker.socket))
        connection.sendall(nonsense)
        said = b"".join(iter(lambda: _received(connection), b""))

    assert said in (b"what\n", b"")
    assert OURS.sub(b"", printer.received) == b""
    assert settled(broker) == "heard 12 end"


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(99)
    except ConnectionResetError:
        return b""


def test_clients_that_only_sit_there_shut_nobody_out_for_good(broker: Service) -> None:
    """Nine of them; the eight that were let in leave, and the next is served."""
    idle = [socket.socket(socket.AF_UNIX) for _ in range(9)]
    for connection in idle:
        connection.connect(str(broker.socket))
    for connection in idle:
        connection.close()

    assert settled(broker) == "heard 12 end"


# --- the POS prints


def test_the_pos_gets_its_own_answers(broker: Service) -> None:
    """All four, in order, while somebody asks for ours all the time."""
    agent = Asking(broker)
    agent.start()
    with FakePos(broker.link) as pos:
        for _ in range(50):
            pos.send(b"\x10\x04\x01\x10\x04\x04\x1dI\x43")
            assert pos.hear(at_least=2)[:2] == b"\x12\x12"
            time.sleep(0.04)
            pos.hear(0)
    agent.stop()

    assert "heard 12 end" in agent.said


def test_the_pos_is_answered_first(tmp_path: Path) -> None:
    """While its own question is open ours waits, or one's answer would be taken for the other's."""
    master, other_end = os.openpty()
    with Service(tmp_path, os.ttyname(other_end)) as broker, FakePos(broker.link) as pos:
        agent = threading.Thread(target=settled, args=(broker,))
        pos.send(b"\x10\x04\x04")
        time.sleep(0.1)
        agent.start()
        time.sleep(0.1)
        assert os.read(master, 99) == b"\x10\x04\x04"
        os.write(master, b"\x72")
        assert pos.hear() == b"\x72"
        assert os.read(master, 99) == b"\x10\x04\x01"
        agent.join()
    os.close(master)
    os.close(other_end)


def test_a_program_that_sets_nothing(broker: Service, printer: EscposPrinter) -> None:
    """`echo > pos-printer`: no CR before LF, and the printer's answers are not echoed back to it."""
    port = os.open(broker.link, os.O_RDWR | os.O_NOCTTY)
    os.write(port, b"one\n\x10\x04\x01")
    assert select.select([port], [], [], 5)[0]
    settled(broker)
    os.close(port)

    assert OURS.sub(b"", printer.received) == b"one\n"


def test_automatic_status_goes_to_the_pos_and_to_who_watches(broker: Service, printer: EscposPrinter) -> None:
    """Switched on by the POS; unchanged to it, as a line to us."""
    with FakePos(broker.link) as pos, socket.socket(socket.AF_UNIX) as watcher:
        watcher.settimeout(5)
        watcher.connect(str(broker.socket))
        watcher.sendall(b"watch\n")
        pos.send(b"\x1da\x0f")
        first = pos.hear(at_least=4)
        printer.state.cover_open = True
        second = pos.hear(at_least=4)
        said = b""
        while said.count(b"\n") < 2:
            said += watcher.recv(99)

    assert said.decode().split() == ["frame", first.hex(), "frame", second.hex()]
    assert len(first) == len(second) == 4
    assert second[0] & 0x28 == 0x28


def test_2000_receipts_with_the_agent_asking_dying_and_hanging(
    broker: Service, printer: EscposPrinter
) -> None:
    """Every byte in order, and none of ours anywhere but between two receipts."""
    receipts = [receipt(number) for number in range(2000)]
    agents = [subprocess.Popen([sys.executable, "-c", ASK, str(broker.socket)], cwd=ROOT) for _ in range(3)]
    with FakePos(broker.link) as pos:
        for number, octets in enumerate(receipts):
            pos.send(octets)
            if number == 700:
                agents[0].kill()
            if number == 1000:
                agents[1].send_signal(signal.SIGSTOP)
            if number % 20 == 0:
                time.sleep(0.06)
        settled(broker)
    for agent in agents:
        agent.kill()
        agent.wait()

    assert printer.received.count(b"\x10\x04") > 50
    assert OURS.sub(b"", printer.received) == b"".join(receipts)
    assert split_at_questions(printer.received) <= ends_of(receipts)


ASK = """
import socket, sys
while True:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(sys.argv[1])
        for number in (1, 2, 3, 4):
            connection.sendall(b"ask %d\\n" % number)
            while not connection.recv(99).endswith((b"end\\n", b"job\\n", b"unfinished\\n", b"held\\n")):
                pass
"""


# --- the broker dies


def test_killed_and_restarted_the_pos_notices_nothing(broker: Service, printer: EscposPrinter) -> None:
    """Its open port stays the same; what it wrote before, meanwhile and after arrives."""
    with FakePos(broker.link) as pos:
        pos.send(b"before\n")
        broker.kill()
        pos.send(b"meanwhile\n")
        began = time.monotonic()
        broker.start()
        assert time.monotonic() - began < 1.0
        pos.send(b"after\n\x10\x04\x01")

        assert pos.hear() == b"\x12"
    arrived(printer, b"before\nmeanwhile\nafter\n\x10\x04\x01")


def test_nothing_is_lost_in_fifty_kills(broker: Service, printer: EscposPrinter) -> None:
    """At any moment of a flood of receipts: no byte lost, none twice, none of ours in a job."""
    receipts = [receipt(number) for number in range(3000)]
    pick = random.Random(3)
    with FakePos(broker.link) as pos:
        writer = threading.Thread(target=pos.send, args=(b"".join(receipts),))
        writer.start()
        for _ in range(50):
            time.sleep(pick.random() * 0.02)
            broker.kill()
            broker.start()
        writer.join()
        arrived(printer, b"".join(receipts))


def test_after_a_kill_in_the_middle_of_a_job_nothing_is_asked(
    broker: Service, printer: EscposPrinter
) -> None:
    """What had been sent before is not known to the next run."""
    with FakePos(broker.link) as pos:
        pos.send(UNFINISHED["raster"])
        arrived(printer, UNFINISHED["raster"])
        broker.kill()
        broker.start()
        pos.send(bytes(2))
        time.sleep(0.2)

        assert broker.ask("ask 1") == ["busy unfinished"]


def test_killed_while_it_asks_the_answer_is_not_the_pos_s(tmp_path: Path) -> None:
    """The next run knows that a question was under way."""
    master, other_end = os.openpty()
    with Service(tmp_path, os.ttyname(other_end)) as broker, FakePos(broker.link) as pos:
        time.sleep(0.1)
        with socket.socket(socket.AF_UNIX) as agent:
            agent.connect(str(broker.socket))
            agent.sendall(b"ask 1\n")
            assert os.read(master, 9) == b"\x10\x04\x01"
            broker.kill()
        broker.start()
        os.write(master, b"\x12")

        assert pos.hear(0.3) == b""
    os.close(master)
    os.close(other_end)


def test_the_name_is_the_same_after_a_restart_without_a_store(
    broker: Service, printer: EscposPrinter
) -> None:
    """As after a stop: then it is another pty, under the same name."""
    broker.kill()
    for descriptor in broker.store.values():
        os.close(descriptor)
    broker.store.clear()
    broker.start()
    with FakePos(broker.link) as pos:
        pos.send(b"new day\n")
        arrived(printer, b"new day\n")


# --- the line


@pytest.mark.parametrize(("speed", "baud"), [(termios.B19200, 19200), (termios.B115200, 115200)])
def test_the_printer_s_port_follows_the_pos(
    broker: Service, printer: EscposPrinter, speed: int, baud: int
) -> None:
    """A printer that listens at this speed alone understands the very first byte."""
    printer.speed = baud
    with FakePos(broker.link, speed) as pos:
        pos.send(b"\x10\x04\x01")
        assert pos.hear() == b"\x12"

    assert not any(entry.noise for entry in printer.journal.entries)


def test_flow_control_and_stop_bits_follow(tmp_path: Path) -> None:
    """Also of a POS that has sent nothing yet; parity is the broker's own setting."""
    master, other_end = os.openpty()
    with Service(tmp_path, os.ttyname(other_end)) as broker, FakePos(broker.link, xonxoff=True) as pos:
        attributes = termios.tcgetattr(pos.port)
        attributes[2] |= termios.CSTOPB | termios.CRTSCTS
        termios.tcsetattr(pos.port, termios.TCSANOW, attributes)
        wait_for(lambda: termios.tcgetattr(other_end)[2] & termios.CSTOPB)
        ports = termios.tcgetattr(other_end)

        assert ports[2] & termios.CRTSCTS
        assert ports[0] == termios.IXON
        assert (ports[1], ports[3], ports[2] & termios.HUPCL) == (0, 0, 0)
    os.close(master)
    os.close(other_end)


def paced(pos: FakePos, octets: bytes) -> None:
    """A line has a speed: here 64 kB/s, or a pty would swallow it all before anybody could say XOFF."""
    for at in range(0, len(octets), 64):
        pos.send(octets[at : at + 64])
        time.sleep(0.001)


def test_xoff_holds_the_pos_back_and_loses_nothing(tmp_path: Path) -> None:
    """A printer out of paper says XOFF at 128 free bytes; with paper again all that was held is printed."""
    with EscposPrinter(flow_control="xonxoff") as printer, Service(tmp_path, printer.pty_path) as broker:
        printer.state.paper_out = True
        with FakePos(broker.link, xonxoff=True) as pos:
            octets = b"".join(map(receipt, range(150)))
            writer = threading.Thread(target=paced, args=(pos, octets))
            writer.start()
            wait_for(lambda: len(printer.received) > 3900)
            time.sleep(0.3)
            assert len(printer.received) <= 4096
            assert broker.ask("ask 1") == ["busy job"]
            printer.state.paper_out = False
            writer.join(20)
            wait_for(lambda: printer.received == octets)
            assert printer.engine.discarded == 0


# --- what comes and goes


def test_a_printer_plugged_out_and_in_again(broker: Service, printer: EscposPrinter) -> None:
    """Found again under its name; what the POS sent meanwhile was kept."""
    with FakePos(broker.link) as pos:
        printer.vanish()
        wait_for(lambda: broker.ask("ask 1") == ["gone missing"])
        pos.send(b"kept\n")
        printer.plug_in()
        wait_for(lambda: b"kept\n" in printer.received)


def test_what_one_program_left_unread_is_not_the_next_one_s(broker: Service) -> None:
    """As with a real serial port, which forgets it when it is closed."""
    with FakePos(broker.link) as pos:
        pos.send(b"\x10\x04\x01")
        assert select.select([pos.port], [], [], 5)[0]
    time.sleep(0.1)
    with FakePos(broker.link) as pos:
        assert pos.hear(0.3) == b""


def test_what_comes_while_nobody_has_the_port_open_is_gone(broker: Service, printer: EscposPrinter) -> None:
    """Automatic status for a POS that is not there must not be its first answer next time."""
    with FakePos(broker.link) as pos:
        pos.send(b"\x1da\x0f")
        assert pos.hear(at_least=4)
    time.sleep(0.1)
    printer.state.cover_open = True
    time.sleep(0.1)
    with FakePos(broker.link) as pos:
        assert pos.hear(0.3) == b""


def test_a_receipt_of_a_program_that_closes_at_once(broker: Service, printer: EscposPrinter) -> None:
    """`cat receipt > /run/poshealth-printer/pos-printer`, again and again."""
    for number in range(30):
        with FakePos(broker.link) as pos:
            pos.send(receipt(number))

    arrived(printer, b"".join(map(receipt, range(30))))


def test_the_port_is_nobody_else_s(broker: Service, printer: EscposPrinter, tmp_path: Path) -> None:
    """A POS left at the real port's name is refused, and does not mix its bytes with ours."""
    Path(printer.pty_path).chmod(0o666)
    tmp_path.chmod(0o755)
    script = f"import os; os.setuid(65534); os.open({printer.pty_path!r}, os.O_RDWR | os.O_NOCTTY)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)

    assert os.strerror(errno.EBUSY).encode() in done.stderr


def test_a_program_that_locks_the_pty_and_dies_locks_nobody_out(broker: Service) -> None:
    """TIOCEXCL stays on a pty after the last close; the broker takes it away."""
    with FakePos(broker.link) as pos:
        fcntl.ioctl(pos.port, termios.TIOCEXCL)
        time.sleep(0.3)
    path = str(broker.link.resolve())
    script = f"import os; os.setuid(65534); os.open({path!r}, os.O_RDWR | os.O_NOCTTY)"
    Path(path).chmod(0o666)

    wait_for(
        lambda: (
            subprocess.run([sys.executable, "-c", script], capture_output=True, check=False).returncode == 0
        )
    )


def test_over_tcp(tmp_path: Path, printer: EscposPrinter) -> None:
    """A network printer is lent in the same way."""
    host, port = printer.tcp_address
    with Service(tmp_path, f"socket://{host}:{port}") as broker, FakePos(broker.link) as pos:
        pos.send(b"over the network\n\x10\x04\x01")
        assert pos.hear() == b"\x12"
        assert settled(broker) == "heard 12 end"


@pytest.mark.parametrize("words", [["socket://printer:9100"], ["/dev/ttyS0", "--speed", "9601"]])
def test_what_cannot_work_is_refused(words: list[str], tmp_path: Path) -> None:
    """With 78, which systemd does not start again."""
    command = [sys.executable, "-m", "broker", *words, "--link", str(tmp_path / "link")]

    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 78


def test_it_is_small(broker: Service) -> None:
    """Under 12 MB PSS, after work."""
    settled(broker)
    rollup = Path(f"/proc/{broker.pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss: +(\d+) kB", rollup, re.MULTILINE)

    assert found
    assert int(found[1]) < 12 * 1024


def test_it_needs_nothing_that_could_be_missing() -> None:
    """The standard library and little of ours: an upgrade that breaks the agent leaves printing alone."""
    script = "import sys, broker.__main__ as _; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    roots = {name.partition(".")[0] for name in done.stdout.split()}

    assert not roots & {"msgspec", "serial", "psutil", "requests", "vocabulary", "agent", "probes"}
