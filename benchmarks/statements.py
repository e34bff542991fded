"""Signed statements by the hundred thousand, for what is measured with large files.

Each case has five acts: filed, ordered to stop, decided, served, demanded. What is signed is what an agency's client
would sign that had been off line for a year: nothing of the ledger seen, references by the ids of its own acts.
"""

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from domain.acts import EVENTS
from domain.forms import build
from domain.values import Ref
from events import schemas
from events.keys import SigningKey, new_cti
from events.statement import Claims, sign

ACTS_A_CASE = 5
AGENCY = "nr.lhasa"
OFFICER = f"{AGENCY}/1"
BEGAN_MS = 1_740_000_000_000
CASE = {
    "title": "未批先占建设厂房案", "parties": [{"name": "某某建材有限公司"}], "violation": "unapproved_land_use",
    "source": "patrol", "place": {"region": "540102", "address": "示例街道示例村一组", "area_m2": "1200.00"},
}  # fmt: skip


def statements(
    ledger: str, keys: Path, acts: int, series: str = "0", of_each: int = ACTS_A_CASE
) -> Iterator[bytes]:
    """So many statements for a demonstration ledger, the first few of each case; another `series`: other cases."""
    key = SigningKey.load(keys / f"{OFFICER}.key", None)
    for number in range(-(-acts // of_each)):
        yield from _case(ledger, key, series, number, min(of_each, acts - number * of_each))


def _case(ledger: str, key: SigningKey, series: str, number: int, of_it: int) -> list[bytes]:
    ids = [
        new_cti(BEGAN_MS + number, hashlib.sha256(f"{series}/{number}/{n}".encode()).digest()[:10])
        for n in range(ACTS_A_CASE)
    ]
    decision = Ref(act=ids[2].hex())
    acts = (
        ("CaseFiled", date(2025, 2, 20), CASE),
        ("NoticeIssued", date(2025, 2, 21), {"notice": "stop_violation", "notice_no": f"停字{number}号"}),
        ("PenaltyDecided", date(2025, 4, 10), {
            "decision_no": f"拉自然资罚〔2025〕{series}{number}号", "items": [
                {"kind": "demolish", "what": "拆除违法建筑"}, {"kind": "fine", "amount_yuan": "24000.00"}]}),
        ("PenaltyServed", date(2025, 4, 11), {"decision_no": decision, "method": "direct"}),
        ("PerformanceDemanded", date(2025, 11, 3), {"decision_no": decision}),
    )  # fmt: skip
    made = []
    for cti, (name, day, data) in list(zip(ids, acts, strict=True))[:of_it]:
        schema, payload = schemas.encode(build(EVENTS[name].cls, data))
        claims = Claims(
            iss=AGENCY, sub=f"case/拉自然资执〔2025〕{series}-{number}号", cti=cti, officer=OFFICER, event=name,
            schema=schema, occurred_on=day, seen=(0, b""), ledger=ledger,
        )  # fmt: skip
        made.append(sign(claims, payload, key))
    return made
