"""A head office shared by a module's tests, each test with a terminal of its own; or one to break."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.headoffice.office import Office, Terminal

_NUMBER = count(1)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    office = Office(tmp_path_factory.mktemp("office")).start()
    yield office
    office.stop()


@pytest.fixture
def till(office: Office) -> Terminal:
    return Terminal(office, f"s0412-t{next(_NUMBER)}")


@pytest.fixture
def own_office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path).start()
    yield office
    office.stop()


@pytest.fixture
def own_till(own_office: Office) -> Terminal:
    return Terminal(own_office)
