"""Who acts; told on the floor itself, because the trail and the edges below this room speak of it too."""

from app.actor import ANONYMOUS, SYSTEM, Actor

__all__ = ["ANONYMOUS", "SYSTEM", "Actor"]
