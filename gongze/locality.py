"""Founding a ledger: its genesis, and for demonstrations the sample locality with all its keys.

Agencies and places of the sample are real kinds at invented posts; the park and its code 540199 are invented.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from domain.acts import EVENTS
from domain.duties import Pack
from domain.forms import build
from domain.values import milliseconds, parse_moment
from events import keys, schemas
from events.keys import SigningKey
from events.statement import Claims, sign
from gongze.ledger import Ledger
from gongze.packs import read_pack, shipped

DEMO_FROM = "2024-01-01T00:00:00+08:00"
DEMO_ORIGIN = "gongze.example/lhasa"
CITY = "540100"

PLACES = {
    "xizang": ("540000", "province", "西藏自治区", None),
    "lhasa": ("540100", "city", "拉萨市", "xizang"),
    "chengguan": ("540102", "county", "城关区", "lhasa"),
    "duilong": ("540103", "county", "堆龙德庆区", "lhasa"),
    "dagze": ("540104", "county", "达孜区", "lhasa"),
    "lhasa-park": ("540199", "park", "拉萨示例园区", "lhasa"),
}
KINDS = {
    "nr": "自然资源局", "court": "人民法院", "procuratorate": "人民检察院", "police": "公安局",
    "discipline": "纪委监委", "government": "人民政府",
}  # fmt: skip
PREFIXES = {"lhasa": "拉", "chengguan": "城", "duilong": "堆", "lhasa-park": "园", "dagze": "达"}
PARK_KINDS = ("nr", "government")
PARK_ROUTES = (
    ("court", "non_litigation"), ("court", "lawsuit"), ("procuratorate", "non_litigation"),
    ("procuratorate", "supervision"), ("procuratorate", "crime"), ("police", "crime"), ("discipline", "discipline"),
)  # fmt: skip


Secrets = Callable[[str], bytes]
"""32 bytes for each name: what a key, or the ledger's id, is made of."""


def fresh(_name: str) -> bytes:
    """What nobody can guess, another time something else."""
    return secrets.token_bytes(32)


@dataclass
class Founder:
    """Signs and appends the founding acts of one ledger, in order."""

    ledger: Ledger
    name: str
    received_at_ms: int | None
    occurred_on: date
    seen: tuple[int, bytes] = (0, b"")
    made: list[bytes] = field(default_factory=list)

    def act(self, event: str, iss: str, officer: str, key: SigningKey, /, **data: Any) -> None:
        """Append one registry act signed by `key`."""
        built = build(EVENTS[event].cls, {k.rstrip("_"): v for k, v in data.items()})
        schema, payload = schemas.encode(built)
        number = len(self.made)
        moment = self.received_at_ms if self.received_at_ms is not None else self.ledger.now_ms()
        seed = hashlib.sha256(f"{self.name}|{number}|{event}|{iss}".encode()).digest()
        claims = Claims(
            iss=iss, sub="registry", cti=keys.new_cti(moment, seed[:10]), officer=officer, event=event,
            schema=schema, occurred_on=self.occurred_on, seen=self.seen, ledger=self.name,
        )  # fmt: skip
        entry = self.ledger.submit(sign(claims, payload, key), self.received_at_ms).receipt.entry
        self.seen = (entry.version, entry.commitment)
        self.made.append(entry.commitment)


def found(
    ledger: Ledger,
    operator: SigningKey,
    log_key: str,
    origin: str,
    *,
    demo: bool,
    received_at_ms: int | None = None,
    secret: Secrets = fresh,
) -> Founder:
    """Append the genesis and return the founder for what follows."""
    ledger_id = secret("ledger").hex()
    moment = received_at_ms if received_at_ms is not None else ledger.now_ms()
    from domain.values import day_of

    founder = Founder(ledger, f"{origin}/{ledger_id}", received_at_ms, day_of(moment))
    founder.act(
        "LedgerCreated", "operator", "operator/1", operator,
        ledger_id=ledger_id, origin=origin, log_key=log_key, operator_key=operator.public.hex(), demo=demo,
    )  # fmt: skip
    return founder


def adopt_packs(
    founder: Founder, operator: SigningKey, contents: list[bytes], region: str, valid_from: date
) -> list[Pack]:
    """Keep the packs' files in the ledger and adopt them for a region."""
    packs = []
    for content in contents:
        pack = read_pack(content, "规则包")
        founder.ledger.store.put_document(bytes.fromhex(pack.digest), content)
        founder.act(
            "PackAdopted", "operator", "operator/1", operator,
            pack=pack.id, version=pack.version, digest=pack.digest, region=region, from_=valid_from.isoformat(),
        )  # fmt: skip
        packs.append(pack)
    return packs


