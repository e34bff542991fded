"""Setting the topics and permissions up: what is there, what is missing, and making it so. The administrator's part."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any

from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ConfigResource,
    ConfigResourceType,
    KafkaAdminClient,
    NewTopic,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from kafka.errors import KafkaError, SecurityDisabledError

from connectors.broker import Access, BrokerUnreachable
from connectors.topics import PARTITIONS, Change, Found, Permission, Topic
from domain.refusal import Refusal

_RESOURCES = {
    "topic": ResourceType.TOPIC, "group": ResourceType.GROUP, "transactional_id": ResourceType.TRANSACTIONAL_ID,
}  # fmt: skip
_NAMES = {kind: name for name, kind in _RESOURCES.items()}


class Administration:
    """One connection of an administrator. Raises BrokerUnreachable, Refusal("broker_refused")."""

    def __init__(self, access: Access) -> None:
        self._admin: KafkaAdminClient = access.admin()

    def close(self) -> None:
        self._admin.close()

    def __enter__(self) -> "Administration":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- topics

    def found(self, topics: Sequence[Topic]) -> dict[str, Found]:
        """Of the topics that are wanted, those that are there, with the settings that matter."""
        names = {topic.name: topic for topic in topics}
        there = self._ask(
            lambda: self._admin.describe_topics(sorted(set(self._admin.list_topics()) & set(names)))
        )
        partitions = {one["name"]: len(one["partitions"]) for one in there}
        if not partitions:
            return {}
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in partitions]
        configs = self._ask(lambda: self._admin.describe_configs(resources, config_filter="all"))["topic"]
        return {
            name: Found(count, {k: str(configs[name][k]["value"]) for k in names[name].config})
            for name, count in partitions.items()
        }

    def others(self, topics: Sequence[Topic]) -> list[str]:
        """Topics that bear our prefix and are nobody's: an agency that changed, or another ledger's."""
        names = self._ask(self._admin.list_topics)
        return sorted({n for n in names if n.startswith("gongze.")} - {t.name for t in topics})

    def apply(self, changes: Iterable[Change], topics: Sequence[Topic]) -> None:
        """Create and alter; a number of partitions is left as it is."""
        by_name = {topic.name: topic for topic in topics}
        listed = list(changes)
        created = [
            NewTopic(c.topic, PARTITIONS, topic_configs=dict(by_name[c.topic].config))
            for c in listed
            if c.what == "create"
        ]
        if created:
            self._ask(lambda: self._admin.create_topics(created))
            self._ask(lambda: self._admin.wait_for_topics([topic.name for topic in created]))
        altered: dict[str, dict[str, str]] = {}
        for change in listed:
            if change.what == "alter" and change.setting and change.then is not None:
                altered.setdefault(change.topic, {})[change.setting] = change.then
        if altered:
            resources = [ConfigResource(ConfigResourceType.TOPIC, n, configs=c) for n, c in altered.items()]
            self._ask(lambda: self._admin.alter_configs(resources))

    # -- permissions

    def granted(self) -> list[Permission] | None:
        """The permissions that bear on us or on what is ours, as far as we could have given them; None where the broker
        knows no permissions."""
        everything = ACLFilter(
            None, None, ACLOperation.ANY, ACLPermissionType.ALLOW,
            ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY),
        )  # fmt: skip
        try:
            acls, error = self._admin.describe_acls(everything)
        except SecurityDisabledError:
            return None
        except KafkaError as failure:
            raise _refused(failure) from failure
        if error is SecurityDisabledError:
            return None
        return sorted(made for acl in acls if (made := _permission(acl)) is not None)

    def grant(self, permissions: Iterable[Permission]) -> None:
        """What is refused comes back in the answer and is not raised by the library: here it is."""
        asked = [_acl(permission) for permission in permissions]
        if asked:
            failed = self._ask(lambda: self._admin.create_acls(asked))["failed"]
            if failed:
                raise _refused(failed[0][1] if isinstance(failed[0], tuple) else failed[0])

    def withdraw(self, permissions: Iterable[Permission]) -> None:
        asked = [_filter(permission) for permission in permissions]
        for _, _, error in self._ask(lambda: self._admin.delete_acls(asked)) if asked else ():
            if getattr(error, "errno", 0):
                raise _refused(error)

    # -- users

    def set_password(self, user: str, password: str) -> None:
        """Make a user, or change its password."""
        wanted = UserScramCredentialUpsertion(user, ScramMechanism.SCRAM_SHA_512, password)
        answer: Mapping[str, Any] = self._ask(lambda: self._admin.alter_user_scram_credentials([wanted]))
        told = answer.get(user)
        if told:
            raise _refused(told)

    def lock_out(self, user: str) -> None:
        """Take a user's access away: a password that nobody knows. It is never deleted: a broker that is started again
        after a deletion has been seen to refuse every user, the administrator too."""
        self.set_password(user, secrets.token_urlsafe(48))

    def _ask(self, call: Any) -> Any:
        try:
            return call()
        except KafkaError as error:
            if error.retriable:
                raise BrokerUnreachable(str(error)) from error
            raise _refused(error) from error


def lock_out(access: Access, user: str, permissions: Sequence[Permission]) -> None:
    """Password and permissions of a user."""
    with closing(Administration(access)) as administration:
        administration.lock_out(user)
        administration.withdraw(p for p in permissions if p.user == user)


def _refused(error: object) -> Refusal:
    return Refusal(
        "broker_refused",
        f"消息服务器不同意：{error}。设置主题、权限和用户须用管理员的用户",
        "GONGZE_KAFKA_USER",
    )


def _acl(permission: Permission) -> ACL:
    pattern = ACLResourcePatternType.PREFIXED if permission.prefixed else ACLResourcePatternType.LITERAL
    return ACL(
        f"User:{permission.user}", "*", ACLOperation[permission.operation.upper()], ACLPermissionType.ALLOW,
        ResourcePattern(_RESOURCES[permission.resource], permission.name, pattern),
    )  # fmt: skip


def _filter(permission: Permission) -> ACLFilter:
    acl = _acl(permission)
    return ACLFilter(acl.principal, acl.host, acl.operation, acl.permission_type, acl.resource_pattern)


def _permission(acl: ACL) -> Permission | None:
    pattern = acl.resource_pattern
    resource = _NAMES.get(pattern.resource_type)
    if resource is None or not acl.principal.startswith("User:"):
        return None
    prefixed = pattern.pattern_type == ACLResourcePatternType.PREFIXED
    user = acl.principal.removeprefix("User:")
    return Permission(user, resource, pattern.resource_name, acl.operation.name.lower(), prefixed)
