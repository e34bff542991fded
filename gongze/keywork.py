"""Registering, rotating and revoking keys: registry acts signed on the agency's side with its root key."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.acts import EVENTS, Event
from domain.forms import build
from domain.refusal import Refusal
from domain.registry import STREAM as REGISTRY
from domain.registry import Key, evolve
from events import keys, schemas
from events.keys import SigningKey
from events.signed import signed
from events.statement import Claims, sign
from gongze.keyfiles import OneKey
from gongze.ledger import Ledger
from gongze.settings import Settings, load


@dataclass
class KeyWork:
    """An open ledger and the key that signs for one agency."""

    ledger: Ledger
    settings: Settings
    agency: str
    signer: SigningKey

    @classmethod
    @contextmanager
    def open(cls, agency: str, key_file: Path) -> Iterator["KeyWork"]:
        settings = load()
        with Ledger.open(settings) as ledger:
            ledger.registry().agency(agency, "--agency")
            yield cls(ledger, settings, agency, OneKey.load(key_file, settings).key)
            ledger.catch_up()

    def register_root(self, custody: str) -> list[dict[str, Any]]:
        return self._submit([self._registered(self.signer, "root", None, custody)])

    def register(
        self, key_file: Path, officer: str | None, name: str | None, custody: str
    ) -> list[dict[str, Any]]:
        """An officer's key; the officer is appointed as well where that has not been done."""
        officer = officer or f"{self.agency}/1"
        planned = []
        known = self.ledger.registry().officers.get(officer)
        if known is None or known.released_on is not None:
            if not name:
                raise Refusal("officer_unknown", f"{officer} 尚未任命，请用 --name 写明姓名", "--name")
            today = self.ledger.today().isoformat()
            planned.append(_built("OfficerAppointed", officer=officer, name=name, from_=today))
        key = OneKey.load(key_file, self.settings).key
        return self._submit([*planned, self._registered(key, "sign", officer, custody)])

    def register_encryption(self, key_file: Path, custody: str) -> list[dict[str, Any]]:
        """The key that the ferry's bundles are sealed to: the agency's, not an officer's. The newest one counts."""
        key = OneKey.load(key_file, self.settings).key
        return self._submit([self._registered(key, "encrypt", None, custody)])

    def rotate(
        self, old: str, key_file: Path, reason: str, since: str | None, custody: str
    ) -> list[dict[str, Any]]:
        """The new key first, so that the officer is never without one. Broken off between the two, it goes on."""
        before = self._own_key(old)
        if before.purpose != "sign":
            raise Refusal("not_authorised", "只能更换联络员的签名密钥", "--old")
        key = OneKey.load(key_file, self.settings).key
        planned = [self._revoked(before, reason, since)]
        if not self._is_theirs(key, before):
            planned.insert(0, self._registered(key, "sign", before.officer, custody))
        return self._submit(planned)

    def revoke(self, key_id: str, reason: str, since: str | None) -> list[dict[str, Any]]:
        key = self._own_key(key_id)
        officer = key.officer if self.signer.kid.hex() == key.key_id else None
        return self._submit([self._revoked(key, reason, since)], officer)

    def _is_theirs(self, key: SigningKey, before: Key) -> bool:
        """Whether it is another key that the same officer signs with already."""
        known = self.ledger.registry().keys.get(key.kid.hex())
        return (
            known is not None
            and known.key_id != before.key_id
            and (known.agency, known.officer, known.purpose) == (before.agency, before.officer, "sign")
            and known.revoked_at is None
        )

    def _own_key(self, key_id: str) -> Key:
        found = [
            k
            for k in self.ledger.registry().keys.values()
            if k.agency == self.agency and k.key_id.startswith(key_id.lower()) and len(key_id) >= 8
        ]
        if len(found) != 1:
            raise Refusal("case_rule_broken", "本机构没有（或不止一把）指纹以此开头的密钥", "key_id")
        return found[0]

    def _registered(self, key: SigningKey, purpose: str, officer: str | None, custody: str) -> Event:
        return _built(
            "KeyRegistered", agency=self.agency, key_id=key.kid.hex(), algorithm="Ed25519",
            public_key=key.public.hex(), purpose=purpose, custody=custody,
            from_=self.ledger.now().isoformat(timespec="seconds"), officer=officer,
            proof=keys.prove_possession(key, self._ledger_name(), self.agency).hex(),
        )  # fmt: skip

    def _revoked(self, key: Key, reason: str, since: str | None) -> Event:
        moment = since or self.ledger.now().isoformat(timespec="seconds")
        return _built("KeyRevoked", key_id=key.key_id, since=moment, reason=reason)

    def _submit(self, planned: list[Event], officer: str | None = None) -> list[dict[str, Any]]:
        """All of them or, where one would be refused, none. Raises Refusal."""
        registry, head = self.ledger.registry(), self.ledger.store.head()
        received = max(self.ledger.now_ms(), head.received_at_ms)
        for index, event in enumerate(planned, head.size):
            statement = signed(self._signed(event, officer), registry)
            registry = evolve(registry, self.ledger.intake.check(statement, registry, received, index).act)
        return [self._stored(event, officer) for event in planned]

    def _stored(self, event: Event, officer: str | None) -> dict[str, Any]:
        entry = self.ledger.submit(self._signed(event, officer)).receipt.entry
        return {
            "type": type(event).__name__, "key_id": getattr(event, "key_id", ""), "id": entry.cti.hex(), "index": entry.index,
        }  # fmt: skip

    def _signed(self, event: Event, officer: str | None) -> bytes:
        """By the key at hand, for the registry as it is now; `officer`: whose it is if not the root's."""
        schema, payload = schemas.encode(event)
        claims = Claims(
            iss=self.agency, sub=REGISTRY, cti=keys.new_cti(self.ledger.now_ms(), secrets.token_bytes(10)),
            officer=officer or f"{self.agency}/root", event=type(event).__name__, schema=schema,
            occurred_on=self.ledger.today(), seen=self.ledger.intake.history.registry_head, ledger=self._ledger_name(),
        )  # fmt: skip
        return sign(claims, payload, self.signer)

    def _ledger_name(self) -> str:
        genesis = self.ledger.registry().genesis
        assert genesis is not None
        return genesis.name


def _built(event: str, **data: Any) -> Event:
    """Raises Refusal("schema_invalid")."""
    return build(EVENTS[event].cls, {name.rstrip("_"): value for name, value in data.items()})
