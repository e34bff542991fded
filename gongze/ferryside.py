"""The agency's side of the ferry: an officer signs against the agency's own copy, without a ledger at hand."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from connectors.ferry.partner import Card, Partner
from domain import dossiers
from domain.entries import Dossier
from domain.refusal import Refusal
from domain.registry import OPERATOR, Registry
from events.history import act_of
from events.statement import AFTER_MAX, decode
from gongze.ferry import log_public
from gongze.ledger import Ledger
from gongze.script import Keys, Line, signed

CARD_MAX = 10_000


@dataclass
class PartnerPast:
    """The past as far as the agency was shown it; what it signed and has no receipt for yet counts for references."""

    partner: Partner

    def registry(self) -> Registry:
        return self.partner.history.registry()

    def view(self, stream: str, registry: Registry) -> tuple[Dossier | None, tuple[int, bytes]]:
        history = self.partner.history
        seen = history.store.stream_head(stream)
        if stream.partition("/")[0] not in dossiers.STREAMS:
            return None, seen
        dossier = history.dossier(stream, registry).dossier
        for raw in self.partner.waiting(stream):
            dossier = dossiers.evolve(dossier, act_of(decode(raw), received_at_ms=0), registry)
        return dossier, seen

    def unanswered(self, stream: str) -> tuple[bytes, ...]:
        return tuple(decode(raw).claims.cti for raw in self.partner.waiting(stream)[-AFTER_MAX:])


def sign_line(partner: Partner, line: Line, keys: Keys) -> tuple[str, bool]:
    """Sign a line and put it with what is to be sent: its id, and whether it was not there yet. Raises Refusal."""
    past = PartnerPast(partner)
    genesis = past.registry().genesis
    if genesis is None:
        raise Refusal("bundle_missing", "还没有收到过台账的包，请先打开第一个包", "--at")
    if line.received_at is not None:
        raise Refusal("schema_invalid", "摆渡的声明由台账记收到时间，请去掉 received_at", "received_at")
    if line.actor != partner.card.agency or line.actor == OPERATOR:
        raise Refusal("not_authorised", f"这个文件夹只签 {partner.card.agency} 的声明", "actor")
    cti = line.cti(genesis.name)
    waiting = {decode(raw).claims.cti for raw in partner.waiting(line.stream)}
    # signed before: signing anew would name it as what it depends on
    return cti.hex(), cti not in waiting and partner.enter(signed(past, line, keys))


# -- the card


def card_of(ledger: Ledger, agency: str) -> dict[str, str]:
    """What the ledger's keeper hands to an agency. Raises Refusal("agency_unknown")."""
    registry = ledger.registry()
    if agency not in registry.agencies:
        raise Refusal("agency_unknown", f"没有登记机关“{agency}”，请写机构代码", "--to")
    assert registry.genesis is not None
    first = ledger.store.read(after=-1, limit=1)[0]
    return {
        "ledger": registry.genesis.name, "log_key": registry.genesis.log_key, "agency": agency,
        "genesis": first.commitment.hex(),
    }  # fmt: skip


def read_card(path: Path) -> Card:
    """Raises Refusal("card_unusable"), OSError."""
    with path.open("rb") as file:
        raw = file.read(CARD_MAX + 1)
    try:
        data = json.loads(raw) if len(raw) <= CARD_MAX else None
    except (ValueError, RecursionError):
        data = None
    names = ("ledger", "log_key", "agency")
    if not isinstance(data, Mapping) or not all(isinstance(data.get(n), str) and data[n] for n in names):
        raise Refusal(
            "card_unusable", f"{path} 不是台账卡，请向台账运行单位索取（gongze ferry card）", "CARD"
        )
    return Card(data["ledger"], log_public(data["log_key"]), data["agency"])


def shown(partner: Partner) -> dict[str, Any]:
    """How a folder stands, for people and as JSON."""
    standing = partner.standing()
    leaves, openings, statements = partner.count()
    return {
        "ledger": partner.card.ledger, "agency": partner.card.agency, "epoch": standing.epoch,
        "highest": standing.highest, "missing": list(standing.missing),
        "known": {"size": standing.known.size, "root": standing.known.root.hex()},
        "leaves": leaves, "openings": openings, "statements": statements,
        "waiting": [decode(raw).id for raw in partner.waiting()],
        "refused": [
            {"id": cti, "code": code, "message": message, "field": name}
            for cti, code, message, name in partner.refused()
        ],
        "faults": [asdict(fault) for fault in standing.faults],
    }  # fmt: skip
