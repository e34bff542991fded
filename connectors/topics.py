"""交换主题 The topics: what each is called, how it is set up, who may do what with it. Pure; `connectors.topic_admin` does it.

One partition each: the order of the ledger is then the order of the topic, so that a key's registration comes before
what it signed. An act topic is never compacted (that would delete acts); the position topic holds one record a ledger.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from domain.registry import Registry

POSITION = "gongze.position"
PARTITIONS = 1
INBOX = "gongze.inbox."
_NAME = re.compile(r"[A-Za-z0-9._-]{1,200}")  # what Kafka takes, with room for what stands before it
_REGION = re.compile(r"\d{6}")
_KEPT_FOR_EVER = {"retention.ms": "-1", "retention.bytes": "-1"}
_DAY_MS = 86_400_000
INBOX_DAYS = 90
"""How long what an agency sent lies in its inbox: in the ledger or the dead letters it stays anyway."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it should be. `config` names only what must not be left to the broker's defaults."""

    name: str
    config: Mapping[str, str] = field(default_factory=dict)


def in_exchange(registry: Registry) -> list[str]:
    """The agencies that can have topics: those whose id a topic's name can carry."""
    return sorted(a for a in registry.agencies if _NAME.fullmatch(a) and a not in (".", ".."))


def act_topics(registry: Registry) -> dict[str, str]:
    """Agency → the topic on which it is told what it may see.

    By the region of its registration: a topic keeps what it was ever told, so a name must never be free for another
    agency, as it would be if it followed a change of region.
    """
    posts = Counter((a.registered_in, a.kind) for a in registry.agencies.values())
    made = {}
    for name in in_exchange(registry):
        agency = registry.agencies[name]
        region = agency.registered_in
        alone = posts[region, agency.kind] == 1 and _REGION.fullmatch(region)
        made[name] = f"gongze.{region}.{agency.kind}" if alone else f"gongze.agency.{name}"
    return made


def moved(before: Registry, after: Registry) -> list[str]:
    """The agencies that have another topic than before: the first of its kind registered in a region, when a second
    one is."""
    old, new = act_topics(before), act_topics(after)
    return sorted(agency for agency, topic in new.items() if old.get(agency, topic) != topic)


def inbox(agency: str) -> str:
    """The topic that this agency alone writes."""
    return INBOX + agency


def owner(topic: str) -> str:
    """Whose inbox it is."""
    return topic.removeprefix(INBOX)


def inboxes(registry: Registry) -> list[str]:
    return [inbox(a) for a in in_exchange(registry)]


def dead_letters(registry: Registry) -> str:
    """Where the messages lie that were refused: one topic for the ledger, named after where it was started first."""
    return f"gongze.{next(iter(registry.started))}.dead-letter"


def wanted(registry: Registry) -> list[Topic]:
    """Every topic of the exchange."""
    acts = {"cleanup.policy": "delete", **_KEPT_FOR_EVER}
    letters = {"cleanup.policy": "delete", "retention.ms": str(INBOX_DAYS * _DAY_MS)}
    return [
        Topic(POSITION, {"cleanup.policy": "compact"}),
        Topic(dead_letters(registry), acts),
        *(Topic(name, acts) for name in sorted(set(act_topics(registry).values()))),
        *(Topic(name, letters) for name in inboxes(registry)),
    ]


@dataclass(frozen=True, slots=True)
class Found:
    """A topic as the broker has it."""

    partitions: int
    config: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """What is not as it should be. `what`: `create`, `alter` a setting, or `partitions`, which nobody may change: keys
    would move to other partitions, and a case would lose its order."""

    topic: str
    what: str
    setting: str | None = None
    now: str | None = None
    then: str | None = None


def changes(topics: list[Topic], found: Mapping[str, Found]) -> Iterator[Change]:
    """From what there is to what there should be."""
    for topic in topics:
        there = found.get(topic.name)
        if there is None:
            yield Change(topic.name, "create")
            continue
        if there.partitions != PARTITIONS:
            yield Change(topic.name, "partitions", "partitions", str(there.partitions), str(PARTITIONS))
        for setting, value in topic.config.items():
            if there.config.get(setting) != value:
                yield Change(topic.name, "alter", setting, there.config.get(setting), value)


# --- who may do what ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Permission:
    """`resource`: topic, group, transactional_id. `prefixed`: of all whose names begin so. All else is forbidden."""

    user: str
    resource: str
    name: str
    operation: str
    prefixed: bool = False


def permissions(registry: Registry, ours: str) -> list[Permission]:
    """The least that works: an agency reads its own topic, in groups of its own, and writes its own inbox.

    `ours`: the user as whom Gongze publishes and consumes. A group is the agency's id, or begins with it and `/`, a
    sign that no id in the exchange has: with a dot, an agency could join the groups of one whose id begins with its own.
    """
    made = [
        Permission(ours, "topic", "gongze.", "write", prefixed=True),
        Permission(ours, "topic", "gongze.", "read", prefixed=True),
        Permission(ours, "group", "gongze.", "read", prefixed=True),
        Permission(ours, "group", "*", "describe"),
        Permission(ours, "transactional_id", "gongze.", "write", prefixed=True),
    ]
    for agency, topic in act_topics(registry).items():
        made += [
            Permission(agency, "topic", topic, "read"),
            Permission(agency, "group", agency, "read"),
            Permission(agency, "group", f"{agency}/", "read", prefixed=True),
            Permission(agency, "topic", inbox(agency), "write"),
        ]
    return sorted(made)
