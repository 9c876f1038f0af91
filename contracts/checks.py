"""Proofs of the contracts floor's promises from the data alone, in plain SQL that shares no code with it (P48)."""

from __future__ import annotations

from collections.abc import Mapping

CHECKS: Mapping[str, Mapping[str, str]] = {
    "P15 a version whose contract was signed, activated or ended carries its signature": {
        "any": """
            SELECT c.contract_no, c.state, v.number FROM contract c JOIN contract_version v ON v.contract_id = c.id
            WHERE v.number = 1 AND (c.state NOT IN ('draft', 'quoted')) <> (v.signed_at IS NOT NULL)
        """,
    },
    "P15 only signed versions are in force": {
        "any": """
            SELECT f.version_id, f.contract_id FROM contract_in_force f
            JOIN contract_version v ON v.id = f.version_id
            WHERE v.signed_at IS NULL OR v.contract_id <> f.contract_id OR f.to_on > v.ends_on OR f.from_on < v.starts_on
        """,
    },
    "P16 no two versions of one contract are in force on one day": {
        "any": """
            SELECT a.contract_id, a.version_id, b.version_id AS other FROM contract_in_force a
            JOIN contract_in_force b ON b.contract_id = a.contract_id AND b.version_id > a.version_id
            WHERE a.from_on <= b.to_on AND b.from_on <= a.to_on
        """,
    },
    "P16 a contract is renewed once, by the same customer's contract": {
        "any": """
            SELECT n.contract_no, o.contract_no AS renews FROM contract n JOIN contract o ON o.id = n.predecessor_id
            WHERE n.customer_id <> o.customer_id
               OR (SELECT count(*) FROM contract m WHERE m.predecessor_id = o.id) > 1
        """,
    },
    "P16 a renewal is in force after what it renews, never beside it": {
        "any": """
            SELECT n.contract_no, o.contract_no AS renews FROM contract n JOIN contract o ON o.id = n.predecessor_id
            JOIN contract_in_force a ON a.contract_id = n.id JOIN contract_in_force b ON b.contract_id = o.id
            WHERE a.from_on <= b.to_on
        """,
    },
    "P16 a contract that counts as active has days in force": {
        "any": """
            SELECT c.contract_no FROM contract c WHERE c.state IN ('active', 'suspended')
            AND NOT EXISTS (SELECT 1 FROM contract_in_force f WHERE f.contract_id = c.id)
        """,
    },
    "P17 each penalty is booked once, from a fact, within its clause and the cap of its period": {
        "any": """
            SELECT p.clock_ref, p.booked_fen, p.already_fen, v.penalty_cap_fen FROM penalty p
            JOIN contract_version v ON v.id = p.version_id
            LEFT JOIN commitment_fact f ON f.clock_ref = p.clock_ref
            WHERE f.clock_ref IS NULL OR f.late_s <> p.late_s OR p.booked_fen > p.uncapped_fen
               OR (v.penalty_cap_fen IS NOT NULL AND p.booked_fen > 0
                   AND p.already_fen + p.booked_fen > v.penalty_cap_fen)
        """,
    },
    "P17 what a penalty says was charged before it is what was charged before it": {
        "any": """
            SELECT p.clock_ref, p.already_fen FROM penalty p WHERE p.already_fen <> (
                SELECT COALESCE(SUM(o.booked_fen), 0) FROM penalty o
                WHERE o.contract_id = p.contract_id AND o.period_key = p.period_key AND o.id < p.id)
        """,
    },
}
