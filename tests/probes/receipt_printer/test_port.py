"""How a printer is reached, on a pty and on loopback."""

from __future__ import annotations

import errno
import grp
import os
import socket
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import serial

from probes.receipt_printer.port import (
    PortTroubleError,
    Trouble,
    grant_command,
    has_speed,
    opened,
    tcp_address,
)
from probes.till import Till
from protocols.escpos.port import FlowControl, Parity, Port
from simulators.escpos_printer import EscposPrinter


def trouble_of(name: str) -> Trouble:
    with pytest.raises(PortTroubleError) as caught, opened(Till(), name, 9600):
        pass
    return caught.value.trouble


def test_closing_a_serial_port_does_not_drop_its_lines() -> None:
    """HUPCL would lower DTR at every close, which resets some printers."""
    with EscposPrinter() as printer, serial.Serial(printer.pty_path) as other:
        before = termios.tcgetattr(other.fileno())
        before[2] |= termios.HUPCL
        termios.tcsetattr(other.fileno(), termios.TCSANOW, before)
        with opened(Till(), printer.pty_path, 9600):
            pass
        assert not termios.tcgetattr(other.fileno())[2] & termios.HUPCL


@pytest.mark.parametrize(
    ("parity", "wanted"),
    [("none", serial.PARITY_NONE), ("even", serial.PARITY_EVEN), ("odd", serial.PARITY_ODD)],
)
def test_the_parity_reaches_the_driver(parity: Parity, wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pseudo terminal has none to show, so this looks at what pyserial is asked for."""
    asked: dict[str, object] = {}

    def refuse(*_: object, **settings: object) -> None:
        asked.update(settings)
        raise OSError

    monkeypatch.setattr(serial, "Serial", refuse)
    with pytest.raises(PortTroubleError), opened(Till(), "/dev/ttyS0", 9600, parity):
        pass
    assert asked["parity"] == wanted


@pytest.mark.parametrize(
    ("flow_control", "on"),
    [("none", (False, False)), ("xonxoff", (True, False)), ("rtscts", (False, True))],
)
def test_flow_control_is_off_until_it_is_obeyed(flow_control: FlowControl, on: tuple[bool, bool]) -> None:
    """XON/XOFF and RTS/CTS as the kernel has them; the next one to ask finds them off again."""
    with EscposPrinter() as printer:
        for _ in range(2):
            with opened(Till(), printer.pty_path, 9600) as port:
                assert kernel_flow_control(port.descriptor) == (False, False)
                port.obey(flow_control, 0.0)
                assert kernel_flow_control(port.descriptor) == on


def kernel_flow_control(descriptor: int) -> tuple[bool, bool]:
    settings = termios.tcgetattr(descriptor)
    return bool(settings[0] & termios.IXON), bool(settings[2] & termios.CRTSCTS)


def test_a_pseudo_terminal_and_a_network_printer_have_no_modem_lines() -> None:
    """Not available is not the same as all low."""
    with EscposPrinter() as printer:
        host, port = printer.tcp_address
        for name in (printer.pty_path, f"socket://{host}:{port}"):
            with opened(Till(), name, 9600) as opened_port:
                assert opened_port.lines_up() is None


def test_a_port_is_open_to_others_again_afterwards() -> None:
    """The lock goes with the descriptor."""
    with EscposPrinter() as printer:
        with opened(Till(), printer.pty_path, 9600):
            assert trouble_of(printer.pty_path) is Trouble.HELD
        with serial.Serial(printer.pty_path, exclusive=True) as pos:
            assert pos.is_open


def trouble_after(error: Exception) -> Trouble:
    with EscposPrinter() as printer:
        with pytest.raises(PortTroubleError) as caught, opened(Till(), printer.pty_path, 9600):
            raise error
        return caught.value.trouble


@pytest.mark.parametrize(
    "error", [OSError(errno.EACCES, "gone"), termios.error(errno.EIO, "gone")], ids=["OSError", "termios"]
)
def test_what_happens_to_an_open_port_is_a_loss(error: Exception) -> None:
    """Whatever its number, and termios.error is no OSError: it was there a moment ago."""
    assert trouble_after(error) is Trouble.LOST


def write(port: Port) -> None:
    port.write(b"\x10\x04\x01", time.monotonic() + 2)


def read(port: Port) -> None:
    port.read(time.monotonic() + 2)


def set_up(port: Port) -> None:
    termios.tcgetattr(port.descriptor)


class KeepingTill(Till):
    """Keeps what it opened, so that nothing is closed by the garbage collector."""

    def serial_port(self, device: str, speed: int, parity: Parity = "none") -> serial.Serial:
        self.opened = super().serial_port(device, speed, parity)
        return self.opened


def trouble_when_pulled_out(till: Till, printer: EscposPrinter, call: Callable[[Port], None]) -> Trouble:
    try:
        with opened(till, printer.pty_path, 9600) as port:
            printer.vanish()
            call(port)
    except PortTroubleError as error:
        return error.trouble
    raise AssertionError("nothing was noticed")


@pytest.mark.parametrize("call", [write, read, set_up])
def test_a_port_that_goes_is_closed_at_once(call: Callable[[Port], None]) -> None:
    """EIO, or termios.error with the same number: a device plugged in again needs its name free."""
    till = KeepingTill()
    with EscposPrinter() as printer:
        assert trouble_when_pulled_out(till, printer, call) is Trouble.LOST
    assert not till.opened.is_open


def test_a_port_nobody_listens_at_refuses() -> None:
    """Bound and not listening: the kernel answers with a reset."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        assert trouble_of(f"socket://127.0.0.1:{bound.getsockname()[1]}") is Trouble.REFUSED


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("socket://192.168.1.60:9100", ("192.168.1.60", 9100)),
        ("socket://[fe80::1]:9100", ("fe80::1", 9100)),
        ("rfc2217://192.168.1.70:2217", ("192.168.1.70", 2217)),
    ],
)
def test_an_address_is_read(name: str, address: tuple[str, int]) -> None:
    """pyserial's spelling, so that one setting serves both."""
    assert tcp_address(name) == address


