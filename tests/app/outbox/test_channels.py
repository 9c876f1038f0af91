"""Mail servers and gateways that behave badly, each a real one on a socket of ours (P12, P43)."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager

import pytest

from app.outbox.channels import MailSender, Outgoing, Refused, Unclear, post_json

MESSAGE = Outgoing("id-1", "a@example.org", "升级", "请处理")


@contextmanager
def server(talk):
    """A server for one caller; `talk` gets the caller's lines as a file and the connection to answer on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            connection, _ = listening.accept()
            with connection, connection.makefile("rb") as lines:
                talk(lines, connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(10)


def mail_server(goodbye):
    def talk(lines, connection):
        connection.sendall(b"220 hello\r\n")
        in_data = False
        for line in lines:
            word = line.strip().upper()
            if in_data:
                in_data = line != b".\r\n"
                if not in_data:
                    connection.sendall(b"250 taken\r\n")
            elif word == b"DATA":
                in_data = True
                connection.sendall(b"354 go on\r\n")
            elif word == b"QUIT":
                if goodbye:
                    connection.sendall(goodbye)
                return
            else:
                connection.sendall(b"250 ok\r\n")

    return talk


@pytest.mark.parametrize("goodbye", [b"221 bye\r\n", b"421 too busy\r\n", b"what?\r\n", b""])
def test_a_mail_that_was_taken_has_left_whatever_the_server_says_to_the_goodbye(goodbye):
    """A 421 to QUIT counted as a failure, and the mail that had been taken was sent again."""
    with server(mail_server(goodbye)) as port:
        assert MailSender(f"smtp://127.0.0.1:{port}", "service@example.org").send(MESSAGE) == "accepted"


def test_an_address_that_is_none_is_refused_before_anybody_is_called():
    sender = MailSender("smtp://127.0.0.1:1", "service@example.org")
    with pytest.raises(Refused, match=r"linefeed|newline|CR|header"):
        sender.send(Outgoing("id-1", "a@example.org\nBcc: b@example.org", "s", "b"))


@pytest.mark.parametrize("answer", [b"this is no http\r\n\r\n", b"HTTP/1.1 999999 x\r\n\r\n", b""])
def test_an_answer_that_is_no_http_is_unclear(answer):
    """BadStatusLine is no OSError: it ended the whole round, and every message behind this one waited."""

    def talk(lines, connection):
        for line in lines:
            if line == b"\r\n":
                break
        lines.read1(65536)
        connection.sendall(answer)

    with server(talk) as port, pytest.raises(Unclear):
        post_json(f"http://127.0.0.1:{port}/", {"a": 1}, idempotency_key="k")
