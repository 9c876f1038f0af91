"""The request itself stands in the room `requests`, because clocks and visits below the desk speak of it too."""

from dispatch.requests.models import Channel, Request, RequestState, RequestType

__all__ = ["Channel", "Request", "RequestState", "RequestType"]
