"""The contract of POST /v1/parcels over real HTTP, against a head office in its own process."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

import msgspec
import pytest
import requests

from headoffice.intake import MAX_SEQUENCE
from tests.headoffice import reports
from tests.headoffice.office import TOKEN, Office, Terminal
from vocabulary.wire import (
    MAX_ANSWER_BYTES,
    MAX_PARCEL_BYTES,
    MAX_PARCEL_RECORDS,
    PATH,
    SIGNATURE_HEADER,
    TERMINAL_HEADER,
    Dropped,
    Outage,
    Parcel,
    Verdict,
    decode_answer,
    encode,
    signed_rightly,
)


def outcomes(verdicts: tuple[Verdict, ...]) -> list[str]:
    return [verdict.outcome for verdict in verdicts]


def raw_parcel(*records: str, newest: str = "") -> bytes:
    """Bytes a well-behaved encoder would not write; NAME stands for the terminal."""
    tail = f',"newest":{newest}' if newest else ""
    return f'{{"terminal":"NAME","spool":"spool-1","records":[{",".join(records)}]{tail}}}'.encode()


def raw_pulse(sequence: object = 1, at: object = 1_700_000_000.0, since: object = 1, tail: str = "") -> str:
    return f'{{"kind":"pulse","sequence":{sequence},"at":{at},"unchanged_since":{since}{tail}}}'


def raw_outage(first: int, through: int, began: object = 1_700_000_000.0, cause: str = '"line-down"') -> str:
    return (
        f'{{"kind":"outage","sequence":{first},"through":{through},"began":{began},"ended":1700000300.0,'
        f'"unchanged_since":1,"cause":{cause}}}'
    )


def outage(first: int, through: int, since: int = 1) -> Outage:
    return Outage(
        sequence=first,
        through=through,
        began=reports.wall() - 60 * (through - first + 1),
        ended=reports.wall(),
        unchanged_since=since,
        cause="line-down",
    )


GAP = Dropped(sequence=1, through=3, reason="quota")


def test_an_answer_to_a_pulse_is_short(till: Terminal) -> None:
    """1,440 of them a day go over a store's line: no header that only a browser needs."""
    till.send(till.full())
    parcel = Parcel(terminal=till.name, spool="spool-1", records=(reports.pulse(2, 1),))
    answer = till.post(encode(parcel))

    assert len(answer.content) + sum(len(f"{name}: {value}") for name, value in answer.headers.items()) < 330


@pytest.mark.parametrize(
    ("sequences", "through"),
    [([1], 1), ([1, 2, 3], 3), ([2, 3], 0), ([1, 3], 1), ([3, 2, 1], 3), ([1, 2, 4, 5], 2)],
)
def test_nothing_is_confirmed_above_a_gap(till: Terminal, sequences: list[int], through: int) -> None:
    """`stored_through` is the last sequence before the first one that is missing."""
    records = [reports.pulse(each, 1) if each > 1 else till.full() for each in sequences]
    answer = till.send(*records)
    assert outcomes(answer.accepted) == ["stored"] * len(sequences)
    assert (answer.spool, answer.stored_through) == ("spool-1", through)


def test_a_dropped_range_closes_the_gap(till: Terminal) -> None:
    """A range record covers its sequences, and one that was late after all is still welcome."""
    assert till.send(reports.pulse(4), reports.pulse(5)).stored_through == 0
    answer = till.send(GAP)
    assert (outcomes(answer.accepted), answer.stored_through) == (["stored"], 5)
    again = till.send(GAP, reports.pulse(2))
    assert (outcomes(again.accepted), again.stored_through) == (["duplicate", "stored"], 5)


def test_a_record_sent_twice_is_one_row(till: Terminal) -> None:
    """The second time it is called a duplicate, and confirmed all the same."""
    record = till.full()
    assert outcomes(till.send(record).accepted) == ["stored"]
    again = till.send(record)
    assert (outcomes(again.accepted), again.stored_through) == (["duplicate"], 1)
    assert till.rows() == [1]


