"""Sealed fields: what a statement holds in their place, found wherever they are, and what the ledger takes in."""

import hashlib
import json
from dataclasses import replace
from functools import cache
from typing import Any

import cbor2
import pytest

from domain.acts import EVENTS, Event
from domain.forms import build, fields_of, plain
from domain.refusal import Refusal
from domain.registry import Registry
from events.sealing import check, commitment, demonstration_salt, sealed
from gongze.ledger import Ledger
from gongze.settings import load
from tests.doors import CASE_DATA, EMPTY, FILED, Door, found_ledger
from tests.unit.domain.test_disclosure import data_of
from tests.worlds import founded

CTI = bytes(range(16))
MADE = "sha256:" + "ab" * 32
ID_NO = "540102199001011234"
PARTIES = [{"name": "张某", "id_no": ID_NO}, {"name": "甲公司"}, {"name": "李某", "id_no": ID_NO}]


@cache
def real() -> Registry:
    genesis = founded().genesis
    assert genesis is not None
    return replace(founded(), genesis=replace(genesis, demo=False))


def filing(parties: list[dict[str, Any]] = PARTIES) -> Event:
    return build(EVENTS["CaseFiled"].cls, {**CASE_DATA, "parties": parties})


def referral(**changes: Any) -> Event:
    data = {
        "referral_no": "移1",
        "to": "discipline.lhasa",
        "subjects": "某科长",
        "content": "收受礼金",
        **changes,
    }
    return build(EVENTS["DisciplineClueReferred"].cls, data)


def correction(**data: Any) -> Event:
    return build(EVENTS["StatementCorrected"].cls, {"of": "0" * 32, "reason": "误", "data": data})


def refused(event: Event, registry: Registry, act: Any = check) -> tuple[str, str | None]:
    with pytest.raises(Refusal) as found:
        act(event, registry) if act is check else act(event, registry, CTI)
    assert found.value.message
    return found.value.code, found.value.field


# --- the commitment -----------------------------------------------------------------------------------------


def test_a_commitment_is_the_hash_of_salt_and_value():
    """Counted by `sha256sum` over the 32 bytes 00 … 1f and the 18 digits."""
    expected = "bf84971cdad007b42899c59dcfb13e4525ed5c33f2acf89689dca10a1e82a442"
    assert commitment(ID_NO, bytes(range(32))) == "sha256:" + expected


def by_hand(value: str, path: str, cti: bytes = CTI) -> str:
    """The page's formula with another CBOR codec."""
    ledger = "gongze.example/lhasa/" + "0" * 64
    salt = hashlib.sha256(cbor2.dumps(["gongze demonstration salt", ledger, cti, path])).digest()
    return "sha256:" + hashlib.sha256(salt + value.encode("utf-8")).hexdigest()


def test_the_salt_of_a_demonstration_is_counted_from_ledger_statement_and_path():
    one = demonstration_salt("a", CTI, "content")
    others = {
        demonstration_salt("b", CTI, "content"), demonstration_salt("a", bytes(16), "content"),
        demonstration_salt("a", CTI, "subjects"),
    }  # fmt: skip
    assert len(one) == 32
    assert len(others | {one}) == 4
    assert demonstration_salt("a", CTI, "content") == one


# --- the client ---------------------------------------------------------------------------------------------


def test_clear_text_becomes_a_commitment_also_within_records():
    made: Any = sealed(filing(), founded(), CTI)
    assert [p.id_no for p in made.parties] == [
        by_hand(ID_NO, "parties.0.id_no"),
        None,
        by_hand(ID_NO, "parties.2.id_no"),
    ]
    assert made.parties[0].id_no != made.parties[2].id_no  # the same value twice is not seen to be the same
    assert [p.name for p in made.parties] == ["张某", "甲公司", "李某"]
    assert sealed(filing(), founded(), CTI) == made  # the same script gives the same bytes


def test_a_sealed_value_may_be_a_json_object_in_its_one_spelling():
    made: Any = sealed(referral(content={"乙": 1, "甲": [True]}), founded(), CTI)
    assert made.content == by_hand('{"乙":1,"甲":[true]}', "content")
    assert made.subjects == by_hand("某科长", "subjects")
    assert made.related is None


def test_what_is_a_commitment_already_stays():
    made: Any = sealed(referral(content=MADE), founded(), CTI)
    assert made.content == MADE


def test_a_correction_seals_what_it_replaces():
    made: Any = sealed(correction(parties=PARTIES, title="另案"), founded(), CTI)
    data = json.loads(made.data)
    assert data["title"] == "另案"
    assert [p.get("id_no") for p in data["parties"]] == [
        by_hand(ID_NO, "data.parties.0.id_no"), None, by_hand(ID_NO, "data.parties.2.id_no"),
    ]  # fmt: skip
    assert ID_NO not in made.data
    parties_of_a_decision = correction(parties=["1", "2"], occurred_on="2026-01-01", place=None)
    assert sealed(parties_of_a_decision, founded(), CTI) is parties_of_a_decision


