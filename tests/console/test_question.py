"""Was it right? At a keyboard one key, elsewhere one line; asked once, and head office has the answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from console.control_client import ask
from simulators.escpos_printer import EscposPrinter
from tests.console.terminal import Terminal
from tests.counter import PASSWORD, HeadOffice, daemon, poshealth, wait_for, write_settings
from tests.headoffice.visitor import Visitor
from tests.port_holders import printer_table
from vocabulary.question import Question

pytestmark = pytest.mark.slow  # real processes

QUESTION = "Was this right?"
TOLD = Question(
    id="0f1e2d3c",
    code="receipt-printer.paper-out",
    subjects=("receipt-printer",),
    titles={"en": "Paper out", "zh": "缺纸"},
    since=1_796_000_000.0,
)
"""Told by a daemon of long ago: a cause must last for two minutes to be asked about."""


class Till:
    def __init__(self, folder: Path, port: str, holders_socket: str) -> None:
        self.office = HeadOffice(folder)
        self.office.start()
        table = printer_table(port, holders_socket) + "[every_seconds]\nreceipt_printer = 0.5\n"
        self.settings = str(write_settings(folder, self.office.url, table))
        self.socket = str(folder / "control.sock")
        (folder / "state").mkdir()
        content = msgspec.json.encode({"watched": [TOLD]})
        (folder / "state" / "questions.json").write_bytes(content)

    def question(self) -> Any:
        return ask(self.socket, {"do": "status"}, 10)["question"]

    def at_head_office(self) -> list[dict[str, Any]]:
        return list(self.office.terminal("0412-2")["asked"]) if self.office.terminals() else []

    def is_asked(self) -> None:
        """Here and there."""
        wait_for(self.question)
        wait_for(self.at_head_office)


@pytest.fixture
def till(till_folder: Path, holders_socket: str) -> Iterator[Till]:
    with EscposPrinter() as printer:
        till = Till(till_folder, printer.pty_path, holders_socket)
        yield till
        till.office.stop()


@pytest.mark.parametrize(
    ("command", "key", "said", "right"),
    [("status", "y", "Noted.", True), ("check", "n", "Noted.", False), ("status", "l", "Later.", None)],
)
def test_one_key_answers(till: Till, command: str, key: str, said: str, right: bool | None) -> None:
    """Without Enter; head office has it with who and where, or it stays open."""
    place = ("--socket", till.socket) if command == "status" else ("--settings", till.settings)
    with daemon(Path(till.settings)):
        till.is_asked()
        screen = Terminal(command, *place)
        screen.until(QUESTION)
        screen.press(key)
        assert screen.end() == 0
        wait_for(lambda: [each["right"] for each in till.at_head_office()] == [right])
        open_still = till.question()

    assert "Gone: Paper out (receipt-printer)" in screen.output.decode()
    assert said in screen.output.decode()
    assert bool(open_still) is (right is None)
    assert till.at_head_office()[0]["by"] == ("" if right is None else "root")
    assert not till.at_head_office()[0]["at_head_office"]


@pytest.mark.parametrize("command", ["status", "check"])
def test_without_a_keyboard_it_says_how_to_answer(till: Till, command: str) -> None:
    """One line, and it waits for nobody; JSON and monitoring formats stay as they are."""
    place = ("--socket", till.socket) if command == "status" else ("--settings", till.settings)
    with daemon(Path(till.settings)):
        till.is_asked()
        done = poshealth(command, *place)
        quiet = poshealth("check", "--format", "nagios", "--settings", till.settings)
        answered = poshealth("answer", "n", "--settings", till.settings)
        again = poshealth("answer", "y", "--settings", till.settings)
        after = poshealth(command, *place)
        wait_for(lambda: [each["right"] for each in till.at_head_office()] == [False])

    assert "Answer with: poshealth answer y, or n" in done.stdout
    assert QUESTION not in quiet.stdout
    assert (answered.returncode, answered.stdout) == (0, "Noted.\n")
    assert (again.returncode, again.stderr) == (1, "Nothing is asked.\n")
    assert QUESTION not in after.stdout


def test_a_daemon_that_ends_meanwhile_keeps_its_question(till: Till) -> None:
    """The key is not lost in a traceback: it says how to answer later."""
    with daemon(Path(till.settings)):
        till.is_asked()
        screen = Terminal("status", "--socket", till.socket)
        screen.until(QUESTION)
    screen.press("y")

    assert screen.end() == 0
    assert "Answer with: poshealth answer y, or n" in screen.output.decode()


def test_answered_at_head_office_the_till_asks_no_more(till: Till) -> None:
    """It hears of it with the next answer; the next report asks nothing."""
    with daemon(Path(till.settings)):
        till.is_asked()
        question = till.question()["id"]
        assert Visitor(till.office.url, PASSWORD).answer("0412-2", "right", question) == 303
        wait_for(lambda: till.question() is None)
        wait_for(lambda: "question" not in till.office.terminal("0412-2")["report"])
        (kept,) = till.at_head_office()

    assert (kept["right"], kept["at_head_office"], kept["by"]) == (True, True, "127.0.0.1")


def test_an_answer_outlives_the_line_and_the_daemon(till: Till) -> None:
    """Given while head office is away, sent after a restart."""
    with daemon(Path(till.settings)):
        till.is_asked()
        till.office.stop()
        assert poshealth("answer", "y", "--settings", till.settings).returncode == 0
    till.office.start()
    with daemon(Path(till.settings)):
        wait_for(lambda: [each["right"] for each in till.at_head_office()] == [True], seconds=30)
