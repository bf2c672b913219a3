"""The simulated acquirer against published bytes, its framings, its refusals and its faults."""

import datetime as dt
import socket
import ssl
import time
from pathlib import Path

import pytest

from simulators.acquirer import Acquirer, reply_type
from simulators.certificates import HOST_NAME, CertificateFolder
from simulators.iso8583 import DIALECTS, Dialect, Framing, Message, build, parse

JPOS_ECHO = bytes.fromhex(
    "0800A0200000008000100400000000000000000000000001323931313030303100106A504F5320312E392E310301"
)
"""The echo request in the jPOS documentation, chapter 2: 46 bytes, BCD, field 60 "jPOS 1.9.1"."""


def echo(**changes: str) -> Message:
    fields = {7: "1122003300", 11: "000042", 41: "29110001", 70: "301"}
    return Message(
        changes.pop("mti", "0800"), fields | {int(key[1:]): value for key, value in changes.items()}
    )


def ask(host: Acquirer, message: Message) -> Message:
    """Send it in the host's own dialect and framing, and read the reply."""
    reply = ask_raw(host, host.framing.wrap(build(message, host.dialect)))
    assert (
        host.framing.read_length(reply[: host.framing.length_bytes]) == len(reply) - host.framing.length_bytes
    )
    return parse(reply[host.framing.length_bytes :], host.dialect, tpdu=host.framing.tpdu)


def ask_raw(host: Acquirer, octets: bytes, seconds: float = 2.0) -> bytes:
    """What comes within `seconds`; b"" when the host ends the connection."""
    with socket.create_connection(host.address, timeout=seconds) as connection:
        connection.sendall(octets)
        return connection.recv(4096)


def test_the_published_echo_request_is_answered() -> None:
    """jPOS's bytes behind a two-byte binary length get 0810, field 39 = 00, everything else returned."""
    with Acquirer() as host:
        reply = ask_raw(host, b"\x00\x2e" + JPOS_ECHO)
    message = parse(reply[2:], host.dialect, tpdu=False)
    assert message.mti == "0810"
    assert message.fields == {
        3: "000000", 11: "000001", 39: "00", 41: "29110001", 60: "jPOS 1.9.1", 70: "301",
    }  # fmt: skip


def test_the_published_echo_request_behind_a_bcd_length() -> None:
    """The documentation's own `00 46` is a BCD length."""
    with Acquirer(framing=Framing("bcd")) as host:
        assert ask_raw(host, b"\x00\x46" + JPOS_ECHO)[:4] == b"\x00\x48\x08\x10"


def test_our_own_spelling_of_the_published_request() -> None:
    """The codec writes jPOS's bytes from its fields."""
    fields = {3: "000000", 11: "000001", 41: "29110001", 60: "jPOS 1.9.1", 70: "301"}
    assert build(Message("0800", fields), Dialect()) == JPOS_ECHO


@pytest.mark.parametrize("length", ["binary", "bcd", "ascii"])
@pytest.mark.parametrize("inclusive", [False, True])
@pytest.mark.parametrize("tpdu", [b"", bytes.fromhex("6000010203")])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_framing_and_dialect(length: str, inclusive: bool, tpdu: bytes, dialect: str) -> None:
    """Each combination answers; a TPDU comes back with source and destination swapped."""
    framing = Framing(length, inclusive, tpdu=bool(tpdu))  # type: ignore[arg-type]  # the three literals
    with Acquirer(dialect=dialect, framing=framing) as host:
        request = echo()
        request.tpdu = tpdu
        request.header = bytes(range(host.dialect.header_bytes))
        reply = ask(host, request)
    assert (reply.mti, reply.fields[39]) == ("0810", "00")
    assert reply.tpdu == tpdu[:1] + tpdu[3:5] + tpdu[1:3]
    assert reply.header == request.header


@pytest.mark.parametrize(("coding", "octets"), [("ascii", b"00"), ("bcd", b"\x00"), ("ebcdic", b"\xf0\xf0")])
def test_field_39_is_spelled_as_set(coding: str, octets: bytes) -> None:
    """ASCII 3030, one BCD byte 00, or EBCDIC F0F0 at the place of field 39."""
    dialect = Dialect(response_code=coding)  # type: ignore[arg-type]  # the three literals
    with Acquirer(dialect=dialect) as host:
        reply = ask_raw(host, host.framing.wrap(build(Message("0800", {11: "000042", 70: "301"}), dialect)))
    assert reply[2 + 2 + 16 + 3 :] == octets + b"\x03\x01"