def test_a_record_twice_in_one_parcel_is_one_row(till: Terminal) -> None:
    """Also inside one transaction."""
    record = till.full()
    assert outcomes(till.send(record, record).accepted) == ["stored", "duplicate"]
    assert till.rows() == [1]


def test_the_same_key_with_other_content_is_a_conflict(till: Terminal) -> None:
    """Two tills with one identity are noticed; what was stored first stays, and nothing new mixes with it."""
    till.send(till.full(), reports.pulse(2))
    answer = till.send(till.full(code="OTHER-1"), reports.pulse(3))
    assert answer.accepted[0] == Verdict(sequence=1, outcome="rejected", reason="conflict")
    assert (outcomes(answer.accepted), answer.stored_through) == (["rejected", "rejected"], 2)
    assert till.shown()["doubtful_identity"]
    assert till.shown()["code"] == "7K4P-2Q"


def test_another_spool_of_the_same_terminal_counts_anew(till: Terminal) -> None:
    """A new spool begins at 1 and is not taken for a repetition."""
    till.send(till.full(), reports.pulse(2))
    till.spool = "spool-2"
    answer = till.send(till.full())
    assert (outcomes(answer.accepted), answer.stored_through) == (["stored"], 1)


def test_an_outage_is_one_record_and_no_gap(till: Terminal) -> None:
    """Its rounds are covered, counted, and nothing is called missing."""
    answer = till.send(till.full(), outage(2, 279), reports.pulse(280))
    detail = till.office.listing(f"/v1/terminals/{till.name}")

    assert (outcomes(answer.accepted), answer.stored_through) == (["stored"] * 3, 280)
    assert not answer.needs_full
    assert [(each["rounds"], each["cause"]) for each in detail["outages"]] == [(278, "line-down")]
    assert (detail["gaps"], detail["stored_through"]) == ([], 280)


def test_an_outage_that_went_on_takes_its_shorter_selfs_place(till: Terminal) -> None:
    """The answer to the shorter one was lost; sent a third time it is a duplicate."""
    shorter = outage(2, 5)
    till.send(till.full(), shorter)
    longer = msgspec.structs.replace(shorter, through=9, ended=shorter.ended + 240)
    answers = [till.send(longer), till.send(longer)]
    detail = till.office.listing(f"/v1/terminals/{till.name}")

    assert [outcomes(answer.accepted) for answer in answers] == [["stored"], ["duplicate"]]
    assert [each["rounds"] for each in detail["outages"]] == [8]
    assert detail["stored_through"] == 9


@pytest.mark.parametrize("sequence", [3, 7])
def test_an_outage_where_other_heartbeats_stand_is_a_conflict(till: Terminal, sequence: int) -> None:
    """The copy of a till was offline while the other one reported."""
    till.send(till.full(), reports.pulse(2), reports.pulse(3), outage(4, 9))
    answer = till.send(outage(sequence, 12), reports.pulse(13))

    assert [verdict.reason for verdict in answer.accepted] == ["conflict", "conflict"]


def test_only_what_is_missing_of_a_range_is_called_missing(till: Terminal) -> None:
    """A till whose spool was damaged cannot know what arrived."""
    till.send(till.full(), reports.pulse(3))
    till.send(Dropped(sequence=1, through=5, reason="spool-corrupt"))
    gaps = till.office.listing(f"/v1/terminals/{till.name}")["gaps"]

    assert sorted((gap["first"], gap["through"]) for gap in gaps) == [(2, 2), (4, 5)]


def test_the_newest_state_may_be_of_a_later_spool(till: Terminal) -> None:
    """The backlog of an earlier spool drains while the page shows the present one."""
    till.send(till.full())
    newest = Terminal(till.office, till.name, "spool-2").full(4, causes=(reports.paper_out(reports.wall()),))
    till.send(reports.pulse(2), newest=newest)
    till.send(reports.pulse(3))

    assert [cause["code"] for cause in till.shown()["causes"]] == ["receipt-printer.paper-out"]
    series = till.office.listing(f"/v1/terminals/{till.name}")["series"]
    assert [(each["spool"], each["stored_through"]) for each in series] == [("spool-2", 0), ("spool-1", 3)]


