"""Was the cause right? One key where somebody sits at the keyboard; else a line that says how to answer."""

from __future__ import annotations

import os
import select
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from agent.slip.words import Speech
from console.control_client import NoDaemonError, ask
from console.login import login
from vocabulary.question import Question
from vocabulary.texts import translate

PATIENCE_SECONDS: Final = 30.0
"""A script that runs on a terminal of its own must not wait for a key for ever."""

_ASK_SECONDS: Final = 5.0
_KEYS: Final = {b"y": "right", b"n": "wrong"}


def ask_about(question: Question, socket: str, language: str) -> None:
    """Print it; with somebody there, wait for one key. Whatever is neither y nor n leaves it for later."""
    print(_said(question, language))
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print(_how_to_answer(language))
        return
    key = _key(sys.stdin.fileno(), translate("Was this right? [y/n/later]", language))
    answer = _KEYS.get(key.lower(), "")
    if not answer:
        print(translate("Later.", language))
        return
    try:
        noted = send_answer(socket, answer)
    except NoDaemonError:  # it ended meanwhile; a question is kept over that
        print(_how_to_answer(language))
        return
    print(translate("Noted." if noted else "It was answered already.", language))


def send_answer(socket: str, answer: str) -> bool:
    """`answer` is "right" or "wrong". Whether there was a question. Raise NoDaemonError."""
    return bool(ask(socket, {"do": answer, "by": login()}, _ASK_SECONDS).get("question"))


def _how_to_answer(language: str) -> str:
    return translate("Was this right? Answer with: poshealth answer y, or n", language)


def _said(question: Question, language: str) -> str:
    title = question.titles.get(language) or question.titles["en"]
    subjects = ", ".join(each for each in question.subjects if each)
    speech = Speech(language)
    return translate("Gone: {what}, {since} to {until}.", language).format(
        what=f"{title} ({subjects})" if subjects else title,
        since=speech.day_and_time(question.since),
        until=speech.since(question.until, question.since),
    )


def _key(terminal: int, prompt: str) -> bytes:
    """Empty where none comes in time. What was typed before it was asked is no answer."""
    with _one_by_one(terminal):
        print(prompt, end=" ", flush=True)
        ready = select.select([terminal], [], [], PATIENCE_SECONDS)[0]
        return os.read(terminal, 1) if ready else b""


@contextmanager
def _one_by_one(terminal: int) -> Iterator[None]:
    """Keys come without Enter and are not shown; Ctrl-C still interrupts."""
    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal)
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
