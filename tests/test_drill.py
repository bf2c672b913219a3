"""A fault rehearsed at a real till: paper, screen and head office say that it is a drill; then it is over."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.slip.words import FRAME
from console.control_client import ask
from probes.catalogue import ALL_PROBES
from simulators.escpos_printer import EscposPrinter
from tests.counter import HeadOffice, daemon, poshealth, wait_for, write_settings
from tests.port_holders import printer_table

pytestmark = pytest.mark.slow  # real processes

PAPER_OUT = "receipt-printer.paper-out"
ABOVE_AND_BELOW = "DRILL - nothing is broken"


class Till:
    """A daemon's settings beside a printer, and head office."""

    def __init__(self, folder: Path, printer: EscposPrinter, holders_socket: str, office: HeadOffice) -> None:
        self.folder, self.printer, self.office = folder, printer, office
        table = printer_table(printer.pty_path, holders_socket)
        slip = '[slip]\nprint_on = ["cause"]\nleast_minutes_between = 0\n'
        tables = f"{table}{slip}[every_seconds]\nreceipt_printer = 0.5\n[daemon.x]\n"
        self.settings = write_settings(folder, office.url, tables.replace("[daemon.x]\n", ""))
        text = self.settings.read_text().replace(
            "[daemon]", f'[daemon]\ntextfile = "{folder}/poshealth.prom"'
        )
        self.settings.write_text(text)

    def ask(self, do: str, **more: object) -> dict[str, Any]:
        return ask(str(self.folder / "control.sock"), {"do": do, **more}, 30)

    def drill(self, *words: str) -> str:
        done = poshealth("drill", *words, "--settings", str(self.settings))
        assert done.returncode == 0, done.stderr
        return done.stdout

    def check(self, *words: str) -> str:
        done = poshealth("check", *words, "--settings", str(self.settings))
        assert done.returncode == 0, done.stdout
        return done.stdout

    def at_head_office(self) -> Any:
        return self.office.terminal("0412-2")

    def endings(self) -> list[str]:
        """Of the drills that head office knows of, the newest first; empty for one that is on."""
        return [drill["ending"] for drill in self.at_head_office()["drills"]]

    def ready(self) -> None:
        """Every probe has spoken, and head office knows."""
        self.ask("check")
        wait_for(lambda: [row["code"] for row in self.office.terminals() if row["code"]])


@pytest.fixture
def till(till_folder: Path, holders_socket: str) -> Iterator[Till]:
    office = HeadOffice(till_folder)
    office.start()
    with EscposPrinter(columns=32) as printer:
        yield Till(till_folder, printer, holders_socket, office)
    office.stop()


def test_a_drill_from_its_beginning_to_its_end(till: Till) -> None:
    """Its slip stands between two marks, without code and QR; head office marks the row; over by itself."""
    with daemon(till.settings):
        till.ready()
        said = till.drill(PAPER_OUT, "--minutes", "0.15", "--print", "--lang", "en")
        wait_for(lambda: till.at_head_office()["terminal"]["drill"])
        during = till.at_head_office()
        wait_for(lambda: till.at_head_office()["terminal"]["drill"] is None)
        after = till.at_head_office()

    paper = [line for line in till.printer.text().splitlines() if line.strip() not in ("", "[cut]")]
    assert [paper[at].strip() for at in (0, 1, -1)] == [FRAME, ABOVE_AND_BELOW, ABOVE_AND_BELOW]
    assert "No printing: Paper out" in paper
    assert "Code: none, this is a drill" in paper
    assert b"\x1d(k" not in bytes(till.printer.received)  # GS ( k: a QR code
    assert all(line in said for line in paper)
    assert during["report"]["drill"]["slip"]["en"][1].strip() == ABOVE_AND_BELOW
    assert during["report"]["slip"]["en"][1].strip() == ABOVE_AND_BELOW
    assert (during["terminal"]["causes"], during["terminal"]["lost"]) == ([], [])
    assert [(each["code"], each["ending"]) for each in after["drills"]] == [(PAPER_OUT, "time")]
    assert after["drills"][0]["ended"] == pytest.approx(after["drills"][0]["until"])
    assert len(after["changes"]) == len(during["changes"]) == 1


def test_its_beginning_and_its_end_wait_for_no_round(till: Till) -> None:
    """On a till whose checks and heartbeats are an hour apart."""
    hour = "".join(f"{probe.id} = 3600\n" for probe in ALL_PROBES)
    text = till.settings.read_text().replace("receipt_printer = 0.5\n", hour)
    till.settings.write_text(text.replace("every_seconds = 1.0", "every_seconds = 3600"))
    with daemon(till.settings):
        till.ready()
        till.drill(PAPER_OUT, "--minutes", "0.25")
        wait_for(lambda: till.endings() == [""])
        wait_for(lambda: till.endings() == ["time"], seconds=30)