def test_a_correction_with_a_sealed_value_of_no_form_is_refused():
    event = correction(parties=[{"name": "张某", "id_no": 5}])
    assert refused(event, founded(), sealed) == ("schema_invalid", "data.parties.0.id_no")
    assert refused(event, founded()) == ("schema_invalid", "data.parties.0.id_no")


def test_an_event_without_sealed_fields_stays_as_it_is():
    event = build(EVENTS["CaseClosed"].cls, {"reason": "执行完毕"})
    assert sealed(event, real(), CTI) is event
    plain_parties = filing([{"name": "甲公司"}])
    assert sealed(plain_parties, real(), CTI) == plain_parties
    check(plain_parties, real())


# --- the door -----------------------------------------------------------------------------------------------


def sealed_fields() -> list[tuple[str, str]]:
    """Each event that holds a sealed field, and the path of one."""
    found = []
    for kind in EVENTS.values():
        for name, field in fields_of(kind.cls).items():
            inner = field.item or field
            if inner.form == "sealed":
                found.append((kind.name, name))
            elif inner.record is not None:
                for below, of in fields_of(inner.record).items():
                    if of.form == "sealed":
                        found.append((kind.name, f"{name}.0.{below}" if field.item else f"{name}.{below}"))
    return found


def with_value(type_: str, path: str, value: str) -> Event:
    data = data_of(EVENTS[type_].cls, "discipline.lhasa", "0" * 32)
    where: Any = data
    *above, last = path.split(".")
    for step in above:
        where = where[int(step)] if step.isdigit() else where[step]
    where[last] = value
    return build(EVENTS[type_].cls, data)


@pytest.mark.parametrize(("type_", "path"), sealed_fields())
def test_every_sealed_field_of_every_event_is_found(type_, path):
    assert refused(with_value(type_, path, "明文"), founded()) == ("schema_invalid", path)
    clear = with_value(type_, path, "明文")
    made = sealed(clear, founded(), CTI)
    assert "明文" not in json.dumps(plain(made), ensure_ascii=False)
    check(made, founded())
    for event in (clear, made):
        assert refused(event, real())[0] == "sealed_unavailable"
        assert refused(event, real(), sealed)[0] == "sealed_unavailable"


def test_the_sealed_fields_are_those_that_the_page_names():
    assert set(sealed_fields()) >= {
        ("CaseFiled", "parties.0.id_no"), ("CaseCarriedForward", "parties.0.id_no"),
        ("DisciplineClueReferred", "subjects"), ("DisciplineClueReferred", "content"),
        ("DisciplineClueReferred", "related"), ("AccountabilityReported", "outcome"),
        ("DisciplineCheckConcluded", "findings"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "value", ["明文", "sha256:" + "AB" * 32, "sha256:" + "ab" * 31, MADE + "\n", "x" + MADE, "ab" * 32]
)
def test_nothing_but_a_commitment_of_the_one_spelling_goes_in(value):
    assert refused(correction(parties=[{"name": "张某", "id_no": value}]), founded()) == (
        "schema_invalid", "data.parties.0.id_no",
    )  # fmt: skip


def test_a_real_ledger_takes_no_sealed_field_even_from_another_client(tmp_path):
    with Ledger.create(load({"GONGZE_DATABASE_URL": f"sqlite:///{tmp_path}/ledger.db"})) as ledger:
        door = Door(ledger)
        found_ledger(door)
        data = {**CASE_DATA, "parties": [{"name": "张某", "id_no": MADE}]}
        raw = door.statement("CaseFiled", "nr.lhasa", EMPTY, data)
        assert door.refused(raw) == ("sealed_unavailable", "parties.0.id_no")
        clear = door.statement(
            "CaseFiled", "nr.lhasa", EMPTY, {**CASE_DATA, "parties": [{"name": "张某", "id_no": ID_NO}]}
        )
        assert door.refused(clear) == ("sealed_unavailable", "parties.0.id_no")
        of = next(e for e in ledger.entries() if e.stream == FILED).cti.hex()
        corrected = {"of": of, "reason": "补记", "data": {"parties": [{"name": "甲公司", "id_no": ID_NO}]}}
        raw = door.statement("StatementCorrected", "nr.lhasa", FILED, corrected)
        assert door.refused(raw) == ("sealed_unavailable", "data.parties.0.id_no")
        assert door.do("CaseFiled", "nr.lhasa", EMPTY, CASE_DATA).receipt.entry.index
