"""The tables of app/ as first released."""

from alembic import op

from app.operation.migrations import run_frozen

revision = "20261122_app_first"
down_revision = None


def upgrade() -> None:
    run_frozen(op.get_bind(), revision)
