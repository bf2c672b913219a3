"""What plug-ins print, as the guidelines have it and as it is out there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.monitoring_plugins import Figure, Output, parse

PLUGINS = Path("/usr/lib/nagios/plugins")  # Debian: monitoring-plugins-basic
LONG = """DISK OK - free space: / 3326 MB (56%); | /=2643MB;5948;5958;0;5968
/ 15272 MB (77%);
/boot 68 MB (69%);
/var/log 819 MB (84%); | /boot=68MB;88;93;0;98
/home=69357MB;253404;253409;0;253414
"""
SIZE = Figure(
    label="/", value=2643.0, unit="MB", warning="5948", critical="5958", minimum="0", maximum="5968"
)


@pytest.mark.parametrize(
    ("output", "read"),
    [
        # the guidelines' own example, its long output and second line of figures among it
        (
            LONG,
            (
                "DISK OK - free space: / 3326 MB (56%);",
                ("/ 15272 MB (77%);", "/boot 68 MB (69%);", "/var/log 819 MB (84%);"),
                [("/", 2643, "MB"), ("/boot", 68, "MB"), ("/home", 69357, "MB")],
            ),
        ),
        # figures
        ("x|a=1 b=2.5s c=-3% d=.5 e=1e-3us", [("a", 1), ("b", 2.5), ("c", -3), ("d", 0.5), ("e", 1e-3)]),
        ("x|'two words'=1c 'it''s'=2 'a=b'=3", [("two words", 1), ("it's", 2), ("a=b", 3)]),
        ("x|a=U b=1;@10:20;~:5", [("a", None), ("b", 1)]),
        ("x|users=0;5;9;0", [("users", 0)]),
        # what is none
        ("x|a=0,5s b=1", [("b", 1)]),
        ("x|a=0.[number hidden] b=1", [("b", 1)]),
        ("x|a=1e999 b=nan c=inf d= e=1", [("e", 1)]),
        ("x|a=1.2.3 =5 'open=1 b=2", [("b", 2)]),
        (f"x|{'a' * 81}=1 '{'b' * 81}'=2 c={'1' * 41} d=3", [("d", 3)]),
        (f"x|'a b=1 c'={'2' * 41} d'e f'=3 g=4;;;;;9", [("g", 4)]),
        # no figures
        ("PROCS OK\n", []),
        ("only this", []),
        ("", []),
        ("\n\n", []),
        ("|", []),
    ],
)
def test_output_is_read(output: str, read: tuple[str, tuple[str, ...], list[object]] | list[object]) -> None:
    """First line, long text, figures with label, value and unit."""
    found = parse(output)
    figures = [(each.label, each.value, each.unit) for each in found.figures]
    if isinstance(read, tuple):
        assert (found.text, found.details, figures) == read
    else:
        assert [each[:2] for each in figures] == read


def test_ranges_are_kept_as_written() -> None:
    """Thresholds and bounds have a grammar of their own."""
    assert parse("x | /=2643MB;5948;5958;0;5968").figures == (SIZE,)
    assert parse("x | a=1;@10:20;~:5").figures[0].warning == "@10:20"


def test_nothing_on_the_line_can_steer_a_screen_or_a_printer() -> None:
    """Escape sequences, bells and marks that turn the direction of writing are blanks."""
    assert parse("\x1b[2Jfine\x07 \u202etxt\x9b | a=1").text == "[2Jfine txt"


@given(st.text())
def test_any_text_is_an_output(output: str) -> None:
    assert isinstance(parse(output), Output)


@pytest.mark.parametrize("unit", ["'", "a=", "=", "'a'", "a=1;", "''=", "|", "a "])
def test_a_long_hostile_output_is_read(unit: str) -> None:
    """Sixty kilobytes that almost match, everywhere."""
    assert parse("x|" + unit * (60_000 // len(unit))).text == "x"


@pytest.mark.parametrize(
    ("words", "label"),
    [
        (["check_users", "-w", "90", "-c", "99"], "users"),
        (["check_disk", "-w", "1%", "-c", "0%", "-p", "/"], "/"),
        (["check_procs", "-c", "1:"], "procs"),
    ],
)
def test_real_plugins_are_understood(words: list[str], label: str) -> None:
    """Of Debian's own: their name for the first figure, and a number."""
    done = subprocess.run(
        [PLUGINS / words[0], *words[1:]], capture_output=True, text=True, check=True, timeout=20
    )
    found = parse(done.stdout)

    assert found.text.startswith(label.upper() if label != "/" else "DISK OK")
    assert found.figures[0].label == label
    assert found.figures[0].value is not None
