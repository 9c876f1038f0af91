"""New tables of dispatch/: planning_rules."""

from alembic import op

from app.operation.migrations import run_frozen

revision = "20261122_dispatch_room_for_calls"
down_revision = "20261122_dispatch_first"


def upgrade() -> None:
    run_frozen(op.get_bind(), revision)
