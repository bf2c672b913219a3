"""Where a database is, as the settings say it."""

from __future__ import annotations

import pytest

from protocols.pos_database.server import Server, parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "postgresql://poshealth@/odoo",
            Server(engine="postgresql", login="poshealth", name="odoo", port=5432, socket="/run/postgresql"),
        ),
        (
            "mariadb://poshealth@/_1bd3e0294da19198?socket=/tmp/mysql.sock",
            Server(
                engine="mariadb",
                login="poshealth",
                name="_1bd3e0294da19198",
                port=3306,
                socket="/tmp/mysql.sock",
            ),
        ),
        (
            "postgresql://pos%40shop@10.0.0.5:5433/pos",
            Server(engine="postgresql", login="pos@shop", name="pos", port=5433, host="10.0.0.5"),
        ),
        (
            "mariadb://poshealth@[::1]/pos",
            Server(engine="mariadb", login="poshealth", name="pos", port=3306, host="::1"),
        ),
    ],
)
def test_an_address_is_taken_apart(text: str, expected: Server) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("mariadb://poshealth:s3cr3t@/pos", "no password here"),
        ("mariadb://poshealth@localhost/pos", "an address, such as 127.0.0.1"),
        ("mariadb://127.0.0.1/pos", "written as mariadb://LOGIN@"),
        ("mariadb://poshealth@127.0.0.1", "written as"),
        ("mariadb://poshealth@127.0.0.1/a/b", "written as"),
        ("mariadb://poshealth@/pos?sslmode=off", "written as"),
        ("mariadb://poshealth@127.0.0.1/pos?socket=/x", "not both"),
        ("mariadb://poshealth@/pos?socket=run", "whole path"),
        ("mariadb://poshealth@127.0.0.1:99999/pos", "0-65535"),
        ("mariadb:/var/lib/pos", "written as"),
    ],
)
def test_what_is_no_address_is_refused_without_repeating_a_password(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as caught:
        parse(text)
    assert "s3cr3t" not in str(caught.value)
