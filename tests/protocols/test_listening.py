"""Listening sockets as /proc/net/tcp and tcp6 print them (kernel 6.18)."""

from __future__ import annotations

import pytest

from protocols.listening import Listener, parse_listeners

LINE = (
    "   0: {address} {remote} {state} 00000000:00000000 00:00000000 00000000  {uid}  0 3862 1 0 100 0 0 10 0"
)


def line(address: str, state: str = "0A", uid: int = 0) -> str:
    remote = "0" * len(address.partition(":")[0]) + ":0000"
    return LINE.format(address=address, remote=remote, state=state, uid=uid)


@pytest.mark.parametrize(
    ("address", "listener"),
    [
        ("00000000:1F90", Listener("0.0.0.0", 8080, 1000, loopback_only=False)),
        ("0200080A:0016", Listener("10.8.0.2", 22, 1000, loopback_only=False)),
        ("3500007F:0035", Listener("127.0.0.53", 53, 1000, loopback_only=True)),
        ("0" * 32 + ":0016", Listener("::", 22, 1000, loopback_only=False)),
        ("0" * 24 + "01000000:0277", Listener("::1", 631, 1000, loopback_only=True)),
        ("0000000000000000FFFF00000100007F:0050", Listener("::ffff:127.0.0.1", 80, 1000, loopback_only=True)),
        ("0000007F" + "0" * 24 + ":0050", Listener("7f00::", 80, 1000, loopback_only=False)),
    ],
)
def test_address_port_and_user_of_a_listener(address: str, listener: Listener) -> None:
    """The address is printed as numbers of this machine."""
    assert parse_listeners([line(address, uid=1000)]) == (listener,)


def test_what_does_not_listen_is_left_out() -> None:
    """Connections, the heading, and lines cut short."""
    heading = (
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    )
    connection = line("0100007F:9C40", state="01")
    lines = [heading, "   1: 0000", line("00000000:1F90"), connection, line("00000000:1F91")]
    assert [listener.port for listener in parse_listeners(lines)] == [8080]


def test_nothing_is_read_behind_the_listeners() -> None:
    """They come first; a shop's hundreds of closed connections are not walked through."""
    lines = iter([line("00000000:1F90"), line("0200080A:9C40", state="06"), "never asked for"])
    assert len(parse_listeners(lines)) == 1
    assert list(lines) == ["never asked for"]
