"""China's own TLS is recognised by its first bytes, and nothing else is taken for it."""

from __future__ import annotations

import socket

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocols.tlcp import client_hello, is_enough, is_spoken
from simulators.tlcp_host import HANDSHAKE, VERSION, TlcpHost, offered_suites, record

# A server of Tongsuo (BabaSSL 8.3.2 in tongsuopy 1.0.1) to our hello; to one of TLS, where it speaks TLCP
# alone, and where it could speak TLS too.
RECORDED = bytes.fromhex(
    "160101004a0200004601018b8accc92c6898321a72f4bf01ddd9e8e28f12cfd802e687f3eb47b28a1dd63a20eb5207ac0ce012"
    "b77a5df67c9f6e8639e97e17772e3561133826f56d15a06d9fe01100"
)
RECORDED_ALERT = bytes.fromhex("15010100020228")
RECORDED_ALERT_OF_TLS = bytes.fromhex("15030300020228")
SERVER_HELLO = record(HANDSHAKE, b"\x02\x00\x00\x46" + VERSION + bytes(68))


def test_the_hello_is_one_to_a_host() -> None:
    """A record of the right length that offers the suites of SM2, SM4 and SM3."""
    hello = client_hello()

    assert hello == record(HANDSHAKE, hello[5:])
    assert {0xE011, 0xE013, 0xE051, 0xE053} <= offered_suites(hello[5:])
    assert client_hello() != hello


@pytest.mark.parametrize(
    ("received", "spoken"),
    [
        (RECORDED, True),
        (RECORDED_ALERT, True),
        (RECORDED_ALERT_OF_TLS, False),
        (SERVER_HELLO, True),
        (SERVER_HELLO[:11], True),
        (b"\x15\x01\x01\x00\x02\x02\x46", True),  # protocol_version
        (SERVER_HELLO[:10], False),
        (SERVER_HELLO.replace(VERSION, b"\x03\x03"), False),
        (b"\x15\x03\x01\x00\x02\x02\x46", False),  # an alert of TLS
        (b"\x15\x01\x01\x00\x09\x02\x46", False),
        (client_hello(), False),  # an echo of our own
        (b"", False),
    ],
    ids=lambda value: value[:10].hex() if isinstance(value, bytes) else None,  # a hello has random bytes
)
def test_which_bytes_are_its(received: bytes, spoken: bool) -> None:
    """A ServerHello or an alert in a record of version 0x0101."""
    assert is_spoken(received) is spoken


@pytest.mark.parametrize(
    ("refusal", "recorded"), [("own-alert", RECORDED_ALERT), ("tls-alert", RECORDED_ALERT_OF_TLS)]
)
def test_the_simulated_host_answers_as_tongsuo(refusal: str, recorded: bytes) -> None:
    """All but what is random: the layout of the hello, and the alert to a hello of TLS."""
    with TlcpHost(suite=0xE011) as host:
        host.refusal = refusal
        answers = []
        for hello in (client_hello(), b"\x16\x03\x01\x00\x01\x01"):
            with socket.create_connection(host.address, 5) as connection:
                connection.sendall(hello)
                answers.append(connection.recv(4096))

    drawn = slice(11, 43), slice(44, 76)  # random, session
    for part in drawn:
        answers[0] = answers[0].replace(answers[0][part], RECORDED[part])
    assert answers == [RECORDED, recorded]


@pytest.mark.parametrize("answer", [SERVER_HELLO, b"\x15\x01\x01\x00\x02\x02\x46"])
def test_no_more_is_waited_for_than_decides(answer: bytes) -> None:
    """An alert is shorter than a hello, and the host says nothing after it."""
    first = next(size for size in range(len(answer) + 1) if is_enough(answer[:size]))

    assert [is_spoken(answer[:size]) for size in (first - 1, first)] == [False, True]


@given(st.binary(max_size=200))
@example(b"\x16\x01\x01")
def test_noise_is_not_taken_for_it(noise: bytes) -> None:
    """Never an exception."""
    assert not is_spoken(b"\x00" + noise)
    is_spoken(noise)
