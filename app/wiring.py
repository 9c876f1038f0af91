"""What the ground floor itself brings to the house. Its rooms, bottom first."""

from app.auth.views import bp as auth_bp
from app.domain import Domain
from app.home.views import bp as home_bp
from app.search.views import bp as search_bp
from app.words import WORDS

domain = Domain(
    name="app",
    package="app",
    rooms=("kernel", "calendar", "geo", "audit", "numbers", "auth", "web", "home", "search"),
    blueprints=(auth_bp, home_bp, search_bp),
    words=WORDS,
)
