"""The ladder to one destination in words: what is below, hop by hop, the port, TLS. Nothing is judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final

from msgspec import Struct

from agent.ladder import rung_status
from agent.own_conditions import ALL_CONDITIONS
from agent.slip.words import REASON_NAMES, RUNG_NAMES
from console.path.destination import Destination
from console.path.look import Sight
from protocols.path_trace import Hop, way
from protocols.tcp_sweep import Outcome
from vocabulary.condition import Rung
from vocabulary.reading import Reading, Reason, Status
from vocabulary.texts import reason, translate

BELOW: Final = (Rung.LINK, Rung.ADDRESS, Rung.GATEWAY, Rung.NAME_LOOKUP)
NOT_THERE: Final = (Reason.NOT_SET_UP, Reason.NOT_SUPPORTED)
OUTCOME_NAMES: Final = {
    Outcome.OPEN: "open",
    Outcome.REFUSED: "refused",
    Outcome.DROPPED: "no answer",
    Outcome.REJECTED: "rejected",
    Outcome.UNREACHABLE: "no way on",
    Outcome.BLOCKED_HERE: "held back here",
    Outcome.NO_ROUTE: "no route",
    Outcome.FAILED: "not tested",
}
HOP: Final = "hop"
PENDING: Final = ".."
OK: Final = "ok"


class Mark(StrEnum):
    """The same in every language."""

    OK = "ok"
    FAILING = "!!"
    UNKNOWN = "--"
    PENDING = ".."
    NONE = ""


class Row(Struct, frozen=True):
    """`detail` is of the asked port, `beside` of the reference; hops stand in columns of their own."""

    mark: Mark
    label: str
    detail: str = ""
    beside: str = ""
    is_hop: bool = False


_MARKS: Final = {Status.OK: Mark.OK, Status.FAILING: Mark.FAILING, Status.UNKNOWN: Mark.UNKNOWN}


def rows(sight: Sight, wanted: Destination, language: str) -> list[Row]:
    """From the till outwards."""
    return [
        *(_below(sight, rung, language) for rung in BELOW),
        *_hops(sight, wanted, language),
        *_port(sight, wanted, language),
    ]


def _below(sight: Sight, rung: Rung, language: str) -> Row:
    readings = [each for each in sight.of("network") if ALL_CONDITIONS[each.code].rung is rung]
    return _judged(translate(RUNG_NAMES[rung], language), readings, language, over="network" in sight.over)


def _port(sight: Sight, wanted: Destination, language: str) -> Iterator[Row]:
    own = sight.of("firewall_ports")
    yield _judged(f"TCP {wanted.port}", own, language, over="firewall_ports" in sight.over, well="open")
    if wanted.line:
        tls = [each for each in sight.of("payment_lines") if ALL_CONDITIONS[each.code].rung is Rung.TLS]
        yield _judged("TLS", tls, language, over="payment_lines" in sight.over, well=OK)


def _judged(label: str, readings: Sequence[Reading], language: str, *, over: bool, well: str = "") -> Row:
    """`well` stands in the place of the subjects that are."""
    status = _status(readings)
    if status is Status.UNKNOWN and not over:
        return Row(Mark.PENDING, label)
    if status is Status.UNKNOWN:
        return Row(Mark.UNKNOWN, label, _why(readings, language))
    if status is Status.OK and well:
        return Row(Mark.OK, label, translate(well, language))
    found = [each for each in readings if each.status is status]
    if status is Status.OK:
        return Row(Mark.OK, label, _subjects(found))
    titles = "; ".join(dict.fromkeys(translate(ALL_CONDITIONS[each.code].title, language) for each in found))
    return Row(Mark.FAILING, label, titles if well else f"{_subjects(found)}: {titles}")


def _status(readings: Sequence[Reading]) -> Status:
    """As the ladder has it; but where a lower rung keeps us from a look, half a look is no OK."""
    status = rung_status(list(readings))
    seen = {each.code for each in readings if each.status is not Status.UNKNOWN}
    kept_off = any(each.because in ALL_CONDITIONS and each.code not in seen for each in readings)
    return Status.UNKNOWN if kept_off and status is Status.OK else status


def _subjects(readings: Sequence[Reading]) -> str:
    """An address says more than the interface that has it, a gateway more than the one it is reached by."""
    said = dict.fromkeys(str(each.facts.get("found", each.subject)) for each in readings)
    near = {way for each in readings for way in each.through if way != each.subject}
    return ", ".join([each for each in said if each not in near] or said)


def _why(readings: Sequence[Reading], language: str) -> str:
    """The first reason that says more than that there is no such thing here."""
    unknown = [each for each in readings if each.status is Status.UNKNOWN]
    reading = min(unknown, key=lambda each: each.reason in NOT_THERE, default=None)
    reason = translate(REASON_NAMES[(reading and reading.reason) or Reason.NOT_TESTED], language)
    because = _in_words(reading.because, language) if reading else ""
    return f"{reason}: {because}" if because else reason


def _in_words(because: str, language: str) -> str:
    """A phrase, or a condition's title in the place of its code."""
    condition = ALL_CONDITIONS.get(because)
    return translate(condition.title, language) if condition else reason(because, language)


