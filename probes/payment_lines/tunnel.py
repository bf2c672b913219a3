"""Whether a line still leads into its tunnel, which may go away while the line waits for others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from probes.routing import Ground, course, routes_of
from probes.till import Till

if TYPE_CHECKING:
    from probes.payment_lines.walk import Walk


def strays(walk: Walk, till: Till) -> bool:
    """By the kernel's choice of this moment, which `walk.course` then holds."""
    if walk.line.vpn:
        walk.course = course(walk.address, walk.line.vpn, Ground(routes=routes_of(till)), till)
    return walk.course.strays
