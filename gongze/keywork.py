"""Registering, rotating and revoking keys: registry acts signed on the agency's side with its root key."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.acts import EVENTS
from domain.forms import build
from domain.refusal import Refusal
from events import keys, schemas
from events.keys import SigningKey
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
        return [self._register(self.signer, "root", None, custody)]

    def register(
        self, key_file: Path, officer: str | None, name: str | None, custody: str
    ) -> list[dict[str, Any]]:
        """An officer's key; the officer is appointed as well where that has not been done."""
        officer = officer or f"{self.agency}/1"
        made = []
        known = self.ledger.registry().officers.get(officer)
        if known is None or known.released_on is not None:
            if not name:
                raise Refusal("officer_unknown", f"{officer} 尚未任命，请用 --name 写明姓名", "--name")
            today = self.ledger.today().isoformat()
            made.append(self._act("OfficerAppointed", officer=officer, name=name, from_=today))
        return [*made, self._register(OneKey.load(key_file, self.settings).key, "sign", officer, custody)]

    def register_encryption(self, key_file: Path, custody: str) -> list[dict[str, Any]]:
        """The key that the ferry's bundles are sealed to: the agency's, not an officer's. The newest one counts."""
        return [self._register(OneKey.load(key_file, self.settings).key, "encrypt", None, custody)]

    def rotate(
        self, old: str, key_file: Path, reason: str, since: str | None, custody: str
    ) -> list[dict[str, Any]]:
        """The new key first, so that the officer is never without one."""
        before = self._own_key(old)
        if before.purpose != "sign":
            raise Refusal("not_authorised", "只能更换联络员的签名密钥", "--old")
        made = self._register(OneKey.load(key_file, self.settings).key, "sign", before.officer, custody)
        return [made, self.revoke(before.key_id, reason, since)]

    def revoke(self, key_id: str, reason: str, since: str | None) -> dict[str, Any]:
        key = self._own_key(key_id)
        moment = since or self.ledger.now().isoformat(timespec="seconds")
        officer = key.officer if self.signer.kid.hex() == key.key_id else None
        return self._act("KeyRevoked", officer_id=officer, key_id=key.key_id, since=moment, reason=reason)

    def _own_key(self, key_id: str) -> Any:
        found = [
            k
            for k in self.ledger.registry().keys.values()
            if k.agency == self.agency and k.key_id.startswith(key_id.lower()) and len(key_id) >= 8
        ]
        if len(found) != 1:
            raise Refusal("case_rule_broken", "本机构没有（或不止一把）指纹以此开头的密钥", "key_id")
        return found[0]

    def _register(self, key: SigningKey, purpose: str, officer: str | None, custody: str) -> dict[str, Any]:
        genesis = self.ledger.registry().genesis
        assert genesis is not None
        return self._act(
            "KeyRegistered", agency=self.agency, key_id=key.kid.hex(), algorithm="Ed25519",
            public_key=key.public.hex(), purpose=purpose, custody=custody,
            from_=self.ledger.now().isoformat(timespec="seconds"), officer=officer,
            proof=keys.prove_possession(key, genesis.name, self.agency).hex(),
        )  # fmt: skip

    def _act(self, event: str, officer_id: str | None = None, **data: Any) -> dict[str, Any]:
        registry = self.ledger.registry()
        assert registry.genesis is not None
        built = build(EVENTS[event].cls, {k.rstrip("_"): v for k, v in data.items()})
        schema, payload = schemas.encode(built)
        claims = Claims(
            iss=self.agency, sub="registry", cti=keys.new_cti(self.ledger.now_ms(), secrets.token_bytes(10)),
            officer=officer_id or f"{self.agency}/root", event=event, schema=schema,
            occurred_on=self.ledger.today(), seen=self.ledger.intake.history.registry_head, ledger=registry.genesis.name,
        )  # fmt: skip
        entry = self.ledger.submit(sign(claims, payload, self.signer)).receipt.entry
        return {
            "type": event, "key_id": data.get("key_id", ""), "id": entry.cti.hex(), "index": entry.index,
        }  # fmt: skip
