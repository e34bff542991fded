"""死信 The dead letters: what was refused, as the topic itself has it, with what became of it since.

The topic is the register: a letter is settled by a message beside it, which anybody who may read the topic sees.
"""

from dataclasses import dataclass, field, replace

from kafka.errors import KafkaError

from connectors import topics
from connectors.broker import Access, BrokerUnreachable, read_all
from connectors.kafka_in import DISCARDED, REFUSED, RETRIED
from connectors.outbox import Message


@dataclass(frozen=True, slots=True)
class Letter:
    """One refused message. `id`: its offset in the topic. `state`: open, retried (it is in the ledger now), discarded."""

    id: int
    origin: str
    owner: str
    refused_at: str
    said: dict[str, str]
    value: bytes
    state: str = "open"
    settled: dict[str, str] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether the original is kept to the last byte, so that it can be tried again."""
        return len(self.value) == int(self.said["bytes"]) and len(self.value) > 0


def letters(access: Access, topic: str) -> list[Letter]:
    """All of them, the oldest first. Raises BrokerUnreachable, TopicUnusable."""
    found: dict[str, Letter] = {}
    for record in read_all(access, topic):
        said = {name: value.decode("utf-8", "replace") for name, value in record.headers}
        kind, origin = said.get("ce_type"), said.get("ce_subject", "")
        own = {n: v for n, v in said.items() if not n.startswith("ce_")}
        if kind == REFUSED:
            # a batch that was answered twice would not be: the answer and the offsets are one transaction
            owner = topics.owner(said["origin_topic"])
            found[origin] = Letter(record.offset, origin, owner, said["ce_time"], own, record.value or b"")
        elif kind in (RETRIED, DISCARDED) and origin in found:
            state = "retried" if kind == RETRIED else "discarded"
            found[origin] = replace(found[origin], state=state, settled={"at": said["ce_time"], **own})
    return sorted(found.values(), key=lambda letter: letter.id)


def write(access: Access, name: str, messages: list[Message]) -> None:
    """Several messages, all or none. Raises BrokerUnreachable."""
    producer = access.producer(name)
    try:
        producer.init_transactions()
        producer.begin_transaction()
        for one in messages:
            producer.send(one.topic, key=one.key, value=one.value, headers=list(one.headers), partition=0)
        producer.commit_transaction()
    except KafkaError as error:
        raise BrokerUnreachable(str(error)) from error
    finally:
        producer.close(timeout=2)
