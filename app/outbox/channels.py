"""The ways out of the house, behind one protocol. A channel that is not configured sends nothing (P12, P43)."""

from __future__ import annotations

import json
import os
import smtplib
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from email.utils import formatdate
from http.client import HTTPException
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from app.outbox.rules import Channel
from app.web.outgoing import opener

TIMEOUT_S = 5
MOST_BYTES = 64 * 1024


class Refused(Exception):
    """The other side said no, or was never reached: the message has surely not arrived."""


class Unclear(Exception):
    """The line broke where the message may already have been taken."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What leaves the house; `message_id` stays the same over every repeat, so that the other side can tell."""

    message_id: str
    recipient: str
    subject: str
    body: str


class Sender(Protocol):
    """Sends one message; raises Refused or Unclear. What it returns is kept as the other side's answer."""

    def send(self, message: Outgoing) -> str: ...


class MailSender:
    """SMTP, as `smtp://user:password@host:587` (STARTTLS) or `smtps://…:465` says."""

    def __init__(self, url: str, from_address: str) -> None:
        self._parts = urlsplit(url)
        self._from = from_address

    def send(self, message: Outgoing) -> str:
        try:
            mail, server = self._mail(message), self._connect()
        except (OSError, ValueError, smtplib.SMTPException) as error:
            raise Refused(str(error)) from error
        try:
            server.send_message(mail)
        except smtplib.SMTPServerDisconnected as error:
            raise Unclear(str(error)) from error
        except smtplib.SMTPException as error:
            raise Refused(str(error)) from error
        except OSError as error:
            raise Unclear(str(error)) from error
        finally:
            _take_leave(server)
        return "accepted"

    def _connect(self) -> smtplib.SMTP:
        parts, context = self._parts, ssl.create_default_context()
        host = parts.hostname or "localhost"
        server: smtplib.SMTP
        if parts.scheme == "smtps":
            server = smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT_S, context=context)
        else:
            server = smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT_S)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=context)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        return server

    def _mail(self, message: Outgoing) -> EmailMessage:
        mail = EmailMessage()  # Refuses line ends in headers by itself.
        mail["From"], mail["To"] = self._from, message.recipient
        mail["Subject"] = " ".join(message.subject.split())
        mail["Date"] = formatdate(usegmt=True)
        mail["Message-ID"] = f"<{message.message_id}@{self._from.rpartition('@')[2] or 'localhost'}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.body)
        return mail


def _take_leave(server: smtplib.SMTP) -> None:
    """Hang up; what the server says to a goodbye is no longer about the message, which it has taken or refused."""
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()


class GatewaySender:
    """A fixed HTTP gateway of the administrator's choice that takes JSON: SMS, or a company webhook."""

    def __init__(self, url: str, *, token: str = "") -> None:
        self._url, self._token = url, token

    def send(self, message: Outgoing) -> str:
        return post_json(self._url, self.payload(message), token=self._token, idempotency_key=message.message_id)

    def payload(self, message: Outgoing) -> Mapping[str, Any]:
        return {"id": message.message_id, "to": message.recipient, "text": f"{message.subject} {message.body}".strip()}


class GroupRobotSender(GatewaySender):
    """A WeCom or DingTalk group robot: both take the same text message."""

    def payload(self, message: Outgoing) -> Mapping[str, Any]:
        return {"msgtype": "text", "text": {"content": f"{message.subject}\n{message.body}".strip()}}


class FileSender:
    """Writes each message into a folder, for development and tests; a repeat overwrites its own file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: Outgoing) -> str:
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = self._folder / f".{message.message_id}.new"
        fresh.write_text(json.dumps(asdict(message), ensure_ascii=False, indent=1), encoding="utf-8")
        os.replace(fresh, self._folder / f"{message.message_id}.json")
        return "written"


def post_json(url: str, payload: Mapping[str, Any], *, token: str = "", idempotency_key: str) -> str:
    """POST to a configured address: 5 s, 64 KB, no redirects (P43). Raises Refused or Unclear."""
    if urlsplit(url).scheme not in {"http", "https"}:
        raise Refused("only http and https")
    request = urllib.request.Request(url, data=json.dumps(payload).encode(), method="POST")  # noqa: S310 - checked
    request.add_header("Content-Type", "application/json; charset=utf-8")
    request.add_header("Idempotency-Key", idempotency_key)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with opener().open(request, timeout=TIMEOUT_S) as answer:
            return bytes(answer.read(MOST_BYTES)).decode("utf-8", "replace")[:500]
    except urllib.error.HTTPError as error:
        # 5xx comes from somewhere behind the gateway's door: the message may have been taken.
        raise (Unclear if error.code >= 500 else Refused)(f"HTTP {error.code}") from error
    except urllib.error.URLError as error:
        if isinstance(error.reason, ConnectionRefusedError):
            raise Refused(str(error.reason)) from error
        raise Unclear(str(error.reason)) from error
    except (OSError, HTTPException) as error:
        # Also an answer that is no HTTP: somebody was there, and may have taken it.
        raise Unclear(f"{type(error).__name__}: {error}") from error


def senders(settings: Any) -> dict[Channel, Sender]:
    """The channels this installation has configured; `message_folder` takes what no server is named for."""
    found: dict[Channel, Sender] = {}
    if settings.mail_url:
        found[Channel.MAIL] = MailSender(settings.mail_url, settings.mail_from)
    if settings.sms_url:
        found[Channel.SMS] = GatewaySender(settings.sms_url, token=settings.sms_token)
    if settings.webhook_url:
        found[Channel.WEBHOOK] = GroupRobotSender(settings.webhook_url)
    if settings.message_folder:
        for channel in (Channel.MAIL, Channel.SMS, Channel.WEBHOOK):
            found.setdefault(channel, FileSender(settings.message_folder))
    return found
