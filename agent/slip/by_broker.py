"""A slip through the printer broker, which prints it between two jobs of the POS."""

from __future__ import annotations

import time
from typing import Final, Protocol

from agent.slip.outcome import Printing, PrintResult
from agent.slip.way import MOST_BROKER_BYTES
from probes.receipt_printer.broker import BrokerAwayError, opened_by_broker
from probes.receipt_printer.port import PortTroubleError, Trouble
from probes.till import Till
from protocols.escpos.port import Port

PATIENCE_SECONDS: Final = 15.0  # until the POS lets the printer be asked; the broker then waits as long again
ANSWER_SECONDS: Final = 75.0  # the broker's own patience, time for the job, and for its confirmation
MOST_SECONDS: Final = PATIENCE_SECONDS + ANSWER_SECONDS + 5.0
_STATUS_SECONDS: Final = 2.5
_AGAIN_SECONDS: Final = 0.2
_BUSY: Final = "the POS went on printing"
_DETAILS: Final = {
    "unknown silent": "the printer took the slip and said nothing of it",
    "unknown held": "the printer did not take all of the slip",
    "unknown gone": "the printer went away",
    "gone missing": "the printer is not there",
    "gone held": "another program is using the printer",
    "gone refused": "the printer takes no connection",
    "gone forbidden": "the printer broker may not open the printer's port",
    "what": "the printer broker is of a version before slips: restart it",
}


class Talk(Protocol):
    def hindrance(self, port: Port, deadline: float) -> str: ...


def print_by_broker(socket_path: str, talk: Talk, job: bytes, till: Till) -> PrintResult:
    if len(job) > MOST_BROKER_BYTES:
        return PrintResult(Printing.NOT_SENT, f"the printer broker takes {MOST_BROKER_BYTES} bytes at most")
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with opened_by_broker(till, socket_path) as port:
                if hindrance := talk.hindrance(port, time.monotonic() + _STATUS_SECONDS):
                    return PrintResult(Printing.NOT_SENT, hindrance)
                return _told(*port.hand_over(job, time.monotonic() + ANSWER_SECONDS))
        except PortTroubleError as error:
            if error.trouble is not Trouble.HELD or time.monotonic() > until:
                return PrintResult(Printing.NOT_SENT, _trouble(error.trouble))
        except BrokerAwayError as error:
            return PrintResult(Printing.NOT_SENT, f"the printer broker does not answer: {error.because}")
        time.sleep(_AGAIN_SECONDS)


def _told(begun: bool, last: str) -> PrintResult:
    if last in ("printed", "accepted"):
        return PrintResult(Printing(last))
    if begun or last.startswith("unknown"):
        return PrintResult(Printing.UNKNOWN, _DETAILS.get(last, "the printer broker went away"))
    return PrintResult(Printing.NOT_SENT, _DETAILS.get(last, _BUSY))


def _trouble(trouble: Trouble) -> str:
    if trouble is Trouble.HELD:
        return _BUSY
    if trouble is Trouble.NO_PERMISSION:
        return "no permission to ask the printer broker"
    return _DETAILS["gone refused" if trouble is Trouble.REFUSED else "gone missing"]
