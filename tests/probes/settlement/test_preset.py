"""Presets are data: each can be loaded, asks only what is known, and a bad one says what is wrong."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from probes.settlement import preset
from probes.settlement.options import SettlementOptions

HEAD = 'application = "a"\nversions = "1"\nsource = "here"\n'
LINES = HEAD + '[lines]\ntime = "FORMAT"\n[lines.happenings]\nsale = "^(?P<time>.*) SALE"'


@pytest.mark.parametrize("name", preset.names())
def test_a_shipped_preset_says_where_it_comes_from(name: str) -> None:
    loaded = preset.load(name)

    assert loaded.application
    assert loaded.source
    assert loaded.questions


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("application = ", "Invalid value"),
        ('application = "a"', "versions"),
        (HEAD + '[questions]\nrevenue = "SELECT 1"', "question 'revenue' is not asked"),
        (HEAD + '[questions]\nsold = "SELECT :until"', "has no value until"),
        (HEAD + '[lines]\ntime = "%H"\n[lines.happenings]\nsale = "("', "sale"),
        (HEAD + '[lines]\ntime = "%H"\n[lines.happenings]\nsale = "x{9999999999}"', "sale: .*too large"),
        (HEAD + '[lines]\ntime = "%H"\n[lines.happenings]\nsale = "x"', 'names no group "time"'),
        (HEAD + '[lines]\ntime = "%H"\n[lines.happenings]\ntip = "x"', "tip"),
        (LINES.replace("FORMAT", "%Y-%m-%d %H:%M:%Q"), "time: 'Q' is a bad directive"),
        (LINES.replace("FORMAT", "%Y-%m-%d %H:%M %d"), "time: .*redefinition"),
        (LINES.replace("FORMAT", "%H:%M:%S"), "tells no year, day, hour and minute"),
        (LINES.replace("FORMAT", "%m-%d %H:%M:%S"), "tells no year, day, hour and minute"),
        (LINES.replace("FORMAT", "%Y-%m-%d %I:%M:%S"), "tells no year, day, hour and minute"),
        (LINES.replace("FORMAT", "yyyy-MM-dd HH:mm:ss"), "tells no year, day, hour and minute"),
        (HEAD + 'times = "moon"', "times"),
        (HEAD + '[questions]\nsold = "DELETE FROM sale"', "begins neither with SELECT"),
        (HEAD + '[questions]\nsold = "SELECT 1; SELECT 2"', "more than one statement"),
        (HEAD + '[questions]\nopen_batch = "SELECT batch FROM b"', "'open_batch' lists no column sales"),
        (HEAD + '[questions]\nsettled = "SELECT 1"', "'settled' lists no column settled_at"),
        (HEAD + '[questions]\ntotals = "SELECT batch FROM b"', "'totals' lists no column balances"),
        (HEAD + '[questions]\ntraces = "SELECT lowest FROM b"', "lists no column highest, present"),
        (HEAD + '[questions]\nsold = "SELECT first_at FROM b"', "'sold' lists no column sales"),
        (HEAD + '[questions]\nposted = "SELECT newest_at FROM b"', "'posted' lists no column posted"),
        (HEAD + '[questions]\nunposted = "SELECT oldest_at FROM b"', "'unposted' lists no column unposted"),
        (HEAD + '[questions]\nday_slip = "SELECT made_at FROM b"', "'day_slip' lists no column made"),
        ('based_on = "odoo"\nquestions = 1', "questions"),
        ('based_on = "odo"', "based_on: one of"),
        ('based_on = "/etc/own.toml"', "based_on: one of"),
    ],
)
def test_a_bad_preset_of_ones_own_is_refused_in_words(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text)

    with pytest.raises(ValueError, match=says) as caught:
        preset.load(str(path))
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"preset": "opera", "database": "sqlite:/x"}, "preset 'opera' is not known; one of"),
        ({"preset": "unionpay"}, "set both, or neither"),
        ({"database": "sqlite:/x"}, "set both, or neither"),
        ({"preset": "unionpay", "database": "oracle://x"}, "begins with one of sqlite:"),
        ({"preset": "unionpay", "database": "postgresql://me:secret@host/pos"}, "no password here"),
        ({"deadline": "noon"}, "is no time"),
        ({"day_slip_by": "25:00"}, "is no time"),
    ],
)
def test_settings_that_lead_nowhere_are_refused_in_words(options: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        SettlementOptions(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize("time", ["%Y-%m-%d %H:%M", "%d/%b/%Y:%H:%M:%S %z", "%y%m%d %I:%M:%S.%f %p"])
def test_times_are_written_in_many_ways(tmp_path: Path, time: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(LINES.replace("FORMAT", time))
    lines = preset.load(str(path)).lines

    assert lines is not None
    assert lines.time == time


def test_of_the_merchant_number_only_the_end_is_shown() -> None:
    assert SettlementOptions(merchant_id="898100012341234").merchant == "..1234"


def test_a_preset_based_on_another_says_only_what_differs(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        'based_on = "odoo"\nversions = "ours"\n[questions]\ntwice = ""\nsettled = "SELECT 1 AS settled_at"\n'
    )
    own, odoo = preset.load(str(path)), preset.load("odoo")

    assert (own.versions, own.engines, own.times) == ("ours", odoo.engines, odoo.times)
    assert own.questions["settled"] == "SELECT 1 AS settled_at"
    assert own.questions["open_batch"] == odoo.questions["open_batch"]
    assert "twice" not in own.questions


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"preset": "odoo", "database": "mariadb://poshealth@/odoo"}, "is for postgresql, not mariadb"),
        ({"preset": "odoo", "database": "postgresql://poshealth:s3cr3t@/odoo"}, "no password here"),
        ({"preset": "odoo", "database": "postgresql://poshealth@shop/odoo"}, "an address, such as"),
        (
            {"preset": "ospos", "database": "mariadb://poshealth@/ospos", "till": "1"},
            "does not tell tills apart",
        ),
        (
            {"preset": "unionpay", "database": "sqlite:/pos.db", "password_file": "/etc/p"},
            "SQLite has no login",
        ),
    ],
)
def test_settings_that_do_not_go_together_are_refused(given: dict[str, str], says: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=says) as caught:
        msgspec.convert(given, SettlementOptions)
    assert "s3cr3t" not in str(caught.value)
