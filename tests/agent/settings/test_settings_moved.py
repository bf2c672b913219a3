"""Settings of 0.1.0 are read as they were meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.settings.settings import SettingsError, load
from probes.device.options import DeviceOptions, Peripheral

TERMINAL = '[terminal]\nid = "0412-2"\n'
OLD = '[software]\nusb = ["0416:5011"]\ndevices = ["/dev/ttyS0"]\nmodules = ["usblp"]\n'
NEW = '[[device.peripherals]]\nname = "PIN pad"\nusb = "079b:0028"\n'
LONG = "usb-1a86_USB_Serial" * 6
ALIKE = [f"/dev/serial/{number}/{LONG}" for number in range(120)]
MANY = [f"/dev/ttyS{number}" for number in range(25)]
MOVED = (
    Peripheral(name="0416:5011", usb="0416:5011"),
    Peripheral(name="/dev/ttyS0", file="/dev/ttyS0"),
)


@pytest.mark.parametrize(
    ("text", "peripherals"),
    [
        (OLD, MOVED),
        (NEW + OLD, (Peripheral(name="PIN pad", usb="079b:0028"), *MOVED)),
        (NEW, (Peripheral(name="PIN pad", usb="079b:0028"),)),
        # twice, or entered by hand since
        ('[software]\nusb = ["0416:5011", "0416:5011"]\n', MOVED[:1]),
        (NEW + '[software]\nusb = ["079b:0028"]\n', (Peripheral(name="PIN pad", usb="079b:0028"),)),
        # what is no name today
        ('[software]\ndevices = ["/dev/{a}"]\n', (Peripheral(name="/dev/?a?", file="/dev/{a}"),)),
        (
            f'[software]\ndevices = ["/dev/serial/by-id/{LONG}", "/dev/serial/by-path/{LONG}"]\n',
            (
                Peripheral(name=f"...{LONG[-77:]}", file=f"/dev/serial/by-id/{LONG}"),
                Peripheral(name=f"...{LONG[-77:-3]} 2", file=f"/dev/serial/by-path/{LONG}"),
            ),
        ),
    ],
)
def test_old_lists_become_peripherals(text: str, peripherals: tuple[Peripheral, ...], tmp_path: Path) -> None:
    """Under the names they had, so that the same condition and subject goes on."""
    path = tmp_path / "poshealth.toml"
    path.write_text(TERMINAL + text)
    device = load(path).options["device"]
    assert isinstance(device, DeviceOptions)
    assert device.peripherals == peripherals


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[software]\nusb = 5\n", "4: software.usb: unknown key"),
        ("[software]\ndevices = [5]\n", "4: software.devices: unknown key"),
        ("software = 5\n", "software: Expected table, got int"),
        ("device = 5\n" + OLD, "device: Expected table, got int"),
        ('[software]\nusb = ["416:5011"]\n', "4: software.usb: '416:5011' is no USB id"),
        ('[software]\ndevices = ["ttyS0"]\n', "4: software.devices: 'ttyS0' is no absolute path"),
        ("[device]\nperipherals = 5\n" + OLD, "4: device.peripherals: Expected list, got int"),
        (f"[software]\ndevices = {ALIKE}\n", "4: software.devices: 120 peripherals in all; 24 at most"),
        (NEW.replace('"PIN pad"', '["PIN pad"]') + OLD, "device.peripherals: Expected str, got list"),
        (f"[software]\ndevices = {MANY}\n", "4: software.devices: 25 peripherals in all; 24 at most"),
    ],
)
def test_a_mistake_in_them_is_still_one(text: str, said: str, tmp_path: Path) -> None:
    """Nothing is taken over that could not be meant."""
    path = tmp_path / "poshealth.toml"
    path.write_text(text + TERMINAL if "= 5\n" in text[:14] else TERMINAL + text)
    with pytest.raises(SettingsError, match=said) as caught:
        load(path)
    assert len(caught.value.mistakes) == 1
