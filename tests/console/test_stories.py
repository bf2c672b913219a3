"""`poshealth demo --story NAME`: each complaint told with slips and head office's page."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.stories import ALL, Story
from tests.counter import poshealth


@pytest.mark.slow
@pytest.mark.parametrize("story", ALL, ids=lambda story: story.name)
def test_a_story_ends_with_slip_and_page(story: Story, tmp_path: Path) -> None:
    """Every scene is seen at head office before it is shown, with its slip as picture and text."""
    done = poshealth("demo", "--story", story.name, "--output", str(tmp_path), "--lang", "zh")

    assert done.returncode == 0, done.stdout + done.stderr
    assert story.complaint["zh"] in done.stdout
    for scene in story.scenes:
        for code in scene.causes:
            assert f"[{code}]" in done.stdout
    assert len(list(tmp_path.glob("*.png"))) == len(list(tmp_path.glob("*.txt"))) == len(story.scenes)
    page = (tmp_path / f"{story.name}.html").read_text()
    assert "0412-2" in page
    assert 'lang="zh-CN"' in page
