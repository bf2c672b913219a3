"""Every fault that can be made in the lab: how it is made, and what must be said of it.

To add one: write a context manager over the store whose name and docstring tell the story, and put `@fault`
over it with the code of its single cause, the owner, and what the cause's sentences must name.
"""

from __future__ import annotations

from typing import Final

from tests.lab import faults_at_the_till, faults_on_the_way, oddities
from tests.lab.making import Fault

FAULTS: Final[dict[str, Fault]] = faults_at_the_till.FAULTS | faults_on_the_way.FAULTS
ODDITIES: Final[dict[str, Fault]] = oddities.ODDITIES