def _hops(sight: Sight, wanted: Destination, language: str) -> Iterator[Row]:
    asked, reference = sight.ways.get(wanted.port, {}), sight.ways.get(wanted.reference, {})
    beside = f"TCP {wanted.reference} ({translate('reference', language)})" if wanted.reference else ""
    yield Row(Mark.NONE, translate(HOP, language), f"TCP {wanted.port}", beside, is_hop=True)
    if not sight.ways:
        yield _nothing_traced(sight, language)
        return
    seen = max(_told(asked), _told(reference))
    for distance in range(1, seen + 1):
        detail, beside = (_cell(found, distance, sight, language) for found in (asked, reference))
        yield Row(_mark(asked, distance, sight), str(distance), detail, beside, is_hop=True)
    silent = len(way(asked)) - seen
    if silent > 0 and sight.traced and not _arrived(reference):
        label = f"{seen + 1}-{seen + silent}" if silent > 1 else str(seen + 1)
        yield Row(Mark.UNKNOWN, label, translate(OUTCOME_NAMES[Outcome.DROPPED], language), is_hop=True)
    elif not sight.traced and not _arrived(asked):
        yield Row(Mark.PENDING, str(seen + 1), is_hop=True)


def _nothing_traced(sight: Sight, language: str) -> Row:
    if not sight.traced:
        return Row(Mark.PENDING, "1", is_hop=True)
    why = _in_words(sight.named.because, language) if sight.named else ""
    said = translate(OUTCOME_NAMES[Outcome.FAILED], language)
    return Row(Mark.UNKNOWN, "", f"{said}: {why}" if why else said, is_hop=True)


def _told(found: Mapping[int, Hop]) -> int:
    """How far anything answered, on the way to the target."""
    return max((hop.distance for hop in way(found) if hop.outcome is not Outcome.DROPPED), default=0)


def _arrived(found: Mapping[int, Hop]) -> bool:
    return any(hop.outcome not in (Outcome.EXPIRED, Outcome.DROPPED) for hop in found.values())


def _cell(found: Mapping[int, Hop], distance: int, sight: Sight, language: str) -> str:
    hop = next((each for each in way(found) if each.distance == distance), None)
    if hop is None:
        return "" if sight.traced or not found or _arrived(found) else PENDING
    if hop.outcome is Outcome.EXPIRED:
        return hop.address
    said = translate(OUTCOME_NAMES[hop.outcome], language)
    return f"{said} ({hop.address})" if hop.address else said


def _mark(found: Mapping[int, Hop], distance: int, sight: Sight) -> Mark:
    hop = next((each for each in way(found) if each.distance == distance), None)
    if hop is None:
        return Mark.NONE if sight.traced or _arrived(found) else Mark.PENDING
    if hop.outcome is Outcome.DROPPED:
        return Mark.UNKNOWN
    return Mark.OK if hop.outcome in (Outcome.EXPIRED, Outcome.OPEN) else Mark.FAILING
