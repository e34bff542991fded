"""Mail over SMTP with TLS. Sources: RFC 5321, RFC 5322 (headers), RFC 8314 (TLS), RFC 3834 (automatic mail).

The subject says how many and nothing else: it is read on locked screens. An address or a subject with a line break
could add headers of its own and is refused (RFC 5322 §2.2).
"""

import re
import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Literal

from connectors.sending import TIMEOUT, Message, SendFailed
from domain.values import from_milliseconds

Tls = Literal["implicit", "starttls"]
ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
PERMANENT = (501, 550, 551, 553)
"""RFC 5321 §4.2.3: this mailbox, not this moment."""


@dataclass(frozen=True, slots=True)
class Smtp:
    """Where mail is handed in. `ca_file`: whose certificates to trust instead of the system's."""

    host: str
    port: int
    tls: Tls
    sender: str
    user: str | None = None
    password: str | None = None
    ca_file: str | None = None


def is_address(text: str) -> bool:
    """Whether it is one plain mail address: no name, no list, no line break."""
    return ADDRESS.fullmatch(text) is not None


def send(smtp: Smtp, to: str, message: Message) -> None:
    """Hand one mail to the server. Raises SendFailed."""
    if not is_address(to):
        raise SendFailed("邮件地址不合规，请改正通讯录", permanent=True)
    try:
        made = compose(smtp.sender, to, message)
    except ValueError as error:
        raise SendFailed("邮件标题不合规", permanent=True) from error
    try:
        with _connected(smtp) as server:
            if smtp.user is not None and smtp.password is not None:
                server.login(smtp.user, smtp.password)
            server.send_message(made)
    except smtplib.SMTPRecipientsRefused as error:
        code = next(iter(error.recipients.values()))[0]
        raise SendFailed(f"邮件服务器拒收该地址（{code}）", permanent=code in PERMANENT) from error
    except smtplib.SMTPResponseException as error:
        raise SendFailed(f"邮件服务器答复 {error.smtp_code}") from error
    except (OSError, smtplib.SMTPException) as error:
        raise SendFailed(f"邮件服务器无法使用：{type(error).__name__}") from error


def compose(sender: str, to: str, message: Message) -> EmailMessage:
    """The mail. Its Message-ID is the message's own, so that one handed in twice can be told by any mail program."""
    made = EmailMessage()
    made["From"] = Address("共责台账", addr_spec=sender)
    made["To"] = Address(addr_spec=to)
    made["Subject"] = message.subject
    made["Date"] = format_datetime(from_milliseconds(message.at_ms))
    made["Message-ID"] = f"<{message.id}@{sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    parts = [f"{n}. {item.title}\n" + "".join(f"   {line}\n" for line in item.lines)
             for n, item in enumerate(message.items, 1)]  # fmt: skip
    foot = f"\n查看：{message.link}\n" if message.link is not None else ""
    made.set_content("\n".join(parts) + foot + "\n本邮件由共责台账自动发出，请勿回复。\n")
    return made


def _connected(smtp: Smtp) -> smtplib.SMTP:
    context = ssl.create_default_context(cafile=smtp.ca_file)
    if smtp.tls == "implicit":
        return smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=TIMEOUT, context=context)
    server = smtplib.SMTP(smtp.host, smtp.port, timeout=TIMEOUT)
    try:
        server.starttls(
            context=context
        )  # a server that does not offer it is refused: nothing goes in the clear
    except BaseException:
        server.close()
        raise
    return server
