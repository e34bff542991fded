"""A small founded ledger that is no demonstration, in this process, and statements for it, right or wrong.

For tests of the door, which must be able to sign what no client of ours would.
"""

import hashlib
from dataclasses import replace
from datetime import date

import pytest

from domain.acts import EVENTS
from domain.forms import build
from domain.refusal import Refusal
from domain.values import milliseconds, parse_moment
from events import keys, schemas
from events.keys import SigningKey
from events.statement import Claims, sign
from gongze.ledger import Accepted, Ledger

DAY = date(2026, 3, 2)
NOW = milliseconds(parse_moment("2026-03-02T10:00:00+08:00"))
MINUTE = 60_000
ORIGIN, LEDGER_ID = "gongze.example/test", "ab" * 32
NAME = f"{ORIGIN}/{LEDGER_ID}"
AGENCIES = {
    "nr.lhasa": ("nr", "city", "540100", ["拉"]),
    "nr.duilong": ("nr", "county", "540103", ["堆"]),
    "court.chengguan": ("court", "county", "540102", None),
    "procuratorate.lhasa": ("procuratorate", "city", "540100", None),
}
FILED, EMPTY = "case/拉自然资执〔2026〕1号", "case/拉自然资执〔2026〕2号"
CASE_DATA = {
    "title": "未批先占建房案", "parties": [{"name": "甲公司"}], "violation": "unapproved_land_use", "source": "patrol",
    "place": {"region": "540102", "address": "示例村一组"},
}  # fmt: skip
NOTICE = {"notice": "stop_violation", "notice_no": "停1"}


def key_of(name: str) -> SigningKey:
    """The test's key of that name, the same in every run."""
    return SigningKey(hashlib.sha256(name.encode()).digest())


class Door:
    """A founded ledger that is no demonstration, and statements for it, right or wrong."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.now = NOW
        self.made = 0

    # -- statements

    def claims(self, event: str, iss: str, stream: str = "registry", **changes) -> Claims:
        self.made += 1
        kind = EVENTS.get(event)
        schema = schemas.fingerprint(schemas.schema_of(kind.cls)) if kind else b"\1" * 32
        made = Claims(
            iss=iss, sub=stream, cti=keys.new_cti(self.now, hashlib.sha256(self.made.to_bytes(4)).digest()[:10]),
            officer=f"{iss}/1", event=event, schema=schema, occurred_on=DAY,
            seen=self.ledger.store.stream_head(stream), ledger=NAME,
        )  # fmt: skip
        return replace(made, **changes)

    def statement(self, event, iss, stream="registry", /, data=None, *, key=None, **changes) -> bytes:
        """Signed by the officer's key unless another is given."""
        _, payload = schemas.encode(build(EVENTS[event].cls, data or {}))
        return sign(self.claims(event, iss, stream, **changes), payload, key or key_of(f"{iss}/1"))

    def by_root(self, event: str, iss: str, /, data=None, **changes) -> bytes:
        changes.setdefault("key", key_of(f"{iss}/root"))
        return self.statement(event, iss, "registry", data, officer=f"{iss}/root", **changes)

    def registration(self, iss, name, purpose="sign", custody="agent", **changes) -> dict[str, object]:
        """The data of KeyRegistered for the test's key of that name."""
        key = key_of(name)
        data = {
            "agency": iss, "key_id": key.kid.hex(), "algorithm": "Ed25519", "public_key": key.public.hex(),
            "purpose": purpose, "custody": custody, "from": "2026-03-01", "officer": f"{iss}/1" if purpose == "sign" else None,
            "proof": keys.prove_possession(key, NAME, iss).hex(),
        }  # fmt: skip
        return {k: v for k, v in {**data, **changes}.items() if v is not None}

    # -- the door itself

    def submit(self, raw: bytes) -> Accepted:
        self.now += 1
        receipt = self.ledger.intake.submit(raw, now_ms=self.now)
        return Accepted(receipt, self.ledger._irregular(receipt))

    def do(self, *args, **kwargs) -> Accepted:
        return self.submit(self.statement(*args, **kwargs))

    def state(self) -> tuple[object, ...]:
        """Everything that a refusal must leave as it is."""
        self.ledger.catch_up()
        rows = [(e.index, e.statement, e.received_at_ms, e.leaf_hash) for e in self.ledger.entries()]
        return self.ledger.store.head(), rows, self.ledger.projections.digest()

    def refused(self, raw: bytes) -> tuple[str, str | None]:
        """Code and field of the refusal that these bytes meet, twice; nothing has changed by it."""
        before = self.state()
        found = set()
        for _ in range(2):  # a refused statement may be sent again, and is refused again
            with pytest.raises(Refusal) as refused:
                self.submit(raw)
            assert refused.value.message
            found.add((refused.value.code, refused.value.field))
        assert self.state() == before
        assert len(found) == 1
        return found.pop()


def found_ledger(door: Door) -> None:
    operator = key_of("operator")

    def by_operator(event, **data):
        door.do(event, "operator", "registry", data, key=operator)

    genesis = {
        "ledger_id": LEDGER_ID,
        "origin": ORIGIN,
        "log_key": "x+0+y",
        "operator_key": operator.public.hex(),
    }
    by_operator("LedgerCreated", **genesis)
    for agency, (kind, level, region, prefixes) in AGENCIES.items():
        data = {"id": agency, "kind": kind, "name": agency, "level": level, "region": region,
                "number_prefixes": prefixes, "root_key_id": key_of(f"{agency}/root").kid.hex()}  # fmt: skip
        by_operator("AgencyRegistered", **{k: v for k, v in data.items() if v is not None})
        door.submit(
            door.by_root("KeyRegistered", agency, door.registration(agency, f"{agency}/root", "root"))
        )
        appointed = {"officer": f"{agency}/1", "name": "示例", "from": "2026-03-01"}
        door.submit(door.by_root("OfficerAppointed", agency, appointed))
        door.submit(door.by_root("KeyRegistered", agency, door.registration(agency, f"{agency}/1")))
    by_operator("LedgerStarted", region="540100", on="2026-03-01")
    door.do("CaseFiled", "nr.lhasa", FILED, CASE_DATA)
