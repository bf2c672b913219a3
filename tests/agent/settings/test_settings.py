"""Every mistake at once, with its line and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.settings.settings import SettingsError, load
from probes.receipt_printer.options import ReceiptPrinterOptions
from tests.counter import poshealth
from vocabulary.condition import Owner

LONG = "a" * 300
GOOD = '[terminal]\nid = "0412-2"\n'
BOTH = """[head_office]
url = "https://a.example"
[endpoint]
url = "https://ops.example/"
hmac_file = "/k"
"""


def mistakes(tmp_path: Path, text: str | bytes) -> list[str]:
    path = tmp_path / "poshealth.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SettingsError) as caught:
        load(path)
    return [str(mistake) for mistake in caught.value.mistakes]


def test_a_good_file(tmp_path: Path) -> None:
    """Defaults fill what is not said."""
    path = tmp_path / "poshealth.toml"
    path.write_text(
        GOOD
        + '[receipt_printer]\nport = "/dev/ttyS0"\n'
        + '[contacts.acquirer]\nname = "Acquirer A"\nphone = "555-0116"\n'
    )
    settings = load(path)
    printer = settings.options["receipt_printer"]

    assert settings.contacts[Owner.ACQUIRER].phone == "555-0116"
    assert isinstance(printer, ReceiptPrinterOptions)
    assert (printer.port, printer.speed) == ("/dev/ttyS0", 9600)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # unknown keys and tables
        (GOOD + "[receipt_printer]\nsped = 9\n", "4: receipt_printer.sped: unknown key; did you mean"),
        (GOOD + "[printer]\n", "3: printer: unknown key"),
        (GOOD + '[contacts.acquierer]\nname = "A"\n', 'did you mean "acquirer"?'),
        (GOOD + "[every_seconds]\nprinter = 5\n", "4: every_seconds.printer: no such probe; there are"),
        # wrong types
        (GOOD + '[receipt_printer]\nspeed = "fast"\n', "4: receipt_printer.speed: Expected int, got str"),
        ("terminal = 5\n", "1: terminal: Expected table, got int"),
        # missing
        ("", "1: terminal: is missing; add a table [terminal]"),
        ("[terminal]\n", '1: terminal.id: is missing; add id = "..."'),
        # hosts that are none: where, how many characters, and how one is written
        (
            GOOD + '[firewall_ports]\noutbound = [{host = "a", port = 1},\n'
            + ' {host = "b", port = 1},\n {host = "' + "b" * 64 + '", port = 1}]\n',
            "6: firewall_ports.outbound.2: not a host name: 'bbbb",
        ),
        (GOOD + f'[network]\nlookup_name = "{LONG}"\n', "3: network: lookup_name 'aaaa"),
        (GOOD + f'[network]\ngateway = "{LONG}"\n', "; write one such as 10.8.0.1"),
        (GOOD + f'[power]\nups = "ups@{LONG}"\n', "(300 characters)"),
        (GOOD + f'[head_office]\nurl = "https://{LONG}/"\n', "(300 characters)"),
        (GOOD + '[head_office]\nurl = "https:///"\n', "a host is missing"),
        (
            GOOD + f'[[payment_lines.lines]]\nname = "c"\nport = 1\nhost = "{LONG}"\n',
            "6: payment_lines.lines.0.host: Expected at most 253 characters",
        ),
        # not TOML, not text
        (GOOD + "port = \n", "3: not valid TOML: Invalid value"),
        (b"\xef\xbb\xbf" + GOOD.encode(), "byte order mark"),
        (GOOD.encode() + b'store = "\xff"\n', "3: is not UTF-8"),
        (b"# " + b"x" * (10 << 20), "larger than 1 MiB"),
    ],
)  # fmt: skip
def test_one_mistake(tmp_path: Path, text: str | bytes, expected: str) -> None:
    """What the person at the keyboard reads."""
    found = mistakes(tmp_path, text)

    assert len(found) == 1
    assert expected in found[0]


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    """Nobody wants to learn of the second mistake after mending the first."""
    found = mistakes(tmp_path, '[terminal]\nid = 5\nlang = "zh"\n[receipt_printer]\nspeed = 1.5\nport = 7\n')

    assert [mistake.partition(":")[0] for mistake in found] == ["2", "3", "5", "6"]


def test_a_missing_file_says_how_to_write_one(tmp_path: Path) -> None:
    """The first thing a technician does wrong."""
    with pytest.raises(SettingsError, match="poshealth config init"):
        load(tmp_path / "none.toml")


def test_nothing_starts_with_wrong_settings(tmp_path: Path) -> None:
    """Exit 78 (EX_CONFIG), 3 for a check, and no socket, no spool."""
    path = tmp_path / "poshealth.toml"
    path.write_text(GOOD + f'[daemon]\nstate_folder = "{tmp_path}/state"\nspaly = 3\n')
    run = poshealth("run", "--settings", str(path))
    check = poshealth("check", "--settings", str(path))

    assert (run.returncode, check.returncode) == (78, 3)
    assert f"{path}:5: daemon.spaly" in run.stderr
    assert not (tmp_path / "state").exists()


PLUGIN = '[[plugins.checks]]\nname = "disk"\ncommand = ["{}"]\ntimeout_seconds = {}\n'


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("[every_seconds]\npower = 0\n", "4: every_seconds.power: Expected float >= 0.2"),
        ('[head_office]\nurl = "http://head.example"\n', "begins with https://"),
        ('[head_office]\nurl = "ftp://head.example"\n', "begins with https://"),
        ('[endpoint]\nurl = "http://ops.example/"\nhmac_file = "/k"\n', "begins with https://"),
        ('[endpoint]\nurl = "ftp://localhost/"\nhmac_file = "/k"\n', "begins with https://"),
        ('[endpoint]\nurl = "https://ops.example/"\n', "bearer_file or hmac_file is needed"),
        ('[endpoint]\nurl = "https://a:b@ops.example/"\nhmac_file = "/k"\n', "a secret belongs in"),
        ('[endpoint]\nurl = "https://ops.example/?k=v"\nhmac_file = "/k"\n', "a secret belongs in"),
        ('[endpoint]\nurl = "https://ops.example/ü"\nhmac_file = "/k"\n', "only printable ASCII"),
        ('[endpoint]\nhmac_header = "X Y"\n', "4: endpoint.hmac_header: Expected"),
        ('[endpoint]\nexpects_header = "X-Y"\n', "4: endpoint.expects_header: Expected"),
        (BOTH, "6: endpoint.url: head_office.url is set, too"),
        ("[firewall_ports]\ntimeout_seconds = 600\n", "4: firewall_ports.timeout_seconds: Expected"),
        ("[network]\ngateway_timeout_seconds = -1\n", "4: network.gateway_timeout_seconds: Expected"),
        (PLUGIN.format("check_disk", 5), "plugins.checks.0: command: name the plug-in by its whole path"),
        (PLUGIN.format("/bin/true", 11), "6: plugins.checks.0.timeout_seconds: Expected float <= 10"),
        (PLUGIN.format("/bin/true", 5) * 2, "plugins: checks: disk is there twice"),
    ],
)  # fmt: skip
def test_a_number_that_cannot_work_is_refused(tmp_path: Path, table: str, expected: str) -> None:
    """Before anything starts, not by a crash in the night."""
    found = mistakes(tmp_path, GOOD + table)

    assert len(found) == 1
    assert expected in found[0]
