"""Make every fault in the lab and write docs/faults.md from what is seen. Needs root; some two minutes."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

PAGE = ROOT / "docs" / "faults.md"
BEFORE = """\
# Faults

What this program says when something is broken on the way from the till to its acquirer. `make faults` makes
every fault for real, in a store of network namespaces (terminal, switch, router, provider, core, acquirer),
lets the three probes of the network look side by side, unprivileged, and writes this page from what they
said; a test holds each row but its seconds. The till remembers a healthy round.

## Faults
"""
BETWEEN = """
## Odd, and healthy
"""
AFTER = """
## What the lab cannot make

- A weak or lost Wi-Fi, a SIM that is absent, locked or refused: no radio in a namespace. These are cases
  under `tests/probes/cases/network/`.
- A cable with one broken pair, a switch port in the wrong VLAN: a virtual cable is in or out.
- A network card or driver that hangs.

## What cannot be told apart from a till

- A router that drops everything from a line that is dead behind it: both are `path.upstream-silent`.
- A firewall before the acquirer's host from the host's own: both are `firewall.port-dropped` after the same
  hop.
- A reset by the till's own firewall from one by a box on the cable before the first router, while the till's
  loopback is busy all the time: both are `firewall.blocked-here` then.
- A filter that answers "host unreachable" for all ports of a host from a host that is gone.
"""


def main() -> int:
    sys.path.insert(0, str(ROOT))
    from tests.lab.fault_table import HEAD, row  # noqa: PLC0415  a script finds the house only now
    from tests.lab.faults import FAULTS, ODDITIES  # noqa: PLC0415
    from tests.lab.store import Store  # noqa: PLC0415

    pages = [BEFORE, HEAD]
    with Store() as store:
        for group, text in ((FAULTS, ""), (ODDITIES, BETWEEN)):
            pages += [text, HEAD] if text else []
            for fault in group.values():
                with fault.broken(store.shop):
                    pages.append(row(fault, store.look()))
                print(pages[-1], flush=True)
    PAGE.write_text("\n".join(pages) + "\n" + AFTER, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
