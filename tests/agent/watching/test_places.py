"""Which sources a till's settings call for, whatever became of the files they name."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.watching.files import FileSource
from agent.watching.places import sources
from probes.base import Options
from probes.network.probe import NetworkOptions
from probes.power.probe import PowerOptions
from probes.receipt_printer.options import ReceiptPrinterOptions
from probes.settlement.options import SettlementOptions


@pytest.mark.parametrize("became", [None, "", "based_on = [", 'based_on = "odoo"\nquestions = 1'])
def test_a_preset_that_broke_since_it_was_read_leaves_its_log_to_polling(
    tmp_path: Path, became: str | None
) -> None:
    """All else is watched as before."""
    preset = tmp_path / "own.toml"
    preset.write_text('based_on = "unionpay"\n')
    options: dict[str, Options] = {
        "network": NetworkOptions(),
        "power": PowerOptions(),
        "receipt_printer": ReceiptPrinterOptions(),
        "settlement": SettlementOptions(preset=str(preset), log=f"{tmp_path}/pos.log"),
    }
    before = _file_probes(options)
    preset.unlink()
    if became is not None:
        preset.write_text(became)

    assert before - _file_probes(options) == {"settlement"}


def _file_probes(options: dict[str, Options]) -> set[str]:
    (files,) = (each for each in sources(options, Path("/")) if isinstance(each, FileSource))
    return set(files.probes)
