"""Making a table of PostgreSQL the first part of a partitioned one, as it is: nothing is copied or read."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

_INDEXES = """
SELECT c.relname, pg_get_indexdef(c.oid), i.indisprimary, i.indisvalid
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = to_regclass(%s) ORDER BY c.relname
"""
_RIGHTS = """
SELECT coalesce(quote_ident(r.rolname), 'PUBLIC'), string_agg(a.privilege_type, ', ')
FROM pg_class c CROSS JOIN aclexplode(c.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE c.oid = to_regclass(%s) AND a.grantee <> c.relowner
  AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
GROUP BY r.rolname ORDER BY r.rolname
"""
_OWNER = """
SELECT quote_ident(pg_get_userbyid(relowner)), pg_get_userbyid(relowner) = current_user
FROM pg_class WHERE oid = to_regclass(%s)
"""


def make_it_a_part(db: Any, table: str, without: Collection[str] = ()) -> str:
    """Makes `table` the only part, of all ids, of a new one of its name; the name of that part.

    The new one has its indexes, but for those of the names `without`, which the part keeps for itself, as it
    does what a build that was killed has left: of that the new one's would be built while everybody waits.
    Call it inside a transaction: it has the table alone until that ends.
    """
    first = f"{table}_first"
    # First of all, so that nothing is begun that has to wait for it.
    db.execute_sql(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
    indexes = db.execute_sql(_INDEXES, (table,)).fetchall()
    db.execute_sql(f"ALTER TABLE {table} RENAME TO {first}")
    for name, *_ in indexes:
        db.execute_sql(f"ALTER INDEX {name} RENAME TO {first}{name.removeprefix(table)}")
    db.execute_sql(f"CREATE TABLE {table} (LIKE {first} INCLUDING DEFAULTS) PARTITION BY RANGE (id)")
    for name, definition, is_primary, is_valid in indexes:
        if is_valid and name not in without:
            its_key = f"ALTER TABLE {table} ADD CONSTRAINT {name} PRIMARY KEY (id)"
            db.execute_sql(its_key if is_primary else definition)
    give_to_the_owner(db, first, f"TABLE {table}")
    give_the_same_rights(db, first, table)
    db.execute_sql(f"ALTER TABLE {table} ATTACH PARTITION {first} FOR VALUES FROM (MINVALUE) TO (MAXVALUE)")
    return first


def give_to_the_owner(db: Any, known: str, *new: str) -> None:
    """Makes what is new (`TABLE name`, `FUNCTION name()`) the owner's of a table, whoever made it.

    A superuser may make it: then the owner could neither use it nor go on with it.
    """
    owner, is_ours = db.execute_sql(_OWNER, (known,)).fetchone()
    for one in () if is_ours else new:
        db.execute_sql(f"ALTER {one} OWNER TO {owner}")


def give_the_same_rights(db: Any, known: str, new: str) -> None:
    """Lets whoever may read or write one table do the same to another, where rights are given by hand."""
    for role, allowed in db.execute_sql(_RIGHTS, (known,)).fetchall():
        db.execute_sql(f"GRANT {allowed} ON {new} TO {role}")
