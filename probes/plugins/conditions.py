"""What a check of the owner's own may report."""

from __future__ import annotations

from typing import Final

from probes.network.conditions import GATEWAY_SILENT
from vocabulary.condition import Condition, Owner, Severity

FAILED: Final = Condition(
    code="plugin.failed",
    title="Added check reports a fault",
    text="Check {subject}: {meaning}.",
    remedy="Take this step: {step}.",
    prepare="{subject}: {said}",
    owner=Owner.TECHNICIAN,
    severity=Severity.CRITICAL,
    depends_on=(GATEWAY_SILENT,),
)
WARNING: Final = Condition(
    code="plugin.warning",
    title="Added check gives a warning",
    text="Check {subject} warns: {meaning}.",
    remedy="Finish this sale, then: {step}.",
    prepare="{subject}: {said}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    depends_on=(GATEWAY_SILENT,),
)
UNUSABLE: Final = Condition(
    code="plugin.unusable",
    title="An added check cannot run",
    text="Check {subject} gives no result: {why}.",
    remedy="Mend this check, or take it out of the settings.",
    prepare="{subject}: {why}",
    owner=Owner.TECHNICIAN,
    severity=Severity.NOTICE,
)
CONDITIONS: Final = (FAILED, WARNING, UNUSABLE)
