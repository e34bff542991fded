"""A signed webhook, and a gateway for text messages spoken to as one.

Signature: HMAC-SHA256 over `TIMESTAMP.BODY` (seconds since 1970, a full stop, the body's bytes) with the shared secret,
in hex in `Gongze-Signature`; the timestamp is in `Gongze-Timestamp`, so that a kept message cannot be played back
later. `Gongze-Id` is the same when a message is sent again: the receiver drops the second one.
"""

import hashlib
import hmac
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from connectors.sending import Message, SendFailed, post


@dataclass(frozen=True, slots=True)
class Webhook:
    url: str
    secret: str
    inner: Collection[str] = ()
    ca_file: str | None = None


def send(to: Webhook, message: Message) -> None:
    """The whole message as JSON. Raises SendFailed."""
    _post(to, message, {
        "id": message.id, "subject": message.subject, "link": message.link, "alerts": [dict(i.data) for i in message.items],
    })  # fmt: skip


def send_sms(to: Webhook, mobile: str, message: Message) -> None:
    """A text message: number and link, as on a chat robot. Raises SendFailed."""
    _post(to, message, {"id": message.id, "mobile": mobile, "text": brief(message)})


def brief(message: Message, keyword: str = "") -> str:
    """What may leave through other people's servers: how many, by which numbers to look them up, and where."""
    numbers = "、".join(item.number for item in message.items[:NUMBERS_TOLD])
    more = " 等" if len(message.items) > NUMBERS_TOLD else ""
    link = f" {message.link}" if message.link is not None else ""
    return f"{keyword or '台账提醒'} {len(message.items)} 项：{numbers}{more}{link}"


NUMBERS_TOLD = 10


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What the receiver computes as well."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _post(to: Webhook, message: Message, document: dict[str, Any]) -> None:
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    timestamp = str(message.at_ms // 1000)
    headers = {
        "Content-Type": "application/json; charset=utf-8", "Gongze-Id": message.id, "Gongze-Timestamp": timestamp,
        "Gongze-Signature": signature(to.secret, timestamp, body),
    }  # fmt: skip
    try:
        post(to.url, body, headers, to.inner, to.ca_file)
    except SendFailed as failed:
        raise SendFailed(f"推送失败：{failed}", permanent=failed.permanent) from failed
