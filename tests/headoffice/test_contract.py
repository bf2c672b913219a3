"""docs/openapi.json and docs/protocol.md say what the code does."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from starlette.routing import Route

from headoffice.app import create_app
from headoffice.contract import document
from headoffice.listing import Detail, Listing
from tests.headoffice import reports
from tests.headoffice.office import TOKEN, Office, Terminal
from vocabulary.wire import MAX_PARCEL_RECORDS, PATH, Answer, Dropped, Outage, Parcel, Verdict, signature

DOCS = Path(__file__).resolve().parents[2] / "docs"
CASES = Path(__file__).with_name("cases")


def test_the_openapi_file_is_the_codes_own() -> None:
    """Renew it with `python -m headoffice.contract > docs/openapi.json`."""
    assert json.loads((DOCS / "openapi.json").read_text(encoding="utf-8")) == json.loads(
        json.dumps(document())
    )


def test_every_machine_route_is_documented_and_none_is_invented(tmp_path: Path) -> None:
    """Pages for people are not part of the contract."""
    app = create_app(tmp_path / "office.sqlite", TOKEN)
    paths = {route.path for route in app.routes if isinstance(route, Route)}
    assert set(document()["paths"]) == {path for path in paths if path.startswith(("/v1/", "/healthz"))}


@pytest.mark.parametrize("kind", [Parcel, Answer, Verdict, Dropped, Outage])
def test_the_protocol_page_names_every_field(kind: type[msgspec.Struct]) -> None:
    page = (DOCS / "protocol.md").read_text(encoding="utf-8")
    assert [field for field in kind.__struct_fields__ if field not in page] == []
    assert f"at most {MAX_PARCEL_RECORDS}" in page
    assert PATH in page


def test_the_listing_and_the_detail_are_as_documented(office: Office, till: Terminal) -> None:
    """Decoded strictly by the types the document was made from."""
    till.send(till.full(causes=(reports.port_closed(reports.wall()),)))
    listing = msgspec.convert(office.listing(), Listing)
    detail = msgspec.convert(office.listing(f"/v1/terminals/{till.name}"), Detail)
    assert detail.terminal == next(row for row in listing.terminals if row.terminal == till.name)
    assert detail.report == till.full(causes=detail.terminal.causes, at=detail.report.clock.wall).report  # type: ignore[union-attr]
    assert (detail.stored_through, len(detail.heartbeats), len(detail.changes)) == (1, 1, 1)


def test_a_parcel_stored_long_ago_is_still_understood(office: Office) -> None:
    """The bytes version 1 was born with; a terminal in the field does not update overnight."""
    body = (CASES / "parcel-version-1.json").read_bytes()
    till = Terminal(office, "s0412-t2", "9f86d081884c7d65")
    answer = till.post(body).json()
    assert [verdict["outcome"] for verdict in answer["accepted"]] == ["stored"] * 3
    assert till.shown()["causes"][0]["words"]["zh"]["title"] == "缺纸"


def test_the_signature_is_plain_hmac_sha256() -> None:
    """RFC 4231 test case 2."""
    tag = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert signature(b"Jefe", b"what do ya want for nothing?") == tag