POISON = {
    "unknown kind": '{"kind":"confession","sequence":2}',
    "not an object": "7",
    "missing field": '{"kind":"pulse","sequence":2}',
    "text for a number": raw_pulse(2, '"yesterday"'),
    "sequence zero": raw_pulse(0),
    "sequence negative": raw_pulse(-4),
    "sequence beyond 2^53": raw_pulse(MAX_SEQUENCE + 1),
    "sequence of 4000 digits": raw_pulse("9" * 4000),
    "number beyond a double": raw_pulse(2, "1e999"),
    "time before 1970": raw_pulse(2, -1.0),
    "time after 2100": raw_pulse(2, 4_102_444_801.0),
    "time of 1e300": raw_pulse(2, "1e300"),
    "leans on itself": raw_pulse(2, since=2),
    "duplicate key": raw_pulse(2, tail=',"sequence":3'),
    "duplicate key, unknown": raw_pulse(2, tail=',"x":{"a":1,"a":2}'),
    "fact of 5000 digits": raw_pulse(2, tail=f',"x":{"7" * 5000}'),
    "range backwards": '{"kind":"dropped","sequence":2,"through":1,"reason":"quota"}',
    "outage without a word": raw_outage(2, 3, cause='""'),
    "outage with markup": raw_outage(2, 3, cause='"<b>"'),
    "outage backwards": raw_outage(3, 2),
    "outage of nobody's time": raw_outage(2, 3, began=-1),
    "range without end": f'{{"kind":"dropped","sequence":2,"through":{MAX_SEQUENCE},"reason":"quota"}}',
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_a_poison_record_spoils_no_other(till: Terminal, poison: str) -> None:
    """Its neighbours are stored, it gets its own verdict, and a copy is kept for a person to look at."""
    first = msgspec.json.encode(till.full()).decode()
    answer = till.post(raw_parcel(first, poison, raw_pulse(3)))
    assert answer.status_code == 200
    verdicts = answer.json()["accepted"]
    assert [verdict["outcome"] for verdict in verdicts] == ["stored", "rejected", "stored"]
    assert verdicts[1]["reason"]
    assert answer.json()["stored_through"] == 1
    assert len(till.rows("quarantine")) == 1


def test_a_report_in_another_terminals_name_is_rejected(till: Terminal) -> None:
    """A till speaks for itself only."""
    answer = till.send(reports.full(reports.report(terminal="s0001-t1")))
    assert answer.accepted[0].reason == "report of another terminal"


def test_a_poison_newest_report_is_left_out(till: Terminal) -> None:
    """The records beside it count."""
    answer = till.post(raw_parcel(raw_pulse(2), newest='{"kind":"full","sequence":9}'))
    assert answer.json()["accepted"] == [{"sequence": 2, "outcome": "stored"}]
    assert till.shown()["standing"] == "cannot-tell"


HOSTILE = {
    "empty": b"",
    "html": b"<html>",
    "not a number": raw_parcel(raw_pulse(2, "NaN")),
    "infinity": raw_parcel(raw_pulse(2, "Infinity")),
    "lone surrogate": raw_parcel(raw_pulse(2, tail=',"x":"\\ud800"')),
    "nested 100,000 deep": raw_parcel("[" * 100_000 + "]" * 100_000),
    "nested objects": raw_parcel('{"a":' * 50_000 + "1" + "}" * 50_000),
    "cut off": raw_parcel(raw_pulse(2))[:-4],
    "more after the end": raw_parcel(raw_pulse(2)) + b"{}",
    "byte order mark": b"\xef\xbb\xbf" + raw_parcel(raw_pulse(2)),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_parcel_is_refused_and_leaves_no_trace(
    office: Office, till: Terminal, body: bytes
) -> None:
    """400, no row, no traceback."""
    answer = till.post(body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert not till.is_known
    assert "Traceback" not in office.log()


MISADDRESSED = {
    "version of the future": (501, raw_parcel(raw_pulse(2)).replace(b"{", b'{"version":2,', 1)),
    "nameless spool": (403, raw_parcel(raw_pulse(2)).replace(b"spool-1", b"")),
    "spool of 100 kB": (403, raw_parcel(raw_pulse(2)).replace(b"spool-1", b"s" * 100_000)),
    "spool with a line break": (403, raw_parcel(raw_pulse(2)).replace(b"spool-1", b"a\\nb")),
    "another terminal's": (403, raw_parcel(raw_pulse(2)).replace(b"NAME", b"s0001-t1")),
}


@pytest.mark.parametrize(("status", "body"), MISADDRESSED.values(), ids=MISADDRESSED)
def test_a_parcel_no_record_is_to_blame_for_is_not_a_400(till: Terminal, status: int, body: bytes) -> None:
    """A terminal sets records aside at 400; here it has to keep them."""
    assert till.post(body).status_code == status
    assert not till.is_known


def test_bytes_that_are_no_text_are_that_records_fault(office: Office, till: Terminal) -> None:
    """Invalid UTF-8 inside a string."""
    answer = till.post(raw_parcel(raw_pulse(2, tail=',"kind2":"X"')).replace(b'"X"', b'"\xff\xfe"'))
    assert answer.json()["accepted"][0]["outcome"] == "rejected"
    assert till.rows() == []
    assert "Traceback" not in office.log()


@pytest.mark.parametrize("name", ["", "a b", "../etc", "x" * 65, "<script>"])
def test_a_terminal_has_a_proper_name(till: Terminal, name: str) -> None:
    """Head office shows it in addresses and pages."""
    till.name = name
    body = encode(Parcel(terminal=name, spool="spool-1", records=(reports.pulse(2),)))
    assert till.post(body).status_code == 403


@pytest.mark.parametrize(
    "claimed", ["", "0" * 64, "00", "Ä" * 64], ids=["unsigned", "wrong", "short", "not ASCII"]
)
def test_an_unsigned_parcel_touches_nothing(office: Office, till: Terminal, claimed: str) -> None:
    """401 before a byte of it is believed."""
    body = encode(Parcel(terminal=till.name, spool="spool-1", records=(reports.pulse(2),)))
    headers = {TERMINAL_HEADER: till.name.encode()}
    if claimed:
        headers[SIGNATURE_HEADER] = claimed.encode("latin-1")
    answer = requests.post(office.url + PATH, data=body, headers=headers, timeout=10)
    assert answer.status_code == 401
    assert not till.is_known
    assert "Traceback" not in office.log()


def test_more_than_a_mebibyte_is_refused_while_it_is_read(office: Office, till: Terminal) -> None:
    """413 after the limit, without waiting for the end, whatever Content-Length did not say."""
    sent = 0

    def drip() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(4096):
            sent += 65_536
            yield b" " * 65_536

    try:
        status = requests.post(office.url + PATH, data=drip(), timeout=20).status_code
    except requests.ConnectionError:
        status = 413  # closed while we were still writing: the answer was lost on the way, the limit held
    assert status == 413
    assert sent < 64 * MAX_PARCEL_BYTES
    assert till.post(b" " * (MAX_PARCEL_BYTES + 1)).status_code == 413


def test_a_parcel_of_exactly_the_limit_is_read(till: Terminal) -> None:
    """White space is JSON too."""
    body = raw_parcel(raw_pulse(2)).replace(b"NAME", till.name.encode())
    assert till.post(body + b" " * (MAX_PARCEL_BYTES - len(body))).status_code == 200


def test_a_packed_parcel_is_taken_like_a_plain_one(till: Terminal) -> None:
    """And the same records, plain, are duplicates."""
    parcel = encode(Parcel(terminal=till.name, spool="spool-1", records=(till.full(), reports.pulse(2, 1))))
    answers = [till.post(gzip.compress(parcel), Content_Encoding="GZip"), till.post(parcel)]

    assert [outcomes(decode_answer(answer.content).accepted) for answer in answers] == [
        ["stored", "stored"],
        ["duplicate", "duplicate"],
    ]


PACKED = gzip.compress(raw_parcel(raw_pulse(2)))


@pytest.mark.parametrize(
    ("body", "coding", "status"),
    [
        # a bomb: 1 MiB and a byte, 256 MiB
        (gzip.compress(b" " * (MAX_PARCEL_BYTES + 1)), "gzip", 413),
        (gzip.compress(bytes(256 << 20), compresslevel=1), "gzip", 413),
        # nothing whole
        (PACKED[:-1], "gzip", 400),
        (PACKED + b"x", "gzip", 400),
        (PACKED + PACKED, "gzip", 400),
        (PACKED[:-8] + bytes(8), "gzip", 400),
        (b"", "gzip", 400),
        (zlib.compress(raw_parcel(raw_pulse(2))), "gzip", 400),
        # other codings
        (PACKED, "gzip, gzip", 415),
        (PACKED, "br", 415),
        (zlib.compress(raw_parcel(raw_pulse(2))), "deflate", 415),
    ],
)
def test_what_is_packed_wrongly_is_refused(till: Terminal, body: bytes, coding: str, status: int) -> None:
    """Signed, so that a terminal knows whose word it is; nothing of it is stored."""
    answer = till.post(body, Content_Encoding=coding)

    assert answer.status_code == status
    assert signed_rightly(TOKEN, answer.content, answer.headers[SIGNATURE_HEADER])
    assert not till.is_known


def test_without_the_token_nothing_is_unpacked(till: Terminal) -> None:
    """Not even looked at: 401, as for any other body."""
    answer = till.post(b"no gzip", Content_Encoding="gzip", **{SIGNATURE_HEADER: "0" * 64})
    assert answer.status_code == 401


def test_the_longest_answer_fits_the_terminals_limit(till: Terminal) -> None:
    """500 rejections with reasons; one record more is refused as too large."""
    poison = raw_pulse(MAX_SEQUENCE, '"text where a number is wanted"')
    answer = till.post(raw_parcel(*[poison] * MAX_PARCEL_RECORDS))
    assert answer.status_code == 200
    assert len(answer.content) < MAX_ANSWER_BYTES
    assert till.post(raw_parcel(*[poison] * (MAX_PARCEL_RECORDS + 1))).status_code == 413


def test_a_steady_heartbeat_is_small() -> None:
    """Body under 200 bytes with names of a real length."""
    parcel = Parcel(
        terminal="store-0412-till-02",
        spool="9f86d081884c7d65",
        records=(reports.pulse(1_234_567, 1_234_000),),
        every_seconds=60.0,
    )
    assert len(encode(parcel)) < 200


@pytest.mark.parametrize(
    ("records", "newest", "wanted"),
    [
        ([1, (2, 1)], None, False),
        ([(2, 1)], None, True),
        ([1, (6, 5)], None, True),
        ([1, (2, 1)], 5, False),
        ([(6, 5)], 5, False),
        ([1], None, False),
    ],
    ids=["leans on ours", "nothing yet", "leans on a later one", "history", "newest given", "no pulse"],
)
def test_a_full_report_is_asked_for_when_a_pulse_leans_on_one_we_lack(
    till: Terminal, records: list[int | tuple[int, int]], newest: int | None, wanted: bool
) -> None:
    """`needs_full` is about the state shown, not about history. A number is a full report, a pair a pulse."""
    beats = [till.full(each) if isinstance(each, int) else reports.pulse(*each) for each in records]
    assert till.send(*beats, newest=till.full(newest) if newest else None).needs_full is wanted


def test_the_newest_report_is_shown_while_the_backlog_drains(till: Terminal) -> None:
    """`newest` is the state at once, is no record, and older reports do not put it back."""
    late = till.full(900, causes=(reports.paper_out(reports.wall()),))
    till.send(till.full(), newest=late)
    assert till.shown()["standing"] == "partly-working"
    till.send(till.full(5))
    assert till.shown()["standing"] == "partly-working"
    assert till.rows() == [1, 5]


def test_a_refusal_is_signed_too(till: Terminal) -> None:
    """So that a terminal can tell head office's word from that of a box in between."""
    answer = till.post(b"<html>")
    assert len(answer.headers[SIGNATURE_HEADER]) == 64
    assert answer.headers["Content-Type"] == "application/json"
