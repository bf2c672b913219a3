"""What a demo prints: read back from head office and from the simulated paper, never made up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from console.demo_counter import Counter

Row = dict[str, Any]
_TRIES = 3  # of a person who wants a slip: on a busy machine the simulated printer may answer too late


def print_row(row: Row, causes: list[Row], language: str) -> None:
    print(f"   head office, terminal {row['terminal']}:")
    for cause in causes:
        words = cause["words"][language]
        print(f"     {'reminder' if cause.get('planned') else 'cause':8} {words['title']}  [{cause['code']}]")
        print(f"              {words['text']}")
        print(f"     step     {words['remedy']}")
        print(f"     owner    {cause['owner']}")
    print(f"     lost     {', '.join(row['lost']) or 'nothing'}")
    print(f"     works    {', '.join(row['works']) or 'nothing proven'}")


def slip_on_paper(counter: Counter, output: Path, name: str, language: str) -> None:
    """`poshealth slip --print`, then what the simulated printer rendered from the bytes it got."""
    counter.printer.tear_off()
    for _ in range(_TRIES):
        said = counter.poshealth("slip", "--print", "--lang", language)
        if (text := counter.printer.text()).strip():
            break
        print(f"   {said.strip().splitlines()[-1]}; asked again")
    else:
        raise RuntimeError(f"nothing came out of the printer: {said}")
    (output / f"{name}.txt").write_text(text, encoding="utf-8")
    counter.printer.write_png(output / f"{name}.png")
    print(f"   {said.strip()}; on the simulated paper ({output / name}.png):")
    _framed(text)


def slip_on_screen(counter: Counter, output: Path, name: str, language: str) -> None:
    """The printer is the fault: the same slip on the screen and as a picture."""
    text = counter.poshealth("slip", "--lang", language)
    counter.poshealth("slip", "--preview", str(output / f"{name}.png"), "--lang", language)
    (output / f"{name}.txt").write_text(text, encoding="utf-8")
    print(f"   the slip, on the screen because the printer is the fault ({output / name}.png):")
    _framed(text)


def _framed(text: str) -> None:
    for line in text.rstrip("\n").splitlines():
        print(f"     | {line}")


def said(row: Row) -> list[Row]:
    """Faults first, then what was planned."""
    return [*row["causes"], *row.get("reminders", ())]


def codes(row: Row) -> set[str]:
    return {cause["code"] for cause in said(row)}


def title(text: str) -> None:
    print(f"\n== {text}")
