"""The exchange put together: from the settings to a broker, from a ledger to its topics and permissions."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors import topics
from connectors.broker import Access
from connectors.topic_admin import Administration
from connectors.topics import Change, Permission
from domain.refusal import Refusal
from domain.registry import Registry
from gongze.ledger import Ledger
from gongze.settings import Kafka, Settings

OURS = "gongze"
"""The user as whom Gongze itself publishes and consumes, unless another is named."""


def access(settings: Settings) -> Access:
    """Raises Refusal("settings_unusable") where there is no exchange."""
    kafka = settings.kafka
    if kafka is None:
        raise Refusal(
            "settings_unusable", "请用 GONGZE_KAFKA_BOOTSTRAP 写明消息服务器的地址", "GONGZE_KAFKA_BOOTSTRAP"
        )
    return access_of(kafka)


def access_of(kafka: Kafka) -> Access:
    return Access(kafka.bootstrap, kafka.protocol, kafka.user, kafka.password_file, kafka.ca_file)


def registry(settings: Settings) -> Registry:
    with Ledger.open(settings) as ledger:
        return ledger.registry()


@dataclass(frozen=True, slots=True)
class Difference:
    """Between the broker and what the ledger asks of it."""

    changes: tuple[Change, ...]
    grant: tuple[Permission, ...]
    withdraw: tuple[Permission, ...]
    others: tuple[str, ...]
    """Topics of our prefix that nobody has: shown, never deleted."""
    left_out: tuple[str, ...]
    """Agencies whose id no topic's name can carry."""
    permissions_kept: bool
    """Whether the broker knows permissions at all."""

    @property
    def can_be_made(self) -> bool:
        return bool(self.grant or self.withdraw or any(c.what != "partitions" for c in self.changes))

    @property
    def cannot_be_made(self) -> bool:
        return any(c.what == "partitions" for c in self.changes)


def difference(administration: Administration, of: Registry, ours: str) -> Difference:
    """An agency's user is to have its permissions and no more; those of other users are their administrator's."""
    listed = topics.wanted(of)
    granted = administration.granted()
    wanted = topics.permissions(of, ours)
    held: Sequence[Permission] = granted if granted is not None else wanted
    return Difference(
        changes=tuple(topics.changes(listed, administration.found(listed))),
        grant=tuple(sorted(set(wanted) - set(held))),
        withdraw=tuple(sorted(p for p in set(held) - set(wanted) if p.user in of.agencies)),
        others=tuple(administration.others(listed)),
        left_out=tuple(sorted(set(of.agencies) - set(topics.in_exchange(of)))),
        permissions_kept=granted is not None,
    )


def make(administration: Administration, of: Registry, found: Difference) -> None:
    administration.apply(found.changes, topics.wanted(of))
    administration.grant(found.grant)
    administration.withdraw(found.withdraw)


def new_password(path: Path) -> str:
    """A password from its file."""
    try:
        password = path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal("file_unusable", f"口令文件 {path} 无法读取：{error}", "--password-file") from None
    if len(password) < 12:
        raise Refusal("file_unusable", "口令至少 12 个字符", "--password-file")
    return password
