"""Values go in by name, whatever else looks like a name."""

from __future__ import annotations

import pytest

from protocols.pos_database.statement import check_reads, names, numbered, percented, tables, tells


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("sold_at >= :since AND sold_at < :before", {"since", "before"}),
        ("sold_at::date > :since", {"since"}),
        ("note = ':since' AND \":since\" > 1 AND `:since` > 1", set()),
        ("note = 'it''s :since' -- :before\n AND x > :now /* :till\n */", {"now"}),
        ("hours = '8:30' AND :now > 0", {"now"}),
    ],
)
def test_names_are_those_that_stand_for_values(sql: str, expected: set[str]) -> None:
    assert names(sql) == expected


def test_postgresql_gets_numbers_and_the_order_of_the_names() -> None:
    sql = "a::date > :since AND b < :before AND c > :since"

    assert numbered(sql) == ("a::date > $1 AND b < $2 AND c > $1", ["since", "before"])


def test_mariadb_gets_percent_names_and_every_other_percent_sign_doubled() -> None:
    assert percented("a LIKE '5%' AND b % 2 = :now") == "a LIKE '5%%' AND b %% 2 = %(now)s"


@pytest.mark.parametrize("sql", ["SELECT 1", "  with n AS (SELECT 1) SELECT * FROM n", "SELECT ';' AS a"])
def test_one_query_reads(sql: str) -> None:
    check_reads(sql)


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("DELETE FROM sale", "begins neither"),
        ("", "begins neither"),
        ("SELECTED", "begins neither"),
        ("SELECT 1; DELETE FROM sale", "more than one"),
    ],
)
def test_anything_else_is_refused(sql: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        check_reads(sql)


def test_tables_are_named_without_quotes_and_schema() -> None:
    sql = 'SELECT 1 FROM public."pos_order" AS a JOIN `tabPOS Invoice` AS b ON a.id = b.id'

    assert tables(sql) == ["pos_order", "tabPOS Invoice"]


@pytest.mark.parametrize(
    ("sql", "is_told"),
    [
        ("SELECT state = 'failed' AS has_failed FROM batch", True),
        ('SELECT has_failed, "said" FROM batch', True),
        ("SELECT * FROM closing", True),
        ("SELECT one.number, one.* FROM closing AS one", True),
        ("SELECT COUNT(*) AS sales FROM sale", False),
        ("SELECT has_failed_often FROM batch", False),
        ("SELECT state = 'a, b' AS HAS_FAILED\nFROM batch", True),
        ("SELECT DISTINCT * FROM closing", True),
        ("select all closing.* from closing", True),
        ("SELECT state::integer has_failed, said::character varying(9) FROM batch", True),
        ("SELECT said, has_failed::double precision FROM batch", True),
        ("WITH one AS (SELECT has_failed FROM batch) SELECT * FROM one", True),
        ("SELECT 1 AS has_failed LIMIT 1", True),
        ("SELECT batch, COALESCE(has_failed, 0) FROM batch", False),
        ("SELECT batch -- , has_failed\nFROM batch", False),
        ("SELECT batch /* , has_failed */, ', has_failed' FROM batch", False),
        ("SELECT batch FROM batch WHERE has_failed", False),
        ("SELECT batch FROM batch WHERE EXISTS (SELECT * FROM closing)", False),
        ("SELECT COUNT(*), 2 * 3 FROM batch", False),
    ],
)
def test_a_column_is_told_where_the_statement_names_it(sql: str, is_told: bool) -> None:
    assert tells(sql, "has_failed") is is_told
