"""通讯录 contacts.toml: by which channel an officer, a deputy or a head is reached, and the robots and webhooks of an agency.

Who they are stands in the registry, which is public in full; how to reach them must not, so it is kept in one file of
the operator's that can be changed and erased. Passwords, secrets and the addresses of robots (which hold their key)
are not in it either: it names files, relative to itself. Every fault is told with its place; what has none is used.
"""

import ssl
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from connectors.mail import Smtp, Tls, is_address
from connectors.robots import Kind, Robot
from connectors.webhooks import Webhook
from domain.alerts import WITHIN
from domain.refusal import Refusal
from domain.registry import Registry
from gongze.settings import Settings
from gongze.tomltext import parsed

P = ParamSpec("P")
T = TypeVar("T")
LARGEST = 1024 * 1024
PERSON_KEYS = {"officer", "agency", "role", "mail", "mobile"}
MOBILE_DIGITS = range(6, 16)


@dataclass(frozen=True, slots=True)
class Contact:
    """One person: an officer of the registry, or who has a role in an agency."""

    name: str
    mail: str | None = None
    mobile: str | None = None


@dataclass(frozen=True, slots=True)
class Door:
    """A robot or webhook of an agency. `roles`: of which readers it is told."""

    name: str
    agency: str
    roles: frozenset[str]
    to: Robot | Webhook


@dataclass(frozen=True, slots=True)
class Contacts:
    """The whole file; empty where there is none."""

    people: Mapping[str, Contact] = field(default_factory=dict)
    doors: Mapping[str, Door] = field(default_factory=dict)
    smtp: Smtp | None = None
    sms: Webhook | None = None
    desk_url: str | None = None
    stamp: str = ""
    """Which state of the files this is: from their names and when they were changed, nothing of what is in them."""
    faults: tuple[str, ...] = ()
    """What is wrong, a sentence for each entry that was left out."""

    def addresses(self, registry: Registry, agency: str, role: str, on: date) -> Iterator[tuple[str, str]]:
        """The channels and recipients' names by which a reader is reached on a day; none where nobody is named."""
        for person in self._people(registry, agency, role, on):
            if person.mail is not None and self.smtp is not None:
                yield "mail", person.name
            if person.mobile is not None and self.sms is not None:
                yield "sms", person.name
        for door in self.doors.values():
            if door.agency == agency and role in door.roles:
                yield "webhook" if isinstance(door.to, Webhook) else door.to.kind, door.name

    def _people(self, registry: Registry, agency: str, role: str, on: date) -> Iterator[Contact]:
        names = [f"{agency}:{role}"]
        if role == "officer":
            names += [
                o.id for o in registry.officers.values()
                if o.agency == agency and o.valid_from <= on and (o.released_on is None or o.released_on > on)
            ]  # fmt: skip
        else:
            named = registry.responsible.get(agency, {}).get("principal" if role == "head" else role)
            names += [named] if named is not None else []
        yield from (self.people[name] for name in names if name in self.people)


def of(settings: Settings) -> Contacts:
    """The contacts as they are now, also where the file has been written since the settings were read.
    Raises Refusal("settings_unusable")."""
    path = settings.data_dir / "contacts.toml"
    return load(settings.contacts_file or (path if path.exists() else None))


def load(path: Path | None) -> Contacts:
    """Read the file; empty contacts where there is none. An entry with a fault is left out and told of, so that it silences
    nobody else. Raises Refusal("settings_unusable") where the file cannot be read at all."""
    if path is None:
        return Contacts()
    try:
        content = path.read_bytes()
        if len(content) > LARGEST:
            raise _wrong(f"通讯录超过 {LARGEST} 字节")
        data = parsed(content)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise _wrong(f"通讯录 {path} 无法读取：{error}") from None
    return _Reader(path, data).read()


def _wrong(message: str, where: str | None = None) -> Refusal:
    return Refusal(
        "settings_unusable", message if where is None else f"通讯录 {where}：{message}", "GONGZE_CONTACTS"
    )


