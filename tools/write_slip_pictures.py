"""Draws the slips of docs/slips from the situations that the tests use."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from agent.drill.rehearsal import as_if, rehearsed  # noqa: E402
from agent.own_conditions import ALL_CONDITIONS  # noqa: E402
from agent.slip.codes_only import without_addresses  # noqa: E402
from agent.slip.emergency_plan import emergency_plan  # noqa: E402
from agent.slip.picture import write_png  # noqa: E402
from agent.slip.qr import qr_payload  # noqa: E402
from agent.slip.slips import Slip, cashier_slip, drill_slip, technician_slip  # noqa: E402
from tests.agent.slip.situations import (  # noqa: E402
    ALL_WELL,
    BEFORE,
    CONTACTS,
    KEY,
    NOW,
    PLANNED,
    PLANS,
    SITUATIONS,
)
from vocabulary.report import Drill  # noqa: E402

FOLDER = ROOT / "docs" / "slips"


ON_OTHER_PAPER = {
    "cashier": ((42, 48), ("near-end", "firewall", "line-down")),
    "technician": ((32, 42), ("firewall",)),
}


def slips() -> Iterator[tuple[str, Slip]]:
    """File name without its ending, and what it shows: cashiers on 58 mm, technicians on 80 mm paper.

    Then some of them on other paper, in a folder named by its columns.
    """
    for situation, report in SITUATIONS.items():
        qr = qr_payload(report, KEY)
        before = BEFORE if situation == "all-well" else None
        for language, contacts in CONTACTS.items():
            yield f"cashier-{situation}-{language}", cashier_slip(report, contacts, language, 32, qr=qr)
            technician = technician_slip(report, contacts, language, 48, before, qr=qr)
            yield f"technician-{situation}-{language}", technician
    for language, contacts in CONTACTS.items():
        report = without_addresses(SITUATIONS["firewall"])
        qr = qr_payload(report, KEY)
        yield f"codes-only-firewall-{language}", cashier_slip(report, contacts, language, 32, qr=qr)
    yield from what_was_planned()
    yield from drills()
    yield from on_other_paper()


def drills() -> Iterator[tuple[str, Slip]]:
    """On a till on which all is well."""
    condition = ALL_CONDITIONS["firewall.port-dropped"]
    cause = rehearsed(condition, "", ALL_WELL.readings, ALL_CONDITIONS, NOW)
    report = as_if(ALL_WELL, Drill(cause=cause, by="", began=NOW, until=NOW))
    for language, contacts in CONTACTS.items():
        yield f"drill-firewall-{language}", drill_slip(report, contacts, language, 32, alone=True)


def what_was_planned() -> Iterator[tuple[str, Slip]]:
    for situation, by_language in PLANNED.items():
        for language, report in by_language.items():
            qr = qr_payload(report, KEY)
            yield (
                f"cashier-{situation}-{language}",
                cashier_slip(report, CONTACTS[language], language, 32, qr=qr),
            )
    for language, settings in PLANS.items():
        yield f"emergency-plan-{language}", emergency_plan(settings, language, 32, NOW)


def on_other_paper() -> Iterator[tuple[str, Slip]]:
    makers = {"cashier": cashier_slip, "technician": technician_slip}
    for reader, (widths, situations) in ON_OTHER_PAPER.items():
        for situation, columns, language in product(situations, widths, CONTACTS):
            report = SITUATIONS[situation]
            slip = makers[reader](report, CONTACTS[language], language, columns, qr=qr_payload(report, KEY))
            yield f"{columns}/{reader}-{situation}-{language}", slip


def main() -> None:
    os.environ["TZ"] = "UTC"
    time.tzset()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, slip in slips():
        (FOLDER / name).parent.mkdir(exist_ok=True)
        write_png(slip, FOLDER / f"{name}.png")
        print(f"docs/slips/{name}.png")


if __name__ == "__main__":
    main()
