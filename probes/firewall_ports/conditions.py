"""What can be wrong with the ports this till must not have open."""

from __future__ import annotations

from typing import Final

from vocabulary.condition import Condition, Owner, Severity

UNEXPECTED_LISTENER: Final = Condition(
    code="firewall.unexpected-listener",
    title="Unexpected open port",
    text="Programs on this till wait for connections on ports that are not on its list: {ports}.",
    remedy="Stop that program, or add its port to listening_allowed.",
    prepare="Listening TCP ports not on the list (with the user): {ports}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    visible_after_seconds=90,  # an update or a print job may open a port for the length of one round (60 s)
)
