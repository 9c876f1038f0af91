"""What the ground floor itself brings to the house. Its rooms, bottom first."""

from app.audit.seal import seal_committed
from app.auth.views import bp as auth_bp
from app.domain import Domain, Role, Scope
from app.home.views import bp as home_bp
from app.operation.db_cli import db_group
from app.outbox.use_cases import send_due
from app.outbox.views import bp as outbox_bp
from app.search.views import bp as search_bp
from app.words import WORDS

domain = Domain(
    name="app",
    package="app",
    rooms=("kernel", "calendar", "geo", "audit", "numbers", "auth", "web", "outbox", "home", "search"),
    blueprints=(auth_bp, home_bp, search_bp, outbox_bp),
    permissions={
        "outbox.tend": {Role.MANAGER: Scope.ALL, Role.ADMINISTRATOR: Scope.ALL},
    },
    words=WORDS,
    commands=(db_group,),
    ticks={"app.seal": seal_committed, "app.outbox": send_due},
)
