"""Small files that are whole or not there."""

from __future__ import annotations

from pathlib import Path

from agent.state_files import Memories, write_whole


def test_memories_survive_a_restart(tmp_path: Path) -> None:
    """What a probe learned is there again after an update of the agent."""
    Memories(tmp_path / "memory.json").keep("printer", {"seen": True})

    assert Memories(tmp_path / "memory.json").values == {"printer": {"seen": True}}


def test_an_unchanged_memory_is_not_written(tmp_path: Path) -> None:
    """Flash wears."""
    path = tmp_path / "memory.json"
    memories = Memories(path)
    memories.keep("printer", {"seen": True})
    path.unlink()
    memories.keep("printer", {"seen": True})

    assert not path.exists()


def test_a_damaged_file_costs_only_the_memory(tmp_path: Path) -> None:
    """Half a file after a power cut of another program's making."""
    path = tmp_path / "memory.json"
    path.write_bytes(b'{"printer": {"se')

    assert Memories(path).values == {}


def test_a_disk_that_refuses_costs_nothing_now(tmp_path: Path) -> None:
    """The round goes on with what it knows."""
    memories = Memories(tmp_path / "no-such-folder" / "memory.json")
    memories.keep("printer", {"seen": True})

    assert memories.values == {"printer": {"seen": True}}


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    """The new content under the old name, and no other file beside it."""
    write_whole(tmp_path / "f", b"old")
    write_whole(tmp_path / "f", b"new")

    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("f", b"new")]
