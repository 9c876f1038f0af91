"""What a database's schema really is, as sorted lines that compare equal when two databases are the same (P46)."""

from __future__ import annotations

import re

from sqlalchemy.engine import Connection

POSTGRESQL = {
    "column": """
        SELECT c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod)
            || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
            || COALESCE(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE n.nspname = current_schema() AND c.relname <> 'alembic_version'
        AND c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped""",
    "constraint": """
        SELECT c.relname || '.' || k.conname, pg_get_constraintdef(k.oid)
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema() AND c.relname <> 'alembic_version'""",
    "index": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() "
    "AND tablename <> 'alembic_version'",
    "trigger": """
        SELECT c.relname || '.' || t.tgname, pg_get_triggerdef(t.oid)
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema() AND c.relname <> 'alembic_version' AND NOT t.tgisinternal""",
    "function": """
        SELECT p.proname, pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = current_schema() AND p.prokind = 'f'
        AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')""",
    "view": "SELECT viewname, definition FROM pg_views WHERE schemaname = current_schema()",
}


def dump(connection: Connection) -> list[str]:
    """Every column, constraint, index, trigger, function and view of the database, one line each."""
    lines = _sqlite(connection) if connection.dialect.name == "sqlite" else _postgresql(connection)
    return sorted(_one_line(line) for line in lines)


def _postgresql(connection: Connection) -> list[str]:
    return [
        f"{kind} {name}: {text}"
        for kind, query in POSTGRESQL.items()
        for name, text in connection.exec_driver_sql(query)
    ]


def _sqlite(connection: Connection) -> list[str]:
    rows = connection.exec_driver_sql(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL "
        "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> 'alembic_version'"
    ).all()
    lines: list[str] = []
    for kind, name, sql in rows:
        if kind == "table":
            # A batch migration writes columns and constraints in another order; each part is compared by itself.
            lines += [f"table {name}: {part}" for part in _parts(sql)]
        else:
            lines.append(f"{kind} {name}: {sql}")
    return lines


def _parts(create_table: str) -> list[str]:
    """The columns and constraints inside CREATE TABLE (…): split at the commas outside brackets and quotes."""
    inside = create_table[create_table.index("(") + 1 : create_table.rindex(")")]
    parts, depth, quoted, start = [], 0, False, 0
    for position, char in enumerate(inside):
        if char == "'":
            quoted = not quoted
        elif not quoted:
            depth += (char == "(") - (char == ")")
            if char == "," and depth == 0:
                parts.append(inside[start:position])
                start = position + 1
    return [*parts, inside[start:], "options" + create_table[create_table.rindex(")") + 1 :]]


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace('"', "")).strip()