@pytest.mark.parametrize(
    ("dialect", "request_message", "mti", "code"),
    [
        ("bcd", echo(), "0810", "00"),
        ("unionpay", Message("0820", {11: "000042", 41: "29110001", 60: "00000001301"}), "0830", "00"),
        ("unionpay", Message("0820", {11: "000042", 60: "00000001362", 62: "011021031041051"}), "0830", "00"),
        ("ascii", Message("1820", {11: "000042", 24: "831"}), "1830", "800"),
        ("bcd", Message("1804", {11: "000042", 24: "831"}), "1814", "800"),
    ],
)
def test_echoes_of_all_kinds(dialect: str, request_message: Message, mti: str, code: str) -> None:
    """0800 with field 70, UnionPay's 0820 with 60.3, and 1820 with field 24 are all echoes."""
    with Acquirer(dialect=dialect) as host:
        request_message.header = bytes(host.dialect.header_bytes)
        reply = ask(host, request_message)
        assert (reply.mti, reply.fields[39]) == (mti, code)
        assert host.forbidden == 0


@pytest.mark.parametrize(
    ("dialect", "request_message", "code"),
    [
        ("bcd", echo(F70="001"), "12"),
        ("bcd", echo(F70="002"), "12"),
        ("bcd", echo(F70="101"), "12"),
        ("bcd", echo(mti="0500"), "12"),
        ("bcd", echo(mti="0200", F3="000000"), "12"),
        ("bcd", Message("0800", {11: "000042"}), "12"),
        ("unionpay", Message("0800", {11: "000042", 60: "00000001001"}), "12"),
        ("unionpay", Message("0820", {11: "000042", 60: "00000001002"}), "12"),
        ("unionpay", Message("0500", {11: "000042", 60: "00000001201"}), "12"),
        ("unionpay", Message("0320", {11: "000042", 60: "00000001201"}), "12"),
        ("ascii", Message("1820", {11: "000042", 24: "801"}), "902"),
    ],
)
def test_what_a_probe_must_never_send(dialect: str, request_message: Message, code: str) -> None:
    """Sign-in, sign-off, key change, settlement and sales are refused and counted."""
    with Acquirer(dialect=dialect) as host:
        request_message.header = bytes(host.dialect.header_bytes)
        assert ask(host, request_message).fields[39] == code
        assert host.forbidden == 1


def test_another_response_code_while_running() -> None:
    """The same connection gets 00 and then 91."""
    with Acquirer() as host, socket.create_connection(host.address, timeout=2) as connection:
        request = host.framing.wrap(build(echo(), host.dialect))
        codes = []
        for host.response_code in (None, "91"):
            connection.sendall(request)
            codes.append(parse(connection.recv(4096)[2:], host.dialect, tpdu=False).fields[39])
        assert codes == ["00", "91"]


def test_reply_types() -> None:
    """Repeats are answered like first requests."""
    assert [reply_type(mti) for mti in ("0800", "0801", "0820", "1804", "1820")] == [
        "0810", "0810", "0830", "1814", "1830",
    ]  # fmt: skip


REQUEST = Framing().wrap(build(echo(), Dialect()))


def test_silent_host() -> None:
    """It accepts, reads, and answers nothing."""
    with Acquirer() as host:
        host.faults.silent = True
        with pytest.raises(TimeoutError):
            ask_raw(host, REQUEST, seconds=0.3)
        assert host.connections == 1


def test_closed_and_open_again() -> None:
    """Gone, a connect is refused; back, the same port answers."""
    with Acquirer() as host:
        host.gone = True
        with pytest.raises(ConnectionRefusedError):
            ask_raw(host, REQUEST)
        host.gone = False
        assert ask(host, echo()).fields[39] == "00"


def test_going_away_ends_open_connections(tmp_path: Path) -> None:
    """Gone, a session that was open ends as well, plain or TLS."""
    certificates = CertificateFolder(tmp_path)
    with Acquirer() as host, socket.create_connection(host.address, timeout=2) as connection:
        connection.sendall(REQUEST)
        assert connection.recv(4096)
        host.gone = True
        assert connection.recv(4096) == b""
    with (
        Acquirer(tls=certificates.server_context()) as host,
        verify(host.address, certificates.authority_path) as channel,
    ):
        host.gone = True
        assert channel.recv(4096) == b""


def test_slow_host() -> None:
    """The answer comes no earlier than it was told to."""
    with Acquirer() as host:
        host.faults.slow_seconds = 0.3
        before = time.monotonic()
        assert ask(host, echo()).mti == "0810"
        assert time.monotonic() - before >= 0.3


