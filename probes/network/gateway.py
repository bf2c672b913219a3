"""The store's router: whether it lives, and how that is known."""

from __future__ import annotations

from msgspec import Struct

from probes.memory import Memory
from probes.network.conditions import BLOCKED_BY_ITSELF, GATEWAY_SILENT
from probes.routing import Ground, is_neighbour_of
from probes.till import Till
from protocols.gateway import NEIGHBOUR_FORGETS_SECONDS, Sighting, ask, watch_neighbour
from protocols.routes import Route, pack_address
from vocabulary.reading import Reading, Reason

_HEARD = Sighting("a name lookup", "an answer that came through it")


class StoreGateway(Struct, frozen=True, kw_only=True):
    """`memory` keeps its address, whether it ever answered us, and since when it does not.

    `beyond` are addresses that may lie behind it.
    """

    ground: Ground
    till: Till
    memory: Memory
    beyond: tuple[str, ...] = ()

    def address(self, configured: str, way_out: Route | None) -> str:
        """A gateway whose route is gone keeps its name; "" where a line needs none."""
        remembered = str(self.memory.get("gateway", ""))
        address = configured or (way_out.gateway if way_out else remembered)
        if address != remembered:
            self.memory.set("gateway", address)
            self.memory.forget("gateway-answers")
            self.memory.forget("gateway-silent-since")
        return address

    def reading(self, address: str, timeout_seconds: float, *, heard: bool) -> Reading:
        """`heard`: something already came through it."""
        barrier = self.ground.barrier(address) if address else self.ground.broken
        if barrier:
            return GATEWAY_SILENT.unknown(Reason.NOT_TESTED, address, because=barrier)
        if not address:
            return GATEWAY_SILENT.unknown(Reason.NOT_SUPPORTED, because="this line needs no gateway")
        seen = _HEARD if heard else self._ask(address, timeout_seconds)
        if seen.blocked_here:
            return GATEWAY_SILENT.unknown(Reason.NOT_TESTED, address, because=BLOCKED_BY_ITSELF)
        return self._judged(address, seen)

    def _ask(self, address: str, timeout_seconds: float) -> Sighting:
        beyond = next((far for far in self.beyond if address in self.ground.through(far)), "")
        seen = ask(
            zoned(address, self.ground.interface), beyond, timeout_seconds, open_socket=self.till.socket
        )
        if seen.alive:
            self.memory.set("gateway-answers", True)
            self.memory.forget("gateway-silent-since")
        return seen

    def _judged(self, address: str, seen: Sighting) -> Reading:
        """A router may be set to answer nobody at all: then the neighbour table decides.

        That lags behind by up to NEIGHBOUR_FORGETS_SECONDS. Until then one that used to answer is silent, and
        of one that never did nothing is known.
        """
        if not seen.alive and is_neighbour_of(self.till, address):
            if self._silent_seconds() >= NEIGHBOUR_FORGETS_SECONDS:
                seen = watch_neighbour(seen, lambda: is_neighbour_of(self.till, address))
            elif not self.memory.get("gateway-answers"):
                return GATEWAY_SILENT.unknown(Reason.NOT_TESTED, address, because="it has never answered yet")
        way = (self.ground.interface,) if is_link_local(address) else self.ground.through(address)
        facts = {"interface": way[0], "asked": seen.asked, "seen_by": seen.seen_by}
        return GATEWAY_SILENT.failing_if(not seen.alive, address, through=way, **facts)

    def _silent_seconds(self) -> float:
        """A restart of the machine starts the clock, and so the silence, anew."""
        now = self.till.monotonic_seconds()
        since = self.memory.get("gateway-silent-since")
        if not isinstance(since, (int, float)) or since > now:
            self.memory.set("gateway-silent-since", now)
            return 0.0
        return now - since


def zoned(address: str, interface: str) -> str:
    """An IPv6 router goes by its link-local address, which says nothing without its link (RFC 4007 11)."""
    return f"{address}%{interface}" if ":" in address and is_link_local(address) else address


def is_link_local(address: str) -> bool:
    """What a machine gives itself: 169.254.0.0/16 (RFC 3927), fe80::/10 (RFC 4291 2.5.6)."""
    packed = pack_address(address)
    return packed[:2] == b"\xa9\xfe" or (packed[0] == 0xFE and packed[1] & 0xC0 == 0x80)
