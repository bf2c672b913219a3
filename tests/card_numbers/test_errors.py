"""Card numbers in what goes wrong: in a probe that breaks, in settings that cannot be taken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.settings.settings import SettingsError, load
from console import config
from probes.base import Options, Probe
from probes.memory import Memory
from probes.till import Till
from tests.card_numbers.drawn import Planted, few, leaks, planted
from tests.card_numbers.outlets import outlets
from tests.conftest import RunProbe
from vocabulary.condition import Condition, Owner, Severity
from vocabulary.reading import Reading

BROKEN: Final = Condition(
    code="t.broken", title="t", text="t", remedy="Look", owner=Owner.STAFF, severity=Severity.NOTICE
)
# Each with a value that is repeated in the mistake, or a key that is.
SETTINGS: Final = (
    "{} = 1",
    "[{}]",
    "[power]\nups = {}",
    "[network]\nresolvers = [{}]",
    "[network]\ngateway = {}",
    "[network]\nvpn = [{{ interface = {} }}]",
    "[firewall_ports]\noutbound = [{{ host = {}, port = 1 }}]",
    '[settlement]\npreset = {}\nlog = "/l"',
    '[settlement]\npreset = "unionpay"\ndatabase = {}',
    "[settlement]\ndeadline = {}",
    "[slip]\nprint_at = [{}]",
    "[slip]\nhours = {}",
    '[endpoint]\nurl = {}\nhmac_file = "/k"',
    "[head_office]\nurl = {}",
    "[calendar]\nzone = {}",
    '[payment_lines]\nlines = [{{ name = {}, host = "a.example", port = 1, echo = {} }}]',
    "[software.{}]\nat_least = 5",
)


class Saying(Options, frozen=True):
    text: str = ""


def break_saying(options: Saying, _: Till, memory: Memory) -> Iterator[Reading]:
    memory.set("said", options.text)
    yield BROKEN.ok(said=options.text)
    try:
        int(f"x{options.text}")
    except ValueError as error:
        raise OSError(5, options.text, options.text) from error


SAYS: Final = Probe(id="says", title="Says", conditions=(BROKEN,), options=Saying, read=break_saying)


@few
@given(drawn=planted())
def test_a_probe_that_breaks(run_probe: RunProbe, capfd: pytest.CaptureFixture[str], drawn: Planted) -> None:
    """In its exception, in that exception's cause, and on standard error, which is the daemon's log."""
    run = run_probe(SAYS, Saying(text=drawn.text))

    assert "OSError" in run.error
    assert leaks(outlets(SAYS, run) | {"stderr": capfd.readouterr().err}, drawn) == {}


@pytest.mark.parametrize("table", SETTINGS)
@few
@given(drawn=planted(), after=st.integers(0, 1))
def test_settings_that_cannot_be_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], table: str, drawn: Planted, after: int
) -> None:
    """In what `config check` says, and in the error that a running daemon tells as a reading."""
    path = tmp_path / "poshealth.toml"
    quoted = f'"? {drawn.text}"'  # no value that could be taken
    path.write_text('[terminal]\nid = "0412-2"\n' * after + table.format(quoted, quoted), encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load(path)

    assert config.main(["check", str(path)]) == 78
    said = capsys.readouterr()
    assert leaks({"error": str(caught.value), "out": said.out, "err": said.err}, drawn) == {}