def sample_agencies() -> Iterator[dict[str, Any]]:
    """The agencies of the sample locality, superiors first, as data of AgencyRegistered without root keys."""
    for place, (region, level, place_zh, parent) in PLACES.items():
        for kind, kind_zh in KINDS.items():
            if place == "lhasa-park" and kind not in PARK_KINDS:
                continue
            agency: dict[str, Any] = {
                "id": f"{kind}.{place}", "kind": kind, "name": f"{place_zh}{kind_zh}", "level": level, "region": region,
            }  # fmt: skip
            if parent is not None:
                agency["parent"] = f"{kind}.{parent}"
            if kind == "nr" and place in PREFIXES:
                agency["number_prefixes"] = [PREFIXES[place]]
            yield agency


def sample_keys(secret: Secrets = fresh) -> dict[str, SigningKey]:
    """Every key of the sample locality: the operator's, and each agency's root and first officer's."""
    ids = [agency["id"] for agency in sample_agencies()]
    names = ["operator/1", *(f"{a}/root" for a in ids), *(f"{a}/1" for a in ids)]
    return {name: SigningKey(secret(name)) for name in names}


def found_sample(
    ledger: Ledger, own: Mapping[str, SigningKey], log_key: str, secret: Secrets = fresh
) -> None:
    """Found a demonstration ledger: the sample locality, whose keys (`sample_keys`) are kept by the caller.

    All founding acts are received on 2024-01-01T00:00:00+08:00, whatever the clock says.
    """
    received = milliseconds(parse_moment(DEMO_FROM))
    start = parse_moment(DEMO_FROM).date()
    day = start.isoformat()
    operator = own["operator/1"]
    founder = found(ledger, operator, log_key, DEMO_ORIGIN, demo=True, received_at_ms=received, secret=secret)
    agencies = list(sample_agencies())
    ids = [a["id"] for a in agencies]
    roots = {a: own[f"{a}/root"] for a in ids}
    officers = {a: own[f"{a}/1"] for a in ids}

    def by_operator(event: str, /, **data: Any) -> None:
        founder.act(event, "operator", "operator/1", operator, **data)

    for agency in agencies:
        by_operator("AgencyRegistered", **agency, root_key_id=roots[agency["id"]].kid.hex())
    for agency_id in ids:
        _register(founder, agency_id, roots[agency_id], roots[agency_id], "root", None, day)
    parents = {a["id"]: a.get("parent") for a in agencies}
    for agency_id in ids:
        for signer in _countersigners(agency_id, parents):
            founder.act(
                "AgencyCountersigned", signer, f"{signer}/root", roots[signer],
                agency=agency_id, key_id=roots[agency_id].kid.hex(),
            )  # fmt: skip
    for agency_id in ids:
        officer = f"{agency_id}/1"
        founder.act(
            "OfficerAppointed", agency_id, f"{agency_id}/root", roots[agency_id],
            officer=officer, name="示例联络员", from_=day,
        )  # fmt: skip
        _register(founder, agency_id, roots[agency_id], officers[agency_id], "sign", officer, day)
        by_operator("ParticipationSet", agency=agency_id, mode="signing", from_=day)
    for kind, matter in PARK_ROUTES:
        by_operator(
            "RouteSet", region="540199", kind=kind, matter=matter, agency=f"{kind}.duilong", from_=day
        )
    for pack in adopt_packs(founder, operator, [content for content, _ in shipped().values()], CITY, start):
        for signer in ("nr.lhasa", "procuratorate.lhasa"):
            founder.act(
                "PackCountersigned", signer, f"{signer}/root", roots[signer],
                pack=pack.id, version=pack.version, digest=pack.digest, region=CITY,
            )  # fmt: skip
    by_operator("LedgerStarted", region=CITY, on=day)


def _register(
    founder: Founder,
    agency: str,
    root: SigningKey,
    key: SigningKey,
    purpose: str,
    officer: str | None,
    day: str,
) -> None:
    founder.act(
        "KeyRegistered", agency, f"{agency}/root", root,
        agency=agency, key_id=key.kid.hex(), algorithm="Ed25519", public_key=key.public.hex(), purpose=purpose,
        custody="agent", from_=day, officer=officer,
        proof=keys.prove_possession(key, founder.name, agency).hex(),
    )  # fmt: skip


def _countersigners(agency: str, parents: dict[str, str | None]) -> list[str]:
    """The superior, or for those at the top two other agencies of their level."""
    parent = parents[agency]
    if parent is not None:
        return [parent]
    peers = [a for a, p in parents.items() if p is None and a != agency]
    return peers[:2]
