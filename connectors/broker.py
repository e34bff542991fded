"""The way to a Kafka broker: who we are, how we connect, and an error that says why when that fails.

The client library answers a wrong password, a strange certificate and a dead machine with one and the same timeout;
the reason is only in its log, so it is caught there.
"""

import logging
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import (
    AuthorizationError,
    KafkaConfigurationError,
    KafkaError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

from domain.refusal import Refusal

T = TypeVar("T")
BOOTSTRAP_MS = 5_000
REQUEST_MS = 15_000
RETRY_BACKOFF_MS = 2
"""Right after a commit the coordinator is still busy and asks to try again; the default of 100 ms is then the time of
every transaction."""
RECONNECT_MS = 2_000
"""Between two tries to connect, at most. With the default of 30 s a short cut of the line holds the exchange up for that."""
TRANSACTION_MS = 60_000
BATCH_BYTES = 131_072

logging.getLogger("kafka").addHandler(logging.NullHandler())  # its warnings are retold by us, once


class BrokerUnreachable(Exception):
    """The broker cannot be used now; the text says why, for the operator."""


class TopicUnusable(BrokerUnreachable):
    """A topic is not there, or may not be read."""


@dataclass(frozen=True, slots=True)
class Access:
    """Where the broker is and who we are to it. The password lies in a file and is read when it is needed."""

    bootstrap: str
    protocol: str = "PLAINTEXT"
    user: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None

    def client(self, name: str) -> dict[str, Any]:
        """The settings that all kinds of client share. Raises Refusal("settings_unusable")."""
        made: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap.split(","), "client_id": name, "security_protocol": self.protocol,
            "bootstrap_timeout_ms": BOOTSTRAP_MS, "request_timeout_ms": REQUEST_MS, "reconnect_backoff_max_ms": RECONNECT_MS,
        }  # fmt: skip
        if self.protocol.endswith("SSL"):
            made["ssl_context"] = self._trusting()
        if self.protocol.startswith("SASL"):
            made |= {"sasl_mechanism": "SCRAM-SHA-512", "sasl_plain_username": self.user,
                     "sasl_plain_password": self._password()}  # fmt: skip
        return made

    def _trusting(self) -> ssl.SSLContext:
        """Made here: the library meets a certificate that it cannot read inside a connection, and only tries again."""
        try:
            return ssl.create_default_context(cafile=str(self.ca_file) if self.ca_file is not None else None)
        except (ssl.SSLError, OSError) as error:
            raise Refusal(
                "settings_unusable", f"CA 证书文件 {self.ca_file} 无法使用：{error}", "GONGZE_KAFKA_CA_FILE"
            ) from None  # fmt: skip

    def _password(self) -> str:
        if self.password_file is None or not self.user:
            raise Refusal(
                "settings_unusable", "请用 GONGZE_KAFKA_USER 和 GONGZE_KAFKA_PASSWORD_FILE 写明用户和口令文件",
                "GONGZE_KAFKA_PASSWORD_FILE",
            )  # fmt: skip
        try:
            return self.password_file.read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise Refusal(
                "settings_unusable", f"口令文件 {self.password_file} 无法读取：{error}", "GONGZE_KAFKA_PASSWORD_FILE"
            ) from None  # fmt: skip

    # -- clients

    def producer(self, transactional_id: str) -> KafkaProducer:
        """A producer whose every message belongs to a transaction."""
        settings = self.client(transactional_id)
        return _made(
            lambda: KafkaProducer(
                **settings, transactional_id=transactional_id, transaction_timeout_ms=TRANSACTION_MS,
                retry_backoff_ms=RETRY_BACKOFF_MS, batch_size=BATCH_BYTES, linger_ms=5, max_block_ms=REQUEST_MS,
                delivery_timeout_ms=2 * REQUEST_MS, metrics_enabled=False, allow_auto_create_topics=False,
            )
        )  # fmt: skip

    def consumer(self, name: str, group: str | None = None, **more: Any) -> KafkaConsumer:
        """A consumer that sees what was committed, and nothing else."""
        settings = self.client(name)
        return _made(
            lambda: KafkaConsumer(
                **settings, group_id=group, isolation_level="read_committed", enable_auto_commit=False,
                auto_offset_reset="earliest", metrics_enabled=False, allow_auto_create_topics=False, **more,
            )
        )  # fmt: skip

    def admin(self) -> KafkaAdminClient:
        settings = self.client("gongze.admin")
        return _made(lambda: KafkaAdminClient(**settings))


