"""The tables of contracts/ as first released."""

from alembic import op

from app.operation.migrations import run_frozen

revision = "20261122_contracts_first"
down_revision = "20261122_app_first"


def upgrade() -> None:
    run_frozen(op.get_bind(), revision)
