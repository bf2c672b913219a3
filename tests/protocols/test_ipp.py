"""IPP as bytes: RFC 8010 appendix A's examples, and whatever else may come."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from protocols import ipp


def field(tag: int, name: bytes, value: bytes) -> bytes:
    return bytes((tag, 0, len(name))) + name + bytes((0, len(value))) + value


# RFC 8010 appendix A.2: Print-Job response (successful).
PRINTED = (
    b"\x01\x01\x00\x00\x00\x00\x00\x01\x01"
    + field(0x47, b"attributes-charset", b"utf-8")
    + field(0x48, b"attributes-natural-language", b"en-us")
    + field(0x41, b"status-message", b"successful-ok")
    + b"\x02"
    + field(0x21, b"job-id", b"\x00\x00\x00\x93")
    + field(0x45, b"job-uri", b"ipp://printer.example.com/ipp/print/pinetree/123")
    + field(0x23, b"job-state", b"\x00\x00\x00\x03")
    + b"\x03"
)


def test_the_rfc_s_answer_is_read() -> None:
    found = ipp.decode(PRINTED)
    assert (found.is_successful, found.attributes["job-id"], found.attributes["job-state"]) == (True, 147, 3)
    assert found.attributes["status-message"] == "successful-ok"


def test_the_request_is_laid_out_as_the_rfc_s() -> None:
    """Appendix A.1: version, operation, request id, group tag, attributes, end tag."""
    assert ipp.print_job("ipp://localhost/printers/R", "poshealth", "slip") == (
        b"\x01\x01\x00\x02\x00\x00\x00\x01\x01"
        + field(0x47, b"attributes-charset", b"utf-8")
        + field(0x48, b"attributes-natural-language", b"en")
        + field(0x45, b"printer-uri", b"ipp://localhost/printers/R")
        + field(0x42, b"requesting-user-name", b"poshealth")
        + field(0x42, b"job-name", b"slip")
        + field(0x49, b"document-format", b"application/vnd.cups-raw")
        + b"\x03"
    )


def test_of_several_values_the_first_counts() -> None:
    """RFC 8010 section 3.1.5: another value has no name."""
    octets = PRINTED[:-1] + field(0x44, b"job-state-reasons", b"none") + field(0x44, b"", b"other") + b"\x03"
    assert ipp.decode(octets).attributes["job-state-reasons"] == "none"


@given(st.binary() | st.integers(0, len(PRINTED)).map(lambda end: PRINTED[:end]))
def test_any_bytes_are_read_or_refused(octets: bytes) -> None:
    with contextlib.suppress(ipp.NotIppError):
        ipp.decode(octets)
