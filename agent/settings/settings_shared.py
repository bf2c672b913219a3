"""What one table of the settings takes from another, once each is right by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

from msgspec.structs import replace

from agent.settings.settings_check import Checker, suggestion
from probes.base import Options
from probes.firewall_ports.probe import FirewallOptions
from probes.maintenance.options import LOG, Downtime, MaintenanceOptions
from probes.payment_lines.options import Line, PaymentLinesOptions
from probes.power.last_stop import MARKER
from probes.power.probe import PowerOptions
from vocabulary.store_calendar import StoreCalendar


def take_from_each_other(
    options: dict[str, Options], state_folder: Path, calendar: StoreCalendar, checker: Checker
) -> None:
    """`options` by probe id, changed in place; mistakes go to `checker`."""
    for name, each in options.items():  # the store has one calendar; a probe with its own keeps that
        if getattr(each, "calendar", calendar) is None:
            options[name] = replace(each, calendar=calendar)
    power = cast("PowerOptions", options["power"])
    if power.marker == MARKER:  # the daemon keeps it in its own folder, wherever that is
        options["power"] = replace(power, marker=str(state_folder / Path(MARKER).name))
    maintenance = cast("MaintenanceOptions", options["maintenance"])
    if maintenance.log == LOG:
        maintenance = replace(maintenance, log=str(state_folder / Path(LOG).name))
    lines = cast("PaymentLinesOptions", options["payment_lines"]).lines
    outbound = cast("FirewallOptions", options["firewall_ports"]).outbound
    known = {*(line.name for line in lines), *map(_target, lines), *(one.subject for one in outbound)}
    for index, one in enumerate(maintenance.downtimes):
        for name in one.lines:
            if name not in known:
                at = ("maintenance", "downtimes", index, "lines")
                checker.note(at, f'there is no line or port "{name}"' + suggestion(name, known))
    concerned = tuple(replace(one, lines=_concerned(one, lines)) for one in maintenance.downtimes)
    options["maintenance"] = replace(maintenance, downtimes=concerned)


def _concerned(one: Downtime, lines: Sequence[Line]) -> tuple[str, ...]:
    """A line by its name and by its port, which the firewall's probe tries, too; each once."""

    def names() -> Iterator[str]:
        for line in lines:
            both = (line.name, _target(line))
            if not one.lines or not set(both).isdisjoint(one.lines):
                yield from both
        yield from one.lines

    return tuple(dict.fromkeys(names()))


def _target(line: Line) -> str:
    return f"{line.host}:{line.port}"
