# ruff: noqa: S608 - every statement here is put together from this file's own words
"""What no SQL gets past, on both engines: triggers on the books, and the views for outside inspection (P1-P6, P49).

Each guard is one condition over NEW and OLD, written once: SQLite takes it as the trigger's WHEN, PostgreSQL inside
a function. The refusal carries the guard's own name. Importing this module hangs everything on the tables.
"""

from __future__ import annotations

from sqlalchemy import DDL, Table, event

from inventory.ledger.models import Balance, Movement, Reservation, Serial

MOVEMENT: Table = Movement.__table__  # type: ignore[assignment]
RESERVATION: Table = Reservation.__table__  # type: ignore[assignment]


def hang(table: Table, statement: str, *, dialect: str) -> None:
    """Run `statement` right after `table` is made on `dialect`."""
    event.listen(table, "after_create", DDL(statement.replace("%", "%%")).execute_if(dialect=dialect))


def guard(table: Table, name: str, when: str, broken: str, *, on: str | None = None) -> None:
    """Refuse what makes `broken` true; `when` is e.g. BEFORE INSERT. `on` names another table than the one hung on."""
    target = on or table.name
    hang(
        table,
        f"CREATE TRIGGER {name} {when} ON {target} WHEN {broken} BEGIN SELECT RAISE(ABORT, '{name}'); END",
        dialect="sqlite",
    )
    hang(
        table,
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard$ BEGIN IF ({broken}) THEN "
        f"RAISE EXCEPTION '{name}' USING ERRCODE = 'check_violation', CONSTRAINT = '{name}'; END IF; "
        "RETURN COALESCE(NEW, OLD); END $guard$",
        dialect="postgresql",
    )
    hang(
        table,
        f"CREATE TRIGGER {name} {when} ON {target} FOR EACH ROW EXECUTE FUNCTION {name}()",
        dialect="postgresql",
    )


guard(MOVEMENT, "tr_movement_is_append_only", "BEFORE UPDATE", "1 = 1")
guard(MOVEMENT, "tr_movement_is_not_deleted", "BEFORE DELETE", "1 = 1")
hang(
    MOVEMENT,
    "CREATE TRIGGER tr_movement_is_not_emptied BEFORE TRUNCATE ON movement EXECUTE FUNCTION tr_movement_is_not_deleted()",
    dialect="postgresql",
)
guard(
    MOVEMENT,
    "tr_movement_visit_was_open",
    "BEFORE INSERT",
    "NEW.kind IN ('issue', 'use', 'found', 'remove') AND NOT EXISTS (SELECT 1 FROM stock_visit AS v "
    "WHERE v.visit_ref = NEW.visit_ref AND v.opened_at <= NEW.effective_at "
    "AND (v.closed_at IS NULL OR NEW.effective_at < v.closed_at))",
)
guard(
    MOVEMENT,
    "tr_movement_serial_as_tracked",
    "BEFORE INSERT",
    "(NEW.serial_id IS NOT NULL) <> (SELECT p.serial_tracked FROM part AS p WHERE p.id = NEW.part_id)",
)
guard(
    MOVEMENT,
    "tr_movement_serial_from_where_it_is",
    "BEFORE INSERT",
    "NEW.serial_id IS NOT NULL AND EXISTS (SELECT 1 FROM movement AS m WHERE m.serial_id = NEW.serial_id "
    "AND m.n = (SELECT MAX(l.n) FROM movement AS l WHERE l.serial_id = NEW.serial_id) "
    "AND (m.to_place_id <> NEW.from_place_id OR m.effective_at > NEW.effective_at))",
)
guard(
    MOVEMENT,
    "tr_movement_serial_went_along",
    "AFTER INSERT",
    "NEW.serial_id IS NOT NULL AND (SELECT s.place_id FROM serial AS s WHERE s.id = NEW.serial_id) <> NEW.to_place_id",
)
guard(
    MOVEMENT,
    "tr_movement_mirrors_what_it_reverses",
    "BEFORE INSERT",
    "NEW.kind = 'reverse' AND NOT EXISTS (SELECT 1 FROM movement AS m WHERE m.n = NEW.reversal_of "
    "AND m.kind <> 'reverse' AND m.part_id = NEW.part_id AND m.qty = NEW.qty "
    "AND m.from_place_id = NEW.to_place_id AND m.to_place_id = NEW.from_place_id "
    "AND COALESCE(m.serial_id, 0) = COALESCE(NEW.serial_id, 0) "
    "AND COALESCE(m.visit_ref, '') = COALESCE(NEW.visit_ref, '') AND m.effective_at <= NEW.effective_at)",
)
#: How much of an issue has come back: its returns that were not themselves reversed.
_RETURNED = (
    "COALESCE((SELECT SUM(r.qty) FROM movement AS r WHERE r.issue_n = {issue} AND NOT EXISTS "
    "(SELECT 1 FROM movement AS x WHERE x.reversal_of = r.n)), 0)"
)
guard(
    MOVEMENT,
    "tr_movement_returns_within_issue",
    "AFTER INSERT",
    "NEW.kind = 'return' AND (NOT EXISTS (SELECT 1 FROM movement AS i WHERE i.n = NEW.issue_n AND i.kind = 'issue' "
    "AND i.part_id = NEW.part_id AND i.visit_ref = NEW.visit_ref "
    "AND COALESCE(i.serial_id, 0) = COALESCE(NEW.serial_id, 0) "
    f"AND i.qty >= {_RETURNED.format(issue='NEW.issue_n')}) "
    "OR EXISTS (SELECT 1 FROM movement AS x WHERE x.reversal_of = NEW.issue_n))",
)
guard(
    MOVEMENT,
    "tr_movement_returned_issue_stays",
    "BEFORE INSERT",
    f"NEW.kind = 'reverse' AND {_RETURNED.format(issue='NEW.reversal_of')} > 0",
)
# The books at a place may be entered late, but every balance after the new entry must have been possible (E8).
_TOUCHED = "m.part_id = NEW.part_id AND (m.from_place_id = NEW.from_place_id OR m.to_place_id = NEW.from_place_id)"
guard(
    MOVEMENT,
    "tr_movement_prefix_is_legal",
    "AFTER INSERT",
    "CASE WHEN NEW.from_kind NOT IN ('supplier', 'count_difference') AND EXISTS "
    f"(SELECT 1 FROM movement AS m WHERE {_TOUCHED} AND m.effective_at > NEW.effective_at) "
    "THEN EXISTS (SELECT 1 FROM (SELECT s.effective_at, SUM(s.change) OVER (ORDER BY s.effective_at, s.n) AS level "
    "FROM (SELECT m.n, m.effective_at, CASE WHEN m.to_place_id = NEW.from_place_id THEN m.qty ELSE -m.qty END AS change "
    f"FROM movement AS m WHERE {_TOUCHED}) AS s) AS w WHERE w.level < 0 AND w.effective_at >= NEW.effective_at) "
    "ELSE 1 = 0 END",
)
guard(
    MOVEMENT,
    "tr_part_tracking_is_fixed",
    "BEFORE UPDATE",
    "OLD.serial_tracked <> NEW.serial_tracked AND EXISTS (SELECT 1 FROM movement AS m WHERE m.part_id = OLD.id)",
    on="part",
)
guard(
    RESERVATION,
    "tr_reservation_visit_is_open",
    "BEFORE INSERT",
    "NEW.state = 'open' AND NOT EXISTS (SELECT 1 FROM stock_visit AS v "
    "WHERE v.visit_ref = NEW.visit_ref AND v.closed_at IS NULL)",
)
guard(RESERVATION, "tr_reservation_ends_once", "BEFORE UPDATE", "OLD.state <> 'open'")
guard(RESERVATION, "tr_reservation_is_not_deleted", "BEFORE DELETE", "1 = 1")
hang(
    RESERVATION,
    "CREATE TRIGGER tr_reservation_is_not_emptied BEFORE TRUNCATE ON reservation "
    "EXECUTE FUNCTION tr_reservation_is_not_deleted()",
    dialect="postgresql",
)

