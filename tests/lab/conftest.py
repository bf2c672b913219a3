"""One shop network for all tests of a file, without rules at the start of each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.shop_network import ShopNetwork


@pytest.fixture(scope="module")
def standing_shop() -> Iterator[ShopNetwork]:
    with ShopNetwork() as shop:
        yield shop


@pytest.fixture
def shop(standing_shop: ShopNetwork) -> Iterator[ShopNetwork]:
    yield standing_shop
    standing_shop.flush_rules()
    standing_shop.stop_servers()
