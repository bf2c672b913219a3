"""`python -m simulators.escpos_printer`: the printer as a process; the requests are those of `control`."""

import argparse
from pathlib import Path

from simulators import control
from simulators.escpos_printer.printer import EscposPrinter

FIELDS = ("state.*", "faults.*", "identity.*", "speed", "received", "sent")
CALLS = ("vanish", "plug_in", "text", "write_png", "tear_off")


def main() -> None:
    options = _parse()
    printer = EscposPrinter(
        columns=options.columns,
        chinese=not options.no_chinese,
        native_qr=not options.no_qr,
        cutter=not options.no_cutter,
        speed=options.speed or None,
        tcp_port=options.tcp_port,
        link=options.link,
    )
    with printer:
        host, port = printer.tcp_address
        where = {"pty": printer.pty_path, "tcp": f"{host}:{port}"}
        control.serve(control.Controls(printer, fields=FIELDS, calls=CALLS), where, options)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulators.escpos_printer", description=__doc__)
    parser.add_argument("--columns", type=int, choices=(32, 42, 48), default=32)
    parser.add_argument("--speed", type=int, default=9600, help="baud; 0 listens at any speed")
    parser.add_argument("--tcp-port", type=int, default=0, help="0: any")
    parser.add_argument("--link", type=Path, help="keep a symbolic link to the pty here")
    parser.add_argument("--no-chinese", action="store_true")
    parser.add_argument("--no-qr", action="store_true")
    parser.add_argument("--no-cutter", action="store_true")
    control.add_arguments(parser)
    return parser.parse_args()


if __name__ == "__main__":
    main()