@pytest.mark.parametrize(
    ("fault", "begins"),
    [("announce_huge", b"\xff\xff"), ("html", b"HTTP/1.1 200 OK"), ("close_after_accept", b"")],
)
def test_answers_that_are_none(fault: str, begins: bytes) -> None:
    """A huge length, a captive portal's page, an end at once."""
    with Acquirer() as host:
        setattr(host.faults, fault, True)
        try:
            answer = ask_raw(host, REQUEST)
        except ConnectionError:  # our request met a closed socket
            answer = b""
        assert answer[: max(len(begins), 1)] == begins


def test_garbage_is_no_message() -> None:
    """64 random bytes, different each time."""
    with Acquirer() as host:
        host.faults.garbage = True
        first, second = ask_raw(host, REQUEST), ask_raw(host, REQUEST)
        assert len(first) == len(second) == 64
        assert first != second


def test_answers_to_another_question() -> None:
    """A wrong trace number, a wrong message type."""
    with Acquirer() as host:
        host.faults.wrong_stan = True
        assert ask(host, echo()).fields[11] == "000043"
        host.faults.wrong_stan = False
        host.faults.wrong_mti = True
        assert ask(host, echo()).mti == "0800"


def test_half_a_reply_and_the_end() -> None:
    """The length announces more than comes."""
    with Acquirer() as host:
        host.faults.half_reply = True
        with socket.create_connection(host.address, timeout=2) as connection:
            connection.sendall(REQUEST)
            answer = b"".join(iter(lambda: connection.recv(4096), b""))
        assert 0 < len(answer) - 2 < int.from_bytes(answer[:2], "big")


def test_unreadable_requests_end_the_connection() -> None:
    """A message of another dialect is noted with the reason, and not answered."""
    with Acquirer(dialect="ascii") as host:
        assert ask_raw(host, REQUEST) == b""
        assert host.log.requests[0].error


def verify(address: tuple[str, int], authority: Path) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=str(authority))
    connection = socket.create_connection(address, timeout=2)
    try:
        return context.wrap_socket(connection, server_hostname=HOST_NAME)
    except BaseException:
        connection.close()
        raise


def test_echo_over_tls(tmp_path: Path) -> None:
    """A client that trusts the test authority gets its echo."""
    certificates = CertificateFolder(tmp_path)
    with (
        Acquirer(tls=certificates.server_context()) as host,
        verify(host.address, certificates.authority_path) as channel,
    ):
        channel.sendall(REQUEST)
        assert channel.recv(4096)[2:4] == b"\x08\x10"


@pytest.mark.parametrize(
    ("kind", "verify_code"),
    [
        ("expired", 10),
        ("not-yet-valid", 9),
        ("wrong-name", 62),
        ("unknown-issuer", 20),
        ("intercepted", 19),
        ("self-signed", 18),
    ],
)
def test_each_bad_certificate_fails_in_its_own_way(tmp_path: Path, kind: str, verify_code: int) -> None:
    """OpenSSL's verify codes tell them apart."""
    certificates = CertificateFolder(tmp_path)
    with (
        Acquirer(tls=certificates.server_context(kind)) as host,
        pytest.raises(ssl.SSLCertVerificationError) as caught,
    ):
        verify(host.address, certificates.authority_path)
    assert caught.value.verify_code == verify_code


def test_certificate_that_ends_soon(tmp_path: Path) -> None:
    """Still accepted, and over within six days."""
    certificates = CertificateFolder(tmp_path)
    with (
        Acquirer(tls=certificates.server_context("soon-to-expire")) as host,
        verify(host.address, certificates.authority_path) as channel,
    ):
        found = channel.getpeercert()
    assert found is not None
    days = (ssl.cert_time_to_seconds(str(found["notAfter"])) - dt.datetime.now(dt.UTC).timestamp()) / 86400
    assert 5 < days < 6


def test_old_tls(tmp_path: Path) -> None:
    """A host of TLS 1.1 only is refused by today's client, and reached by one that allows it."""
    certificates = CertificateFolder(tmp_path)
    with Acquirer(tls=certificates.server_context(old_tls=True)) as host:
        with pytest.raises(ssl.SSLError):
            verify(host.address, certificates.authority_path)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        with socket.create_connection(host.address, timeout=2) as raw, context.wrap_socket(raw) as channel:
            assert channel.version() == "TLSv1.1"
