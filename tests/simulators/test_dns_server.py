"""The simulated resolver, asked with the bytes of RFC 1035."""

import socket
import subprocess
import time
from collections.abc import Iterator

import pytest

from simulators.dns_server import DnsServer

IDENTITY = b"\x12\x34"
QUESTION = b"\x08acquirer\x04test\x00\x00\x01\x00\x01"
QUERY = IDENTITY + b"\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + QUESTION


@pytest.fixture
def server() -> Iterator[DnsServer]:
    with DnsServer({"acquirer.test": ["10.8.3.2"]}) as started:
        yield started


def ask(server: DnsServer, query: bytes = QUERY, seconds: float = 2.0) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(seconds)
        asker.connect(server.address)
        asker.send(query)
        return asker.recv(512)


def test_answer(server: DnsServer) -> None:
    """Header, the question again, one A record of 60 s behind a pointer to the name."""
    header = IDENTITY + b"\x85\x80\x00\x01\x00\x01\x00\x00\x00\x00"
    assert (
        ask(server) == header + QUESTION + b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x0a\x08\x03\x02"
    )
    assert [name for _, name in server.queries] == ["acquirer.test"]


@pytest.mark.parametrize(("mode", "code"), [("servfail", 2), ("nxdomain", 3), ("refuse", 5)])
def test_refusals(server: DnsServer, mode: str, code: int) -> None:
    """The response code stands in the low four bits, and there is no answer."""
    server.mode = mode
    reply = ask(server)
    assert reply[:8] == IDENTITY + bytes((0x85, 0x80 | code)) + b"\x00\x01\x00\x00"


def test_unknown_name(server: DnsServer) -> None:
    """A name not in the table is NXDOMAIN."""
    assert ask(server, QUERY.replace(b"acquirer", b"nobodyis"))[3] & 0x0F == 3


def test_wrong_id(server: DnsServer) -> None:
    """The reply belongs to another query."""
    server.mode = "wrong-id"
    assert ask(server)[:2] == b"\xed\xcb"


def test_silent(server: DnsServer) -> None:
    """Nothing comes, but the query arrived."""
    server.mode = "silent"
    with pytest.raises(TimeoutError):
        ask(server, seconds=0.2)
    assert len(server.queries) == 1


def test_slow(server: DnsServer) -> None:
    """The answer comes late."""
    server.mode, server.slow_seconds = "slow", 0.2
    before = time.monotonic()
    assert ask(server)[3] & 0x0F == 0
    assert time.monotonic() - before >= 0.2


def test_an_unknown_mode_is_refused(server: DnsServer) -> None:
    """A misspelt fault must not pass for none."""
    with pytest.raises(ValueError, match="wrong-id"):
        server.mode = "wrong_id"


def test_the_system_resolver_understands_it() -> None:
    """glibc, pointed at it in a mount namespace of its own, finds the address."""
    with DnsServer({"acquirer.test": ["10.8.3.2"]}, host="127.91.53.53", port=53) as server:
        script = (
            'printf "nameserver %s\\n" 127.91.53.53 >/tmp/resolv && mount --bind /tmp/resolv /etc/resolv.conf'
        )
        done = subprocess.run(
            [
                "unshare",
                "-m",
                "sh",
                "-c",
                f"mount -t tmpfs none /tmp && {script} && getent ahostsv4 acquirer.test",
            ],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert "10.8.3.2" in done.stdout, done.stderr
        assert server.queries