class _Reader:
    """One reading of the file: unknown keys are faults, since a misspelt one is a person who hears nothing."""

    def __init__(self, path: Path, data: Mapping[str, Any]) -> None:
        self.path = path
        self.data = data
        self.changed: dict[str, int] = {}
        self.faults: list[str] = []
        self.inner: frozenset[str] = frozenset()
        self._seen(path)

    def read(self) -> Contacts:
        known = {"desk_url", "inner_hosts", "smtp", "sms", "contact", "robot", "webhook"}
        self._right(self._known, "（顶层）", self.data, known)
        self.inner = self._right(self._inner) or frozenset()
        people = self._each("contact", self._person, {})
        doors = self._each("webhook", self._webhook, self._each("robot", self._robot, {}))
        desk, smtp, sms = self._right(self._desk), self._right(self._smtp), self._right(self._sms)
        return Contacts(people, doors, smtp, sms, desk, self._stamp(), tuple(self.faults))

    def _right(self, part: Callable[P, T], *args: P.args, **named: P.kwargs) -> T | None:
        """A part of the file; None where it has a fault, which is noted."""
        try:
            return part(*args, **named)
        except Refusal as fault:
            self.faults.append(fault.message)
            return None

    def _each(
        self, name: str, read: Callable[[str, Mapping[str, Any]], tuple[str, T]], found: dict[str, T]
    ) -> dict[str, T]:
        """With what was found, the entries of one kind, those with a fault left out; of two of one name the first stays."""
        for where, one in self._right(self._tables, name) or ():
            entry = self._right(read, where, one)
            if entry is not None and entry[0] in found:
                self.faults.append(_wrong("同一个人或同一个 name 写了两次", where).message)
            elif entry is not None:
                found[entry[0]] = entry[1]
        return found

    def _inner(self) -> frozenset[str]:
        inner = self.data.get("inner_hosts", [])
        if not isinstance(inner, list) or not all(isinstance(host, str) for host in inner):
            raise _wrong("应为主机名的列表", "inner_hosts")
        return frozenset(host.lower() for host in inner)

    def _desk(self) -> str | None:
        desk = self._text("（顶层）", self.data, "desk_url", needed=False)
        if desk is not None and not desk.startswith(("https://", "http://")):
            raise _wrong("应为 https:// 开头的地址", "desk_url")
        return desk

    def _stamp(self) -> str:
        return sha256(repr(sorted(self.changed.items())).encode()).hexdigest()[:16]

    def _seen(self, path: Path) -> None:
        with suppress(OSError):
            self.changed[str(path)] = path.stat().st_mtime_ns

    def _person(self, where: str, one: Mapping[str, Any]) -> tuple[str, Contact]:
        self._known(where, one, PERSON_KEYS)
        officer = self._text(where, one, "officer", needed=False)
        if (officer is None) == ("agency" not in one):
            raise _wrong("请写 officer，或者 agency 和 role，二者取一", where)
        name = officer or f"{self._text(where, one, 'agency')}:{self._role(where, one)}"
        mail, mobile = (self._text(where, one, key, needed=False) for key in ("mail", "mobile"))
        if mail is not None and not is_address(mail):
            raise _wrong("mail 应为一个邮件地址，不带姓名和换行", where)
        if mobile is not None and not (mobile.removeprefix("+").isdecimal() and mobile.isascii()
                                       and len(mobile) in MOBILE_DIGITS):  # fmt: skip
            raise _wrong("mobile 应为一个电话号码，只用数字", where)
        return name, Contact(name, mail, mobile)

    def _role(self, where: str, one: Mapping[str, Any]) -> str:
        role = self._text(where, one, "role") or ""
        if role not in WITHIN:
            raise _wrong("role 只能取 officer、deputy、head", where)
        return role

    def _robot(self, where: str, one: Mapping[str, Any]) -> tuple[str, Door]:
        self._known(
            where, one, {"name", "agency", "roles", "kind", "url_file", "secret_file", "keyword", "ca_file"}
        )
        kind, url = self._text(where, one, "kind"), self._file(where, one, "url_file") or ""
        if kind not in ("wecom", "dingtalk"):
            raise _wrong("kind 只能取 wecom、dingtalk", where)
        secret = self._file(where, one, "secret_file", needed=False)
        if kind == "dingtalk" and "?" not in url:
            raise _wrong("钉钉机器人的地址应带 access_token", where)
        robot = Robot(
            cast("Kind", kind), self._url(where, url), secret, self._text(where, one, "keyword", needed=False) or "",
            self.inner, self._ca(where, one),
        )  # fmt: skip
        return self._door(where, one, robot)

    def _webhook(self, where: str, one: Mapping[str, Any]) -> tuple[str, Door]:
        self._known(where, one, {"name", "agency", "roles", "url", "secret_file", "ca_file"})
        return self._door(where, one, self._hook(where, one))

    def _hook(self, where: str, one: Mapping[str, Any]) -> Webhook:
        url = self._url(where, self._text(where, one, "url") or "")
        return Webhook(url, self._file(where, one, "secret_file") or "", self.inner, self._ca(where, one))

    def _door(self, where: str, one: Mapping[str, Any], to: Robot | Webhook) -> tuple[str, Door]:
        roles = one.get("roles", ["officer"])
        if not isinstance(roles, list) or not set(map(str, roles)) <= set(ALL_ROLES):
            raise _wrong(f"roles 只能取 {'、'.join(ALL_ROLES)}", where)
        name, agency = self._text(where, one, "name") or "", self._text(where, one, "agency") or ""
        return name, Door(name, agency, frozenset(roles), to)

    def _smtp(self) -> Smtp | None:
        if "smtp" not in self.data:
            return None
        one = self._table("smtp")
        self._known("smtp", one, {"host", "port", "tls", "from", "user", "password_file", "ca_file"})
        tls, port = one.get("tls", "implicit"), one.get("port", 465)
        if tls not in ("implicit", "starttls"):
            raise _wrong("tls 只能取 implicit、starttls；不加密的不支持", "smtp")
        if type(port) is not int or not 0 < port < 65536:
            raise _wrong("port 应为端口号", "smtp")
        sender = self._text("smtp", one, "from") or ""
        if not is_address(sender):
            raise _wrong("from 应为一个邮件地址，不带姓名和换行", "smtp")
        user, password = (
            self._text("smtp", one, "user", needed=False),
            self._file("smtp", one, "password_file", needed=False),
        )
        if (user is None) != (password is None):
            raise _wrong("user 和 password_file 要么都写（登录后发送），要么都不写", "smtp")
        host, ca = self._text("smtp", one, "host") or "", self._ca("smtp", one)
        return Smtp(host, port, cast("Tls", tls), sender, user, password, ca)

    def _sms(self) -> Webhook | None:
        if "sms" not in self.data:
            return None
        one = self._table("sms")
        self._known("sms", one, {"url", "secret_file", "ca_file"})
        return self._hook("sms", one)

    # -- parts

    def _tables(self, name: str) -> list[tuple[str, Mapping[str, Any]]]:
        listed = self.data.get(name, [])
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            raise _wrong(f"应写作 [[{name}]]", name)
        return [(f"第 {n} 个 [[{name}]]", one) for n, one in enumerate(listed, 1)]

    def _table(self, name: str) -> Mapping[str, Any]:
        one = self.data[name]
        if not isinstance(one, dict):
            raise _wrong(f"应写作 [{name}]", name)
        return one

    def _known(self, where: str, one: Mapping[str, Any], keys: set[str]) -> None:
        unknown = sorted(one.keys() - keys)
        if unknown:
            raise _wrong(f"不认识 {'、'.join(unknown)}，只能写：{'、'.join(sorted(keys))}", where)

    def _text(self, where: str, one: Mapping[str, Any], key: str, *, needed: bool = True) -> str | None:
        value = one.get(key)
        if value is None and not needed:
            return None
        if not isinstance(value, str) or not value.strip() or any(c in value for c in "\r\n\0"):
            raise _wrong(f"{key} 应为一行文本", where)
        return value

    def _url(self, where: str, url: str) -> str:
        if (
            not url.startswith(("https://", "http://"))
            or not url.isascii()
            or not url.isprintable()
            or " " in url
        ):
            raise _wrong("地址应写作 https://主机/路径", where)
        return url

    def _ca(self, where: str, one: Mapping[str, Any]) -> str | None:
        """The file of the certificates to trust instead of the system's: read now, not at the first message."""
        name = self._text(where, one, "ca_file", needed=False)
        if name is None:
            return None
        path = str(self.path.parent / name)
        try:
            ssl.create_default_context(cafile=path)
        except (OSError, ssl.SSLError):
            raise _wrong(f"ca_file 所指的 {path} 读不出证书（PEM 格式）", where) from None
        self._seen(Path(path))
        return path

    def _file(self, where: str, one: Mapping[str, Any], key: str, *, needed: bool = True) -> str | None:
        """The first line of a file that the contacts name."""
        name = self._text(where, one, key, needed=needed)
        if name is None:
            return None
        try:
            lines = (self.path.parent / name).read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise _wrong(f"{key} 所指的文件无法读取：{type(error).__name__}", where) from None
        if not lines or not lines[0].strip():
            raise _wrong(f"{key} 所指的文件是空的", where)
        self._seen(self.path.parent / name)
        return lines[0].strip()


ALL_ROLES = ("officer", "deputy", "head", "higher", "procuratorate", "discipline", "government", "meeting")
