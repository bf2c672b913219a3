"""Certificates for simulated hosts, made once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.certificates import CertificateFolder


@pytest.fixture(scope="session")
def certificates() -> Iterator[CertificateFolder]:
    """In a folder the unprivileged child may enter, which it may not enter pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield CertificateFolder(Path(name))
