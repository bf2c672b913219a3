"""Whether a reset that comes before the first router is this till's own."""

from __future__ import annotations

from typing import Final

from probes.till import Till
from protocols.tcp_sweep import Target, sweep

_COUNTER: Final = "/sys/class/net/lo/statistics/rx_packets"
# What a till resets itself comes back over its loopback, measured for nft's `reject with tcp reset`: as many
# packets as were tried. Others may use the loopback too, so one round with fewer is proof, and three without
# are not.
_AT_ONCE: Final = 4
_ROUNDS: Final = 3
_TIMEOUT_SECONDS: Final = 0.3


def comes_from_here(target: Target, till: Till) -> bool:
    """False where it provably does not. Packets to `target` are to go no farther than one hop."""
    return all(_passes_loopback(target, till) for _ in range(_ROUNDS))


def _passes_loopback(target: Target, till: Till) -> bool:
    before = till.read_line(_COUNTER)
    sweep([target] * _AT_ONCE, _TIMEOUT_SECONDS, open_socket=till.socket)
    after = till.read_line(_COUNTER)
    if not (before.isdecimal() and after.isdecimal()):
        return True
    return int(after) - int(before) >= _AT_ONCE
