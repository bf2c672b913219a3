"""The SIM and the mobile line of an interface, as ModemManager tells of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from probes.network.link import USES, Link, Medium
from probes.network.link_conditions import MODEM_OFFLINE, SIM, SIM_LOCKED, SIM_REFUSED
from probes.till import Till
from protocols import modem_manager
from protocols.modem_manager import Modem, Trouble
from vocabulary.reading import Reading, Reason

CONDITIONS: Final = (*SIM, MODEM_OFFLINE)
# In the order a modem gets on: no SIM, locked, not let in, not up.
_BY_TROUBLE: Final = dict(
    zip((Trouble.NO_SIM, Trouble.LOCKED, Trouble.REFUSED, Trouble.OFFLINE), CONDITIONS, strict=True)
)
_FACT: Final = {SIM_LOCKED.code: "lock", SIM_REFUSED.code: "registration"}


def readings(link: Link, till: Till) -> Iterator[Reading]:
    """Of a till that has no SIM nothing is said of one."""
    because = USES[link.medium]
    if link.medium is Medium.MOBILE:
        answer = till.run(*modem_manager.COMMAND, timeout_seconds=2.0)
        if not answer.returncode:
            yield from _judged(link, modem_manager.judge(modem_manager.parse(answer.stdout)))
            return
        because = "no ModemManager here"
    reason = Reason.NOT_SUPPORTED if link.medium is Medium.MOBILE else Reason.NOT_SET_UP
    for condition in SIM:
        yield condition.unknown(reason, link.name, because=because)
    yield MODEM_OFFLINE.unknown(Reason.NOT_SUPPORTED, link.name, because=because)


def _judged(link: Link, modem: Modem) -> Iterator[Reading]:
    """What lies before the trouble works; what lies behind it is not known."""
    wrong = _BY_TROUBLE.get(modem.trouble)
    is_behind = False
    for condition in CONDITIONS:
        if modem.trouble is Trouble.BETWEEN_STATES:
            because = "the modem is starting or stopping"
            yield condition.unknown(Reason.BUSY, link.name, because=because)
        elif is_behind and wrong is not None:
            yield condition.unknown(Reason.NOT_TESTED, link.name, because=wrong.code)
        else:
            fact = _FACT.get(condition.code, "state")
            facts: dict[str, Any] = {fact: modem.seen} if condition is wrong else {}
            yield condition.failing_if(condition is wrong, link.name, **facts)
        is_behind = is_behind or condition is wrong
