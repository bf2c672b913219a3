"""The VPN tunnel that the settings name, and somebody behind it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from probes.memory import Memory
from probes.network import link as links
from probes.network.conditions import BLOCKED_BY_ITSELF, VPN_DOWN, VPN_PEER_SILENT
from probes.routing import Ground, leads_into
from probes.till import Till
from protocols.gateway import ask
from vocabulary.reading import Reading, Reason

_FAR_AWAY: Final = "203.0.113.1"  # RFC 5737: where everything goes that has no way of its own


class Tunnel(Struct, frozen=True, kw_only=True):
    """`peer` is an address behind it, "" for none."""

    interface: str
    peer: str
    timeout_seconds: float

    def readings(
        self, ground: Ground, way: tuple[str, ...], till: Till, memory: Memory, barrier: str
    ) -> Iterator[Reading]:
        """`way` is what the tunnel's own packets go over: the till's way out."""
        if not self.interface:
            yield VPN_DOWN.unknown(Reason.NOT_SET_UP, because="vpn_interface is not set")
            yield VPN_PEER_SILENT.unknown(Reason.NOT_SET_UP, because="vpn_interface is not set")
            return
        trouble = self._trouble(ground, till)
        yield VPN_DOWN.failing_if(bool(trouble), self.interface, through=way, state=trouble or "up")
        if not self.peer:
            yield VPN_PEER_SILENT.unknown(Reason.NOT_SET_UP, self.interface, because="vpn_peer is not set")
        elif trouble or barrier:
            because = VPN_DOWN.code if trouble else barrier
            yield VPN_PEER_SILENT.unknown(Reason.NOT_TESTED, self.interface, because=because)
        else:
            yield self._peer(till, memory, way)

    def _trouble(self, ground: Ground, till: Till) -> str:
        """A tunnel without a carrier is one whose program has ended: drivers/net/tun.c, `tun_chr_close`."""
        link = links.look(till, self.interface)
        if not link.present:
            return "there is no such interface"
        if not link.up:
            return "switched off"
        if link.carrier is False:
            return "its program does not run"
        return "" if self._leads(ground, till) else "no route leads into it"

    def _leads(self, ground: Ground, till: Till) -> bool:
        """To the peer; without one, anywhere at all."""
        own = [route for route in ground.routes if route.interface == self.interface]
        if not self.peer and any(not _is_for_links(route.destination) for route in own):
            return True
        return leads_into(self.interface, self.peer or _FAR_AWAY, ground, till)

    def _peer(self, till: Till, memory: Memory, way: tuple[str, ...]) -> Reading:
        """One that never answered may be set to answer nobody at all."""
        seen = ask(self.peer, timeout_seconds=self.timeout_seconds, open_socket=till.socket)
        if seen.alive:
            memory.set("vpn-peer", self.peer)
        because = ""
        if seen.blocked_here:
            because = BLOCKED_BY_ITSELF
        elif not seen.alive and memory.get("vpn-peer") != self.peer:
            because = "it has never answered yet"
        if because:
            return VPN_PEER_SILENT.unknown(Reason.NOT_TESTED, self.interface, because=because)
        facts = {"peer": self.peer, "asked": seen.asked, "seen_by": seen.seen_by}
        through = (self.interface, *way)
        return VPN_PEER_SILENT.failing_if(not seen.alive, self.interface, through=through, **facts)


def _is_for_links(destination: bytes) -> bool:
    """fe80::/10 and ff00::/8, which every interface has a route for."""
    return len(destination) == 16 and (destination[0] == 0xFF or destination[:2] == b"\xfe\x80")
