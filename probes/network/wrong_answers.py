"""Which condition a name server's answer is, where it is none that helps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from probes.network.conditions import (
    NAME_UNKNOWN,
    RESOLVER_FAILING,
    RESOLVER_GARBLED,
    RESOLVER_REFUSING,
    RESOLVER_SILENT,
)
from protocols.dns import Outcome
from vocabulary.condition import Condition

WRONG: Final[Mapping[Outcome, Condition]] = {
    Outcome.SILENT: RESOLVER_SILENT,
    Outcome.GARBAGE: RESOLVER_GARBLED,
    Outcome.TRUNCATED: RESOLVER_GARBLED,
    Outcome.SERVER_FAILURE: RESOLVER_FAILING,
    Outcome.NO_SUCH_NAME: NAME_UNKNOWN,
    Outcome.REFUSED: RESOLVER_REFUSING,
    Outcome.CLOSED: RESOLVER_REFUSING,
    Outcome.NOT_SENT: RESOLVER_REFUSING,
}
