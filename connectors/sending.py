"""What every channel shares: the message, how sending can fail, and an HTTP POST that cannot be turned inwards.

A webhook's address comes from a settings file, what it resolves to from whoever runs that name: without care the ledger
could be made to call the machines behind its own firewall (server-side request forgery). So the name is resolved once,
every address that is not public is refused unless the settings name the host, the connection goes to the very address
that was looked at, and a redirect is an error. Sources: RFC 9110 §15.4; OWASP, Server-Side Request Forgery Prevention.
"""

import http.client
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

TIMEOUT, LONGEST = 10.0, 30.0
"""Seconds: for each step of a connection, and for all of it."""
LARGEST_ANSWER, LARGEST_BODY = 64 * 1024, 256 * 1024


class SendFailed(Exception):
    """It was not sent. `permanent`: trying again cannot help."""

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        super().__init__(reason)
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to tell. `number` is what it can be looked up by; all the rest is content."""

    number: str
    title: str
    lines: tuple[str, ...]
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to one recipient at once. `id` is the same when it is sent again."""

    id: str
    subject: str
    items: tuple[Item, ...]
    link: str | None
    at_ms: int


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    inner: Collection[str] = (),
    ca_file: str | None = None,
) -> bytes:
    """POST to an address outside; the answer's body. `inner`: hosts that may lie inside, and need no TLS; `ca_file`: whose
    certificates to trust instead of the system's.

    Raises SendFailed: the address is refused, nobody answers, or the answer is no 2xx.
    """
    if len(body) > LARGEST_BODY:
        raise SendFailed(f"消息超过 {LARGEST_BODY} 字节", permanent=True)
    began = time.monotonic()
    connection, path = _connection(url, inner, ca_file)
    left = max(0.0, LONGEST - (time.monotonic() - began))
    watchdog = threading.Timer(left, connection.cut)  # whoever answers byte by byte outlives every timeout
    watchdog.daemon = True
    watchdog.start()
    try:
        connection.request("POST", path, body, dict(headers))
        answer = connection.getresponse()
        content = answer.read(LARGEST_ANSWER + 1)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise SendFailed(f"无法连接：{type(error).__name__}") from error
    finally:
        watchdog.cancel()
        connection.close()
    if 300 <= answer.status < 400:
        raise SendFailed(f"对方要求转到别处（{answer.status}），已拒绝", permanent=True)
    if not 200 <= answer.status < 300:
        raise SendFailed(f"对方答复 {answer.status}")
    if len(content) > LARGEST_ANSWER:
        raise SendFailed("对方答复过长")
    return content


def _connection(url: str, inner: Collection[str], ca_file: str | None) -> tuple["_Plain", str]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in ("https", "http") or parts.username is not None:
        raise SendFailed("地址应写作 https://主机/路径", permanent=True)
    known = host in inner
    if parts.scheme == "http" and not known:
        raise SendFailed("只能用 https 发送；内网主机须在 inner_hosts 中写明", permanent=True)
    address = public_address(host, port or (443 if parts.scheme == "https" else 80), inner=known)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if parts.scheme == "http":
        return _Plain(host, address), path
    return _Tls(host, address, ca_file), path


def public_address(host: str, port: int, *, inner: bool) -> tuple[str, int]:
    """The address of a host to connect to. One that is not public is refused, unless the host is known to be inside;
    of a name with several addresses all must be. Raises SendFailed."""
    addresses = _looked_up(host, port)
    if not inner:
        for address in addresses:
            ip = ipaddress.ip_address(address.partition("%")[0])
            mapped = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
            if not ip.is_global or ip.is_multicast or (mapped is not None and not mapped.is_global):
                raise SendFailed(f"主机 {host} 在内网，未在 inner_hosts 中写明，已拒绝", permanent=True)
    return addresses[0], port


def _looked_up(host: str, port: int) -> list[str]:
    """The addresses of a name. The system's look-up cannot be given a time limit, so it is waited for beside: a name server
    that says nothing must not hold up the other messages."""
    found: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.put([str(entry[4][0]) for entry in entries])
        except (OSError, UnicodeError) as error:
            found.put(error)

    threading.Thread(target=look_up, daemon=True).start()
    try:
        told = found.get(timeout=min(TIMEOUT, LONGEST))
    except queue.Empty:
        raise SendFailed(f"查找主机 {host} 没有回音") from None
    if isinstance(told, Exception):
        raise SendFailed(f"找不到主机 {host}") from told
    return told


class _Plain(http.client.HTTPConnection):
    """A connection to one address, whatever the name resolves to by now."""

    def __init__(self, host: str, address: tuple[str, int]) -> None:
        super().__init__(host, address[1], timeout=TIMEOUT)
        self.address = address

    def connect(self) -> None:
        self.sock = socket.create_connection(self.address, TIMEOUT)

    def cut(self) -> None:
        """End it from another thread."""
        sock = self.sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


class _Tls(_Plain):
    """The same with TLS, whose certificate must be the name's."""

    default_port = 443

    def __init__(self, host: str, address: tuple[str, int], ca_file: str | None) -> None:
        super().__init__(host, address)
        self.ca_file = ca_file

    def connect(self) -> None:
        super().connect()
        context = ssl.create_default_context(cafile=self.ca_file)
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host)
