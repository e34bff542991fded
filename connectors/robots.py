"""Group robots of WeCom (企业微信) and DingTalk (钉钉): a number to look up and a link, never what it is about.

Forms: WeCom 群机器人配置说明 (`{"msgtype": "text", "text": {"content"}}`, answer `{"errcode", "errmsg"}`); DingTalk
自定义机器人接入 (the same, with a keyword or with `timestamp` and `sign` in the address: HMAC-SHA256 of
`timestamp\\nsecret`, base64). Both answer 200 to what they did not take: only `errcode` 0 is success.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote_plus

from connectors.sending import Message, SendFailed, post
from connectors.webhooks import brief

Kind = Literal["wecom", "dingtalk"]


@dataclass(frozen=True, slots=True)
class Robot:
    """`url` holds the robot's key and is a secret itself. `secret`, `keyword`: as the group's owner has set it."""

    kind: Kind
    url: str
    secret: str | None = None
    keyword: str = ""
    inner: Collection[str] = ()
    ca_file: str | None = None


def send(to: Robot, message: Message) -> None:
    """Raises SendFailed."""
    body = json.dumps(
        {"msgtype": "text", "text": {"content": brief(message, to.keyword)}}, ensure_ascii=False
    ).encode()
    url = to.url if to.secret is None else f"{to.url}&{signed(to.secret, message.at_ms)}"
    answer = post(url, body, {"Content-Type": "application/json; charset=utf-8"}, to.inner, to.ca_file)
    try:
        code = json.loads(answer)["errcode"]
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise SendFailed("机器人的答复看不懂") from error
    if code != 0:
        raise SendFailed(f"机器人未接收（errcode {code}）")


def signed(secret: str, at_ms: int) -> str:
    """What a DingTalk robot with 加签 wants at the end of its address."""
    digest = hmac.new(secret.encode(), f"{at_ms}\n{secret}".encode(), hashlib.sha256).digest()
    return f"timestamp={at_ms}&sign={quote_plus(base64.b64encode(digest))}"
