"""P1 to P6 proved from the rows alone: plain SQL that shares no code with the ledger (P48)."""

from __future__ import annotations

from collections.abc import Mapping

_ENTRIES = """
    SELECT n, effective_at, to_place_id AS place_id, part_id, qty FROM movement
    UNION ALL SELECT n, effective_at, from_place_id, part_id, -qty FROM movement
"""

CHECKS: Mapping[str, Mapping[str, str]] = {
    "P1 nothing of ours is below 0": {
        "any": "SELECT place_id, part_id, qty FROM balance WHERE qty < 0 AND NOT counterparty",
    },
    "P2 what is on hand is what the ledger sums up to": {
        "any": f"""
            WITH summed AS (SELECT place_id, part_id, SUM(qty) AS qty FROM ({_ENTRIES}) e GROUP BY place_id, part_id)
            SELECT b.place_id, b.part_id, b.qty AS on_hand, COALESCE(s.qty, 0) AS ledger FROM balance b
            LEFT JOIN summed s ON s.place_id = b.place_id AND s.part_id = b.part_id
            WHERE b.qty <> COALESCE(s.qty, 0)
            UNION ALL
            SELECT s.place_id, s.part_id, 0, s.qty FROM summed s
            LEFT JOIN balance b ON s.place_id = b.place_id AND s.part_id = b.part_id
            WHERE b.place_id IS NULL AND s.qty <> 0
        """,  # noqa: S608 - put together from our own constants
    },
    "P2 every beginning of the ledger was possible": {
        "any": f"""
            SELECT r.n, r.place_id, r.part_id, r.balance FROM (
                SELECT e.n, e.place_id, e.part_id, SUM(e.qty) OVER (
                    PARTITION BY e.place_id, e.part_id ORDER BY e.effective_at, e.n
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS balance
                FROM ({_ENTRIES}) e) r
            JOIN place p ON p.id = r.place_id
            WHERE r.balance < 0 AND NOT p.counterparty
        """,  # noqa: S608
    },
    "P3 a reversal is its movement backwards": {
        "any": """
            SELECT r.n, r.reversal_of FROM movement r JOIN movement m ON m.n = r.reversal_of
            WHERE r.part_id <> m.part_id OR r.qty <> m.qty OR r.from_place_id <> m.to_place_id
               OR r.to_place_id <> m.from_place_id OR COALESCE(r.serial_id, 0) <> COALESCE(m.serial_id, 0)
        """,
    },
    "P4 a serial is where its last movement took it": {
        "any": """
            SELECT s.id, s.serial_no, s.place_id, m.to_place_id AS ledger FROM serial s
            LEFT JOIN movement m ON m.n = (SELECT MAX(l.n) FROM movement l WHERE l.serial_id = s.id)
            WHERE m.n IS NULL OR m.to_place_id <> s.place_id
        """,
    },
    "P5 nothing left to a customer without a visit that was open then": {
        "any": """
            SELECT m.n, m.visit_ref, m.effective_at FROM movement m
            LEFT JOIN stock_visit v ON v.visit_ref = m.visit_ref
            WHERE m.to_kind = 'customer_site' AND m.kind <> 'reverse'
              AND (v.visit_ref IS NULL OR m.effective_at < v.opened_at
                   OR (v.closed_at IS NOT NULL AND m.effective_at > v.closed_at))
        """,
    },
    "P5 no more came back than was issued": {
        "any": """
            SELECT i.n, i.qty AS issued, SUM(r.qty) AS returned FROM movement i
            JOIN movement r ON r.issue_n = i.n AND r.kind = 'return'
            WHERE NOT EXISTS (SELECT 1 FROM movement u WHERE u.reversal_of = r.n)
            GROUP BY i.n, i.qty HAVING SUM(r.qty) > i.qty
        """,
    },
    "P6 nothing is held for a visit that is over": {
        "any": """
            SELECT r.id, r.visit_ref FROM reservation r LEFT JOIN stock_visit v ON v.visit_ref = r.visit_ref
            WHERE r.state = 'open' AND (v.visit_ref IS NULL OR v.closed_at IS NOT NULL)
        """,
    },
    "P6 what is reserved is what open reservations hold": {
        "any": """
            SELECT b.place_id, b.part_id, b.qty, b.reserved, COALESCE(h.qty, 0) AS held FROM balance b
            LEFT JOIN (SELECT place_id, part_id, SUM(qty) AS qty FROM reservation WHERE state = 'open'
                       GROUP BY place_id, part_id) h ON h.place_id = b.place_id AND h.part_id = b.part_id
            WHERE b.reserved <> COALESCE(h.qty, 0) OR (NOT b.counterparty AND b.reserved > b.qty)
        """,
    },
}
