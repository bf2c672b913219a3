"""A day beside a POS that prints when it likes: of us the printer hears DLE EOT, and nothing meanwhile."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import accumulate
from multiprocessing import get_context

import pytest

from probes.memory import Memory
from probes.receipt_printer.options import ReceiptPrinterOptions
from probes.receipt_printer.probe import PROBE
from probes.till import Till
from simulators.escpos_printer import EscposPrinter

ROUNDS, TILLS = 24 * 60, 8  # eight tills side by side, three hours each
QUESTION = re.compile(rb"\x10\x04[\x01-\x04]")
# Between our last look and our write lie microseconds, more on a machine that is busy (docs/limits.md).
MOST_IN_THE_GAP = 3

POS = """
import fcntl, json, os, random, select, sys, time, tty
name, seed = sys.argv[1], int(sys.argv[2])
chance, jobs, refused = random.Random(seed), [], 0
while not select.select([0], [], [], chance.expovariate(1 / 0.15))[0]:
    port = os.open(name, os.O_RDWR | os.O_NOCTTY)
    try:
        if chance.random() < 0.5:
            fcntl.flock(port, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        refused += 1
        os.close(port)
        continue
    lines = [b"%06d item %d\\n" % (len(jobs), number) for number in range(chance.randint(1, 8))]
    pieces = [b"\\x1b@", *lines, b"\\x1dV\\x00"]
    for piece in pieces:
        os.write(port, piece)
        if piece != pieces[-1] and chance.random() < 0.3:
            time.sleep(chance.uniform(0, 0.1))
    os.close(port)
    jobs.append(b"".join(pieces).hex())
print(json.dumps({"jobs": jobs, "refused": refused}))
"""


@pytest.mark.slow
def test_in_a_day_the_pos_hears_nothing_of_us_while_it_holds_the_port() -> None:
    """It locks or does not, pauses inside of a job or does not; its jobs arrive whole and in order."""
    with ProcessPoolExecutor(TILLS, mp_context=get_context("fork")) as tills:
        days = list(tills.map(part_of_a_day, range(TILLS)))
    told = sum((each for each in days), Counter())

    assert told["answered"] + told["in use"] == ROUNDS, told
    assert min(told["answered"], told["in use"], told["jobs"]) > ROUNDS / 20
    assert told["in the gap"] <= MOST_IN_THE_GAP


def part_of_a_day(seed: int) -> Counter[str]:
    """Rounds one after another, without the minute in between; a process as the probe's own is."""
    with EscposPrinter() as printer:
        command = [sys.executable, "-c", POS, printer.pty_path, str(seed)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as pos:
            told = rounds(printer.pty_path, ROUNDS // TILLS)
            printed, _ = pos.communicate()
        jobs = [bytes.fromhex(job) for job in json.loads(printed)["jobs"]]
        printer.wait_until(lambda: QUESTION.sub(b"", printer.received) == b"".join(jobs))
        return told + Counter({"jobs": len(jobs), "in the gap": questions_inside(printer.received, jobs)})


def questions_inside(received: bytes, jobs: list[bytes]) -> int:
    """What we wrote before the POS opened its port stands before its job."""
    ends = set(accumulate(map(len, jobs), initial=0))
    places = accumulate(len(piece) for piece in QUESTION.split(received)[:-1])
    return sum(place not in ends for place in places)


def rounds(port: str, count: int) -> Counter[str]:
    """What the printer's paper was said to be. Nobody is asked who holds the port: this process sees all."""
    options = ReceiptPrinterOptions(port=port, holders_socket="/no-such.sock")
    memory: dict[str, object] = {}
    told: Counter[str] = Counter()
    for _ in range(count):
        remembered = Memory(memory)
        readings = {reading.code: reading for reading in PROBE.read(options, Till(), remembered)}
        memory = remembered.values()
        paper = readings["receipt-printer.paper-out"]
        told["in use" if paper.reason == "busy" else "answered" if paper.status == "ok" else str(paper)] += 1
    return told
