"""P8 to P10 and P18 proved from the rows alone: plain SQL that shares no code with the clocks (P48)."""

from __future__ import annotations

from collections.abc import Mapping

CHECKS: Mapping[str, Mapping[str, str]] = {
    "P8 a clock is due after it started": {
        "any": "SELECT id, request_id, kind, started_at, due_at FROM commitment_clock WHERE due_at <= started_at",
    },
    "P8 a clock that a contract promised names a signed version": {
        "any": """
            SELECT c.id, c.contract_version_id FROM commitment_clock c
            JOIN contract_version v ON v.id = c.contract_version_id WHERE v.signed_at IS NULL
        """,
    },
    "P9 the events of a request are counted without a gap": {
        "any": """
            SELECT request_id, COUNT(*) AS events, MIN(seq) AS first, MAX(seq) AS last FROM clock_event
            GROUP BY request_id HAVING MAX(seq) - MIN(seq) + 1 <> COUNT(*)
        """,
    },
    "P9 a clock that ended says when, and only such a one": {
        "any": """
            SELECT id, state, stopped_at FROM commitment_clock
            WHERE (state IN ('met', 'met_late') AND stopped_at IS NULL)
               OR (state IN ('running', 'at_risk', 'paused') AND stopped_at IS NOT NULL)
        """,
    },
    "P10 no warning was given before its instant, none twice": {
        "any": """
            SELECT s.clock_id, s.step, s.due_at, s.fired_at FROM clock_step s WHERE s.fired_at < s.due_at
            UNION ALL
            SELECT clock_id, step, MIN(due_at), MAX(fired_at) FROM clock_step GROUP BY clock_id, step HAVING COUNT(*) > 1
        """,
    },
    "P18 an action of a phone is stored once, with its answer": {
        "any": """
            SELECT MIN(id) AS id, action_id FROM field_action GROUP BY action_id HAVING COUNT(*) > 1
            UNION ALL SELECT id, action_id FROM field_action WHERE answer = '' AND state IN ('applied', 'refused')
        """,
    },
}
