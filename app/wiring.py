"""What the ground floor itself brings to the house. Its rooms, bottom first."""

from flask_babel import lazy_gettext as _l

from app.audit.seal import seal_committed
from app.auth.views import bp as auth_bp
from app.calendar.views import bp as calendar_bp
from app.documents.views import bp as documents_bp
from app.domain import Domain, MessageTemplate, NavItem, Role, Scope
from app.files.jobs import sweep_daily, sweep_strays
from app.files.views import bp as files_bp
from app.home.views import bp as home_bp
from app.jobs.use_cases import sweep
from app.operation.check import APP_CHECKS
from app.operation.cli import COMMANDS
from app.operation.db_cli import db_group
from app.operation.home import health_card
from app.operation.views import bp as operation_bp
from app.outbox.use_cases import send_due
from app.outbox.views import bp as outbox_bp
from app.search.views import bp as search_bp
from app.words import WORDS

domain = Domain(
    name="app",
    package="app",
    rooms=(
        "kernel",
        "geo",
        "audit",
        "numbers",
        "web",
        "auth",
        "calendar",
        "outbox",
        "jobs",
        "files",
        "documents",
        "scheduler",
        "operation",
        "home",
        "search",
    ),
    blueprints=(auth_bp, calendar_bp, home_bp, search_bp, outbox_bp, files_bp, documents_bp, operation_bp),
    permissions={
        "calendar.see": {role: Scope.ALL for role in (Role.DISPATCHER, Role.SALES, Role.MANAGER, Role.ADMINISTRATOR)},
        "calendar.edit": {Role.ADMINISTRATOR: Scope.ALL},
        "outbox.tend": {Role.MANAGER: Scope.ALL, Role.ADMINISTRATOR: Scope.ALL},
    },
    words=WORDS,
    nav=(NavItem(_l("日历"), "calendar.calendars", "calendar.edit", order=90),),
    slots={"home.cards": (health_card,)},
    commands=(db_group, *COMMANDS),
    checks=APP_CHECKS,
    jobs={"app.sweep_files": sweep_strays},
    messages={
        "app.clock_jumped": MessageTemplate(
            subject=("服务器时钟跳变", "The server's clock jumped"),
            body=(
                "两次检查之间,墙上时钟走了 {wall_s} 秒,实际只过了 {monotonic_s} 秒。这一次没有触发任何升级。",
                "Between two ticks the wall clock moved {wall_s} s while {monotonic_s} s passed. Nothing fired in that tick.",
            ),
        ),
    },
    ticks={"app.seal": seal_committed, "app.jobs": sweep, "app.files": sweep_daily, "app.outbox": send_due},
)
