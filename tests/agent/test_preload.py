"""What a child needs is there before the fork."""

from __future__ import annotations

import subprocess
import sys

from agent.preload import MODULES


def test_every_preloaded_module_is_one_that_children_use() -> None:
    """After `preload()` in a fresh interpreter each is loaded, and nothing of an HTTP client is."""
    program = "import sys; from agent.preload import preload; preload(); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()

    assert set(MODULES) <= set(loaded)
    assert not {"requests", "urllib3", "escpos", "PIL"} & set(loaded)
