"""ARP probes, and whose packets answer them: RFC 826's layout, RFC 5227's rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.arp import NotTold, claimant, probe, told

OWN, OTHER = bytes.fromhex("02005e100001"), bytes.fromhex("02005e100002")
ADDRESS = "10.8.0.2"
HEAD = "0001 0800 06 04"


def packet(operation: int, sender: bytes, has: str, wanted: str) -> bytes:
    return bytes.fromhex(f"{HEAD} {operation:04x} {sender.hex()} {has} {'00' * 6} {wanted}")


def test_the_probe_on_the_wire() -> None:
    """RFC 5227 1.1: the sender's address is zero, so nobody's table changes."""
    assert probe(OWN, ADDRESS) == packet(1, OWN, "00000000", "0a080002")


@pytest.mark.parametrize(
    ("received", "who"),
    [
        (packet(2, OTHER, "0a080002", "00000000"), "02:00:5e:10:00:02"),  # its answer
        (packet(1, OTHER, "0a080002", "0a080001"), "02:00:5e:10:00:02"),  # it asks for somebody, in our name
        (packet(1, OTHER, "00000000", "0a080002"), "02:00:5e:10:00:02"),  # it is about to take the address
        (packet(1, OWN, "00000000", "0a080002"), ""),  # our own probe, come back
        (packet(1, OTHER, "0a080001", "0a080002"), ""),  # the router looks for us
        (packet(2, OTHER, "0a080003", "0a080002"), ""),  # another neighbour answers
        (packet(3, OTHER, "0a080002", "0a080002"), ""),  # RARP
        (b"\0\1\x86\xdd" + packet(2, OTHER, "0a080002", "00000000")[4:], ""),
        (packet(2, OTHER, "0a080002", "00000000")[:-1], ""),
    ],
)
def test_who_claims_the_address(received: bytes, who: str) -> None:
    assert claimant(received, frozenset({OWN}), ADDRESS) == who


@given(st.binary(max_size=64))
def test_no_packet_upsets_it(received: bytes) -> None:
    assert claimant(received, frozenset({OWN}), ADDRESS) in {"", received[8:14].hex(":")}


def test_what_the_service_says() -> None:
    assert told("free") == ""
    assert told("taken 02:00:5e:10:00:02") == "02:00:5e:10:00:02"


@pytest.mark.parametrize(
    "answer", ["", "what", "taken", "taken \x1b[31m", "free\nfree", "unknown this is no Ethernet"]
)
def test_anything_else_tells_nothing(answer: str) -> None:
    """And why, where the service says so."""
    with pytest.raises(NotTold, match="no Ethernet" if "Ethernet" in answer else "makes no sense"):
        told(answer)