class _Reasons(logging.Handler):
    """What the client library says while it connects."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@contextmanager
def _reasons() -> Iterator[_Reasons]:
    handler = _Reasons()
    logger = logging.getLogger("kafka.net.manager")
    logger.addHandler(handler)
    try:
        yield handler
    finally:
        logger.removeHandler(handler)


def _made(make: Callable[[], T]) -> T:
    """A client that has reached the broker. Raises BrokerUnreachable."""
    with _reasons() as reasons:
        try:
            return make()
        except KafkaConfigurationError:
            raise  # ours to mend, not the operator's
        except (KafkaError, OSError) as error:
            raise BrokerUnreachable(why(reasons.said, str(error))) from error


_WHY = (
    ("SaslAuthenticationFailed", "用户名或口令不对，请核对 GONGZE_KAFKA_USER 和口令文件；也可能是用户已停用"),
    ("UnsupportedSaslMechanism", "消息服务器没有启用 SCRAM-SHA-512"),
    ("CERTIFICATE_VERIFY_FAILED", "服务器证书不是所给的 CA 签发的，或名称不符，请核对 GONGZE_KAFKA_CA_FILE"),
    ("WRONG_VERSION_NUMBER", "服务器这个端口不用 TLS，请核对 GONGZE_KAFKA_SECURITY_PROTOCOL"),
    # the answer to a wrong password is often lost to the end of the connection that follows it
    (
        "socket disconnected",
        "服务器断开了连接：多半是用户名或口令不对（GONGZE_KAFKA_USER、口令文件），或 GONGZE_KAFKA_SECURITY_PROTOCOL 与服务器不符",
    ),
    ("IncompatibleBrokerVersion", "这个端口不是给客户端用的"),
    ("refused", "没有程序在这个地址应答，请核对 GONGZE_KAFKA_BOOTSTRAP，或稍后再试"),
    ("ECONNREFUSED", "没有程序在这个地址应答，请核对 GONGZE_KAFKA_BOOTSTRAP，或稍后再试"),
    ("getaddrinfo", "找不到这个地址，请核对 GONGZE_KAFKA_BOOTSTRAP"),
    ("DNS", "找不到这个地址，请核对 GONGZE_KAFKA_BOOTSTRAP"),
)  # fmt: skip


def why(said: list[str], otherwise: str) -> str:
    """One sentence for an operator out of what the client library said."""
    told = "\n".join(said)
    for sign, sentence in _WHY:
        if sign in told:
            return sentence
    last = said[-1] if said else otherwise
    return f"{last}（连不上时，也请核对 GONGZE_KAFKA_SECURITY_PROTOCOL）"


def as_unreachable(error: Exception) -> Exception:
    """What cannot be used, said in our words, of an error that may be the library's own."""
    if isinstance(error, AuthorizationError):
        return TopicUnusable(
            f"这个用户无权这样做（{error}）：请核对 GONGZE_KAFKA_USER，或运行 gongze topics ensure"
        )
    return BrokerUnreachable(str(error)) if isinstance(error, KafkaError) else error


class TopicCut(BrokerUnreachable):
    """A topic no longer has what it had: its end lies before, or its beginning after, where the reader is."""


def read_all(access: Access, topic: str, start: int = 0, *, whole: bool = False) -> Iterator[Any]:
    """The committed messages of a topic of ours, up to its end as of now; `whole`: not where some before or after `start`
    are gone. Raises BrokerUnreachable, TopicUnusable, TopicCut."""
    partition = TopicPartition(topic, 0)
    consumer = access.consumer("gongze.reader", max_poll_records=2_000)
    try:
        end = readable(consumer, [topic])[topic]
        consumer.assign([partition])
        first = consumer.beginning_offsets([partition])[partition]
        if whole and not first <= start <= end:
            raise TopicCut(f"主题 {topic} 现有第 {first} 至 {end} 条消息，应从第 {start} 条接着读")
        consumer.seek(partition, max(start, first))
        seen = time.monotonic()
        while consumer.position(partition) < end:
            found = consumer.poll(timeout_ms=500).get(partition, ())
            seen = time.monotonic() if found else seen
            if time.monotonic() - seen > REQUEST_MS / 1000:  # the library tries for ever, in silence
                raise BrokerUnreachable(f"读取主题 {topic} 没有进展")
            yield from found
    except KafkaError as error:
        raise BrokerUnreachable(f"读取主题 {topic} 时出错：{error}") from error
    finally:
        consumer.close(autocommit=False)


def readable(consumer: KafkaConsumer, topics: list[str]) -> dict[str, int]:
    """The committed end of each topic. Raises TopicUnusable.

    Asked before anything is subscribed to: of a topic that it may not describe, a consumer hears nothing, and no error
    either, for ever.
    """
    there = consumer.topics()
    lacking = [topic for topic in topics if topic not in there]
    if lacking:
        raise TopicUnusable(f"没有主题 {'、'.join(lacking)}，或无权读取：请先运行 gongze topics ensure")
    try:
        ends = consumer.end_offsets([TopicPartition(topic, 0) for topic in topics])
    except (TopicAuthorizationFailedError, UnknownTopicOrPartitionError) as error:
        raise TopicUnusable(f"无权读取主题（{error}）：请运行 gongze topics ensure 设置权限") from error
    return {partition.topic: end for partition, end in ends.items()}
