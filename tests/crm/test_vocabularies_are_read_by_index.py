"""Words that may be meant are looked for in an index, however many there are to choose from."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from psycopg2.sql import SQL, Identifier

from crm import api as crm
from knowledgebase.search import VOCABULARY as OF_HELP
from shop.search.slips import VOCABULARY as OF_SHOP

CROWD = "INSERT INTO {} (language, {}, {}{}) SELECT 'tr', left(md5(n::text), 12), 1{} FROM generate_series(1, 5000) n"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("vocabulary", "columns", "values"), [(OF_HELP, "", ""), (OF_SHOP, ", shown, kind", ", '', 0")], ids=["kb", "shop"]
)
def test_slips_are_looked_for_in_an_index(vocabulary: crm.Vocabulary, columns: str, values: str) -> None:
    table = Identifier(vocabulary.table)
    named = [table, Identifier(vocabulary.word), Identifier(vocabulary.count), SQL(columns), SQL(values)]
    with connection.cursor() as cursor:
        cursor.execute(SQL(CROWD).format(*named).as_string(cursor.cursor))
        cursor.execute(SQL("ANALYZE {}").format(table).as_string(cursor.cursor))
        with CaptureQueriesContext(connection) as asked:
            found = crm.look_up(vocabulary, ["kargo", "c4ca4238a0c9"], language="tr")
        cursor.execute("EXPLAIN " + asked.captured_queries[0]["sql"])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert found == {"kargo": {}, "c4ca4238a0c9": {"c4ca4238a0b9": (pytest.approx(0.9), 1)}}
    assert "likeness" in plan
    assert f"Seq Scan on {vocabulary.table}" not in plan
