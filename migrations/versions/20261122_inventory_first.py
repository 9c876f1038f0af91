"""The tables of inventory/ as first released."""

from alembic import op

from app.operation.migrations import run_frozen

revision = "20261122_inventory_first"
down_revision = "20261122_contracts_first"


def upgrade() -> None:
    run_frozen(op.get_bind(), revision)
