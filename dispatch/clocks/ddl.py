"""What the database itself holds of the clocks: events are only added, waits of a request stay apart (P9); views (P49)."""

from __future__ import annotations

from sqlalchemy import DDL, Table, event

_APPEND_ONLY = ("UPDATE", "DELETE")

_SQLITE_PAUSES = """
CREATE TRIGGER tr_clock_event_pauses_apart BEFORE INSERT ON clock_event
WHEN NEW.kind IN ('paused', 'resumed') AND NEW.kind = COALESCE(
    (SELECT kind FROM clock_event WHERE request_id = NEW.request_id AND kind IN ('paused', 'resumed')
     ORDER BY seq DESC LIMIT 1), 'resumed')
BEGIN SELECT RAISE(ABORT, 'tr_clock_event_pauses_apart'); END
"""

_PG_PAUSES = """
CREATE OR REPLACE FUNCTION tr_clock_event_pauses_apart() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF NEW.kind IN ('paused', 'resumed') AND NEW.kind = COALESCE(
        (SELECT kind FROM clock_event WHERE request_id = NEW.request_id AND kind IN ('paused', 'resumed')
         ORDER BY seq DESC LIMIT 1), 'resumed')
    THEN RAISE EXCEPTION 'tr_clock_event_pauses_apart'
        USING ERRCODE = '23514', CONSTRAINT = 'tr_clock_event_pauses_apart';
    END IF;
    RETURN NEW;
END $body$
"""

_PG_APPEND_ONLY = """
CREATE OR REPLACE FUNCTION tr_clock_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN RAISE EXCEPTION 'tr_clock_event_is_append_only'
    USING ERRCODE = '23514', CONSTRAINT = 'tr_clock_event_is_append_only'; END $body$
"""

INSPECT_CLOCK = """
CREATE VIEW inspect_clock AS
SELECT c.id AS id, r.request_no AS request, c.kind AS kind, c.level AS level, c.started_at AS started_at,
       c.due_at AS due_at, c.paused_s AS paused_s, c.state AS state, c.stopped_at AS stopped_at, c.terms AS terms
FROM commitment_clock c JOIN request r ON r.id = c.request_id
"""

INSPECT_ESCALATION = """
CREATE VIEW inspect_escalation AS
SELECT s.clock_id AS clock, s.step AS step, s.due_at AS due_at, s.fired_at AS fired_at FROM clock_step s
"""


def guard_events(table: Table) -> None:
    """No event is ever changed or removed, and two waits of one request never overlap, whoever writes."""
    for verb in _APPEND_ONLY:
        name = f"tr_clock_event_no_{verb.lower()}"
        _on(table, "sqlite", f"CREATE TRIGGER {name} BEFORE {verb} ON clock_event "
                             "BEGIN SELECT RAISE(ABORT, 'tr_clock_event_is_append_only'); END")  # fmt: skip
    _on(table, "sqlite", _SQLITE_PAUSES)
    _on(table, "postgresql", _PG_APPEND_ONLY)
    for verb in _APPEND_ONLY:
        name = f"tr_clock_event_no_{verb.lower()}"
        _on(table, "postgresql", f"CREATE TRIGGER {name} BEFORE {verb} ON clock_event "
                                 "FOR EACH ROW EXECUTE FUNCTION tr_clock_event_is_append_only()")  # fmt: skip
    _on(table, "postgresql", _PG_PAUSES)
    _on(table, "postgresql", "CREATE TRIGGER tr_clock_event_pauses_apart BEFORE INSERT ON clock_event "
                             "FOR EACH ROW EXECUTE FUNCTION tr_clock_event_pauses_apart()")  # fmt: skip


def show(table: Table, view: str) -> None:
    """The view stands as soon as its last table does, on both engines."""
    event.listen(table, "after_create", DDL(view))


def _on(table: Table, dialect: str, statement: str) -> None:
    event.listen(table, "after_create", DDL(statement.replace("%", "%%")).execute_if(dialect=dialect))