_VIEWS = (
    (
        Balance.__table__,
        "CREATE VIEW inspect_stock AS SELECT p.code AS place, t.part_no AS part, b.qty AS qty, b.reserved AS reserved "
        "FROM balance AS b JOIN place AS p ON p.id = b.place_id JOIN part AS t ON t.id = b.part_id",
    ),
    (
        Serial.__table__,
        "CREATE VIEW inspect_serial AS SELECT t.part_no AS part, s.serial_no AS serial, p.code AS place "
        "FROM serial AS s JOIN part AS t ON t.id = s.part_id JOIN place AS p ON p.id = s.place_id",
    ),
    (
        Movement.__table__,
        "CREATE VIEW inspect_ledger AS SELECT m.n AS n, f.code AS from_place, o.code AS to_place, t.part_no AS part, "
        "m.qty AS qty, s.serial_no AS serial, m.kind AS kind, m.visit_ref AS visit, m.reversal_of AS reversal_of, "
        "m.key AS key, m.actor AS actor, m.effective_at AS at, m.posted_at AS posted_at FROM movement AS m "
        "JOIN place AS f ON f.id = m.from_place_id JOIN place AS o ON o.id = m.to_place_id "
        "JOIN part AS t ON t.id = m.part_id LEFT JOIN serial AS s ON s.id = m.serial_id",
    ),
    (
        Reservation.__table__,
        "CREATE VIEW inspect_reservation AS SELECT r.id AS id, r.visit_ref AS visit, t.part_no AS part, "
        "p.code AS place, r.qty AS qty, r.state AS state FROM reservation AS r "
        "JOIN part AS t ON t.id = r.part_id JOIN place AS p ON p.id = r.place_id",
    ),
)
for _table, _view in _VIEWS:
    for _dialect in ("sqlite", "postgresql"):
        hang(_table, _view, dialect=_dialect)  # type: ignore[arg-type]