def test_every_other_voice_says_that_it_is_a_drill(till: Till) -> None:
    """Exit code, headline and losses are the true ones; real slips carry their code, and the two marks."""
    with daemon(till.settings):
        till.ready()
        till.drill(PAPER_OUT)
        text, nagios = till.check("--lang", "en"), till.check("--format", "nagios", "--lang", "en")
        report = json.loads(till.check("--json"))
        prometheus, checkmk = till.check("--format", "prometheus"), till.check("--format", "checkmk")
        status = poshealth("status", "--socket", str(till.folder / "control.sock")).stdout
        chinese = poshealth("status", "--lang", "zh", "--socket", str(till.folder / "control.sock")).stdout
        till.ask("slip", language="zh", technician=True)
        sample = f'poshealth_drill{{code="{PAPER_OUT}"}} 1'
        wait_for(lambda: sample in (till.folder / "poshealth.prom").read_text())

    assert text.startswith("DRILL until ")
    assert "\nNo fault.\n" in text
    assert nagios.startswith("POSHEALTH OK - DRILL until ")
    assert nagios.rstrip().endswith("causes=0|drill=1".replace("|", " "))
    assert (report["drill"]["cause"]["code"], report["diagnosis"].get("causes", [])) == (PAPER_OUT, [])
    assert sample in prometheus
    assert "drill=1" in checkmk
    assert status.startswith("DRILL until ")
    assert chinese.startswith("演练到")
    assert till.printer.text().count("演练, 设备正常") == 2
    assert "演练内容: 缺纸" in till.printer.text()
    assert "报修码" in till.printer.text()


def test_a_real_cause_ends_it_and_its_slip_says_so(till: Till) -> None:
    """On paper and at head office."""
    with socket.create_server(("127.0.0.1", 0)) as host:
        port = f'[firewall_ports]\noutbound = [{{ host = "127.0.0.1", port = {host.getsockname()[1]} }}]\n'
        text = till.settings.read_text().replace(
            "[every_seconds]", f"{port}[every_seconds]\nfirewall_ports = 0.5"
        )
        till.settings.write_text(text)
        with daemon(till.settings):
            till.ready()
            till.drill("power.ups-on-battery")
            host.close()
            wait_for(lambda: till.endings() == ["cause"])
            till.ask("slip", language="en")
            detail = till.at_head_office()

    assert [cause["code"] for cause in detail["terminal"]["causes"]] == ["firewall.port-refused"]
    assert detail["terminal"]["drill"] is None
    assert detail["report"]["slip"]["en"][1].strip() == "Drill over: this fault is real"
    assert "Drill over: this fault is real" in till.printer.text()
    assert "DRILL" not in till.printer.text()


def test_it_goes_on_over_a_restart_and_ends_all_the_same(till: Till) -> None:
    with daemon(till.settings):
        till.ready()
        till.drill(PAPER_OUT, "--minutes", "0.3")
    with daemon(till.settings):
        assert till.ask("status")["drill"]["cause"]["code"] == PAPER_OUT
        wait_for(lambda: till.ask("status")["drill"] is None, seconds=25)
        wait_for(lambda: till.endings() == ["time"])


def test_a_person_ends_it(till: Till) -> None:
    """And hears where none is on."""
    with daemon(till.settings):
        till.ready()
        till.drill(PAPER_OUT)
        assert till.drill("--end") == "The drill is over.\n"
        wait_for(lambda: till.endings() == ["asked"])
        again = poshealth("drill", "--end", "--settings", str(till.settings))

    assert (again.returncode, again.stderr) == (1, "No drill is on.\n")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([PAPER_OUT, "--minutes", "0"], 2),
        ([PAPER_OUT, "--minutes", "241"], 2),
        ([PAPER_OUT, "--minutes", "nan"], 2),
        ([], 64),
    ],
)
def test_what_is_mistyped_is_said(till: Till, words: list[str], code: int) -> None:
    done = poshealth("drill", *words, "--settings", str(till.settings))

    assert done.returncode == code
    assert "usage: poshealth drill" in done.stderr


def test_what_this_till_has_not_cannot_be_rehearsed(till: Till) -> None:
    """A code that nobody knows, with the nearest; a subject that is none, whatever it may be."""
    with daemon(till.settings):
        till.ask("check")
        mistyped = till.ask("drill", code="receipt-printer.paperout")
        invented = till.ask("drill", code=PAPER_OUT, subject="6222021234567890123")
        too_long = till.ask("drill", code=PAPER_OUT, minutes=1e9)
        assert till.ask("status")["drill"] is None

    assert PAPER_OUT in mistyped["error"]
    assert invented["error"].endswith("there are: receipt-printer")
    assert "240" in too_long["error"]


def test_without_a_daemon_there_is_no_drill(till: Till) -> None:
    done = poshealth("drill", PAPER_OUT, "--settings", str(till.settings))

    assert done.returncode == 1
    assert "poshealth run" in done.stderr
