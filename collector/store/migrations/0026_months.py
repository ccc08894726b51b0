"""On PostgreSQL the change log and the rejections become tables of parts, of which a job makes months.

Nothing is copied and nothing is read: each table, as it is, becomes the only part of a new one of its name,
from the least id to the greatest. So that needs no more than a moment, however much there is. Ids grow with
time, and are the key already: months are ranges of them, and what is unique stays so over all parts.
"""

from __future__ import annotations

from typing import Any

import peewee

TABLES = ("change", "rejection")

INDEXES = """
SELECT c.relname, pg_get_indexdef(c.oid), i.indisprimary
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = to_regclass(%s) ORDER BY c.relname
"""
RIGHTS = """
SELECT quote_ident(r.rolname), string_agg(a.privilege_type, ', ')
FROM pg_class c CROSS JOIN aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
WHERE c.oid = to_regclass(%s) AND a.grantee <> c.relowner
  AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
GROUP BY r.rolname ORDER BY r.rolname
"""
OWNER = """
SELECT quote_ident(pg_get_userbyid(relowner)), pg_get_userbyid(relowner) = current_user
FROM pg_class WHERE oid = to_regclass(%s)
"""


def up(_: Any, db: peewee.Database) -> None:
    if not isinstance(db, peewee.SqliteDatabase):
        for table in TABLES:
            _make_it_a_part(db, table)


def _make_it_a_part(db: peewee.Database, table: str) -> None:
    first = f"{table}_first"
    # First of all, so that nothing is begun that has to wait for it.
    db.execute_sql(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
    indexes = db.execute_sql(INDEXES, (table,)).fetchall()
    rights = db.execute_sql(RIGHTS, (table,)).fetchall()
    owner, is_ours = db.execute_sql(OWNER, (table,)).fetchone()
    db.execute_sql(f"ALTER TABLE {table} RENAME TO {first}")
    for name, _, _ in indexes:
        db.execute_sql(f"ALTER INDEX {name} RENAME TO {first}{name.removeprefix(table)}")
    db.execute_sql(f"CREATE TABLE {table} (LIKE {first} INCLUDING DEFAULTS) PARTITION BY RANGE (id)")
    for name, definition, is_primary in indexes:
        its_key = f"ALTER TABLE {table} ADD CONSTRAINT {name} PRIMARY KEY (id)"
        db.execute_sql(its_key if is_primary else definition)
    if not is_ours:
        db.execute_sql(f"ALTER TABLE {table} OWNER TO {owner}")
    for role, allowed in rights:
        db.execute_sql(f"GRANT {allowed} ON {table} TO {role}")
    db.execute_sql(f"ALTER TABLE {table} ATTACH PARTITION {first} FOR VALUES FROM (MINVALUE) TO (MAXVALUE)")