@pytest.mark.parametrize(
    ("name", "speed"),
    [
        ("/dev/ttyS0", True),
        ("/dev/usb/lp0", False),
        ("/dev/lp1", False),
        ("socket://127.0.0.1:9100", False),
        ("rfc2217://127.0.0.1:2217", True),
    ],
)
def test_only_a_serial_port_has_a_speed(name: str, speed: bool) -> None:
    """Neither TCP nor usblp has one that could be wrong."""
    assert has_speed(Till(), name) is speed


def test_a_link_to_a_usb_printer_has_no_speed(tmp_path: Path) -> None:
    """A udev rule may call it /dev/receipt-printer."""
    (tmp_path / "receipt-printer").symlink_to("/dev/usb/lp0")
    assert not has_speed(Till(tmp_path), "/receipt-printer")


def test_the_command_that_grants_access_names_the_ports_group(tmp_path: Path) -> None:
    """Debian gives serial ports to dialout; whatever it is here, joining it is what helps."""
    (tmp_path / "port").touch()
    (tmp_path / "port").chmod(0o660)
    group = grp.getgrnam("dialout").gr_gid if os.geteuid() == 0 else os.getegid()
    os.chown(tmp_path / "port", -1, group)
    name = grp.getgrgid(group).gr_name
    assert grant_command(Till(tmp_path), "/port").startswith(f"usermod -aG {name} ")


def test_a_port_its_group_may_not_open_is_given_to_a_group_first(tmp_path: Path) -> None:
    """Joining a group that may not open it either would help nobody."""
    (tmp_path / "port").touch(mode=0o600)
    assert grant_command(Till(tmp_path), "/port") == "chgrp dialout /port && chmod 660 /port"


def test_a_port_we_may_not_even_see_is_looked_at_first(tmp_path: Path) -> None:
    """Its group cannot be told from here."""
    assert grant_command(Till(tmp_path), "/port") == "ls -lL /port"
