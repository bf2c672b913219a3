"""One slip from report to paper, without making the loop wait: one child composes it, another sends it.

Between the two the caller writes into its journal that the slip is being sent.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from agent.running.children import Child, Ending, Write, start
from agent.slip.slips import Slip
from agent.slip.way import Way
from probes.receipt_printer.options import ReceiptPrinterOptions
from vocabulary.report import Fate

COMPOSE_SECONDS: Final = 15.0  # python-escpos and the picture get ten of them
SEND_SECONDS: Final = 110.0  # above what the slowest way gives itself, so that it ends by its own clock
MAX_JOB_BYTES: Final = 4 << 20  # the longest technician's slip as a picture is 0.5 MB
_COMPOSED, _FAILED = b"+", b"-"


class Sent(Struct, frozen=True):
    """NOT_SENT: not one byte of the slip went out."""

    outcome: Fate
    detail: str = ""


class Composed(Struct, frozen=True):
    """`job` is what goes to the printer; empty where `trouble` says why there is none."""

    job: bytes = b""
    trouble: str = ""


def start_composing(make: Callable[[], Slip], features: object, family: str) -> Child:
    """`features` as `agent.slip.job` wants them. It opens no device, so it stays whom the daemon runs as.

    Raise OSError where no process can be had.
    """

    def work(write: Write) -> None:
        from agent.slip.job import JobError, job  # noqa: PLC0415  not in the daemon

        try:
            write(_COMPOSED + job(make(), features, family))  # type: ignore[arg-type]
        except JobError as error:
            write(_FAILED + str(error).encode())

    return start("slip", work, timeout_seconds=COMPOSE_SECONDS, max_output_bytes=MAX_JOB_BYTES)


def composed(child: Child) -> Composed:
    """What a composing child that is over has made."""
    content = bytes(child.output)
    if child.ending is Ending.DONE and content[:1] == _COMPOSED:
        return Composed(job=content[1:])
    said = content[1:].decode("utf-8", "replace") if content[:1] == _FAILED else ""
    return Composed(trouble=said or f"composing the slip: {child.ending}")


def start_sending(options: ReceiptPrinterOptions, job: bytes, root: Path, way: Way) -> Child:
    """The child's own child, unprivileged, opens the port. Raise OSError where no process can be had."""

    def work(write: Write) -> None:
        from agent.slip.printing import print_slip  # noqa: PLC0415  not in the daemon

        write(msgspec.json.encode(print_slip(options, job, root, way)))

    return start("slip", work, timeout_seconds=SEND_SECONDS)


def sent(child: Child) -> Sent:
    """Whatever a child did not say is unknown: its bytes may be on the paper."""
    try:
        return msgspec.json.decode(bytes(child.output), type=Sent)
    except msgspec.MsgspecError:
        return Sent(Fate.UNKNOWN, f"the printing child ended: {child.ending}")
