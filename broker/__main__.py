"""`poshealth-printer-broker /dev/ttyS0`: owns the printer's port, and lends it to the POS and the agent."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from pathlib import Path

from broker.desk import Desk
from broker.inquiry import Inquiry
from broker.keeper import Keeper, Notes
from broker.line import PARITIES, speed_code
from broker.loop import Broker
from broker.passage import Passage
from broker.pos_side import PosSide
from broker.printer_side import PrinterSide
from broker.slip import Slips

# python-escpos waits 1 s for the answer to a question of its own in the middle of a job, and goes on then.
IDLE_SECONDS = 1.5
_EX_CONFIG = 78


def main() -> int:
    """78 where what it was told cannot work: then starting it again would not help."""
    options = _parse()
    try:
        speed, keeper = speed_code(options.speed), Keeper(os.environ)
        printer = PrinterSide(keeper, options.port, PARITIES[options.parity])
        pos = PosSide(keeper, options.link, options.group, speed)
    except (ValueError, FileNotFoundError) as error:
        print(f"printer broker: {error}", file=sys.stderr)
        return _EX_CONFIG
    passage, notes = Passage(keeper), Notes(keeper)
    inquiry = Inquiry(printer, notes, options.idle_seconds)
    broker = Broker(pos, printer, passage, inquiry, Slips(passage, notes), keeper=keeper)
    desk = Desk(options.socket, options.socket_group, broker.epoll)
    gc.freeze()
    broker.run(desk)
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="poshealth-printer-broker", description=__doc__)
    folder = Path("/run/poshealth-printer")
    parser.add_argument("port", help="/dev/ttyS0, /dev/serial/by-id/..., /dev/usb/lp0, socket://ADDRESS:9100")
    parser.add_argument("--speed", type=int, default=9600, help="baud, until the POS sets its own")
    parser.add_argument("--parity", choices=PARITIES, default="none", help="a pty cannot tell the POS's")
    parser.add_argument("--link", type=Path, default=folder / "pos-printer", help="what the POS opens")
    parser.add_argument("--group", default="dialout", help="who may open it")
    parser.add_argument("--socket", type=Path, default=folder / "broker.sock", help="where the agent asks")
    parser.add_argument("--socket-group", default="poshealth", help="who may ask")
    parser.add_argument(
        "--idle-seconds", type=float, default=IDLE_SECONDS, help="after the POS's last byte its job is over"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
