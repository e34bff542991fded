"""A province's copy of a region: what is let in, what is named, and that a kill leaves nothing half done."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from connectors.province import Message, RegionCopy, Trust
from domain.acts.registry import KeyRegistered
from domain.refusal import Refusal
from events import cbor, keys, opening, schemas
from events.signed import payload_of
from events.statement import Claims, decode, sign
from gongze.ledger import Ledger
from tests import ledger_fixture
from tests.provinces import LHASA, PROVINCE, RIKAZE, told

TOPIC = LHASA.topic
CASE = "case/拉自然资执〔2025〕81号"
WHOLE = 1 + 4 * 2 + 4 * 3 + 4 * 3 + 2 + 1 + 9
"""Genesis; four agencies, each with its root; each countersigned by the three others; officer, key and mode of each; two
packs; the start; the case. The province sees all of it."""


class World:
    """One city's ledger, what its topic tells the province, and what of it was handed over by hand."""

    def __init__(self, folder: Path) -> None:
        LHASA.make(folder / "ledger.db")
        with Ledger.open(ledger_fixture.settings(folder / "ledger.db")) as ledger:
            self.messages = told(ledger, PROVINCE)[PROVINCE]
            self.entries = list(ledger.entries())
        self.trust = Trust(LHASA.ledger, self.entries[0].commitment, PROVINCE, {})

    def at(self, index: int) -> Message:
        return next(m for m in self.messages if dict(m.headers)["index"] == str(index).encode())

    @property
    def first_of_case(self) -> int:
        return next(e.index for e in self.entries if e.stream == CASE)

    def with_other(self, index: int, message: Message | None) -> list[Message]:
        """The topic with another message in the place of one, or without it."""
        found = [message if m is self.at(index) else m for m in self.messages]
        return [replace(m, place=n) for n, m in enumerate(m for m in found if m is not None)]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("city"))


def taken(path, world, messages, trust=None):
    """Faults, and how many acts are shown whole, after taking these in."""
    with RegionCopy(path, trust or world.trust) as copy:
        copy.take(TOPIC, messages)
        return [(n.fault.code, n.fault.index) for n in copy.faults()], copy.extent().acts


def changed(message, **parts):
    """With another key or value, or other headers of these names."""
    given = {n: v for n, v in parts.items() if n in ("key", "value")}
    headers = {**dict(message.headers), **{n: v for n, v in parts.items() if n not in given}}
    return replace(message, headers=tuple(headers.items()), **given)


def remade(message, statement, index=None, version=None, prev=None):
    """The message of a forger who makes a leaf and an opening of his own, all of it consistent."""
    old_leaf, old = (
        opening.read_leaf(dict(message.headers)["R"]),
        opening.read_opening(dict(message.headers)["O"]),
    )
    opened = opening.opening(
        sha256(b"forged").digest(), old.stream, version or old.version, old.prev if prev is None else prev,
        sha256(statement).digest(),
    )  # fmt: skip
    at = old_leaf.index if index is None else index
    leaf = opening.leaf(at, old_leaf.received_at_ms, opening.commitment(opened))
    return changed(message, value=statement, R=leaf, O=opened, index=str(at).encode())


def signed_anew(statement: bytes, key: str, **claims: object) -> bytes:
    """The same payload, signed by another key, with other claims."""
    old = decode(statement)
    made: Claims = replace(old.claims, **claims)  # type: ignore[arg-type]
    return sign(made, old.payload, ledger_fixture.key_of(key))


def test_all_that_the_topic_tells_is_taken_and_nothing_is_wrong(tmp_path, world):
    assert taken(tmp_path / "c.db", world, world.messages) == ([], WHOLE)


def test_what_comes_again_and_what_is_not_this_ledgers_changes_nothing(tmp_path, world):
    again = [replace(m, place=m.place + len(world.messages)) for m in world.messages]
    foreign = [
        changed(replace(m, place=m.place + 1000), ce_source=b"gongze.example/elsewhere/" + b"0" * 64) for m in again
    ]  # fmt: skip
    answer = Message(2000, b"", b"{}", (("ce_type", b"gongze.refused"),))
    assert taken(tmp_path / "c.db", world, [*world.messages, *again, *foreign, answer]) == ([], WHOLE)


TAMPERED = {
    "a statement changed": ("commitment_mismatch", lambda w, m: changed(m, value=m.value[:-1] + bytes([m.value[-1] ^ 1]))),
    "another opening": ("commitment_mismatch", lambda w, m: changed(m, O=dict(w.messages[0].headers)["O"])),
    "no opening": ("opening_malformed", lambda w, m: changed(m, O=b"")),
    "a leaf that is none": ("opening_malformed", lambda w, m: changed(m, R=cbor.encode((1, 2, 3)))),
    "the key of another case": ("row_differs", lambda w, m: changed(m, key=b"case/x")),
    "the index of another": ("row_differs", lambda w, m: changed(m, index=b"5")),
    "no index that is a number": ("row_differs", lambda w, m: changed(m, index="四".encode())),
    "signed by nobody's key": ("key_unknown", lambda w, m: remade(m, signed_anew(m.value, "a stranger"))),
    "signed by another agency": (
        "key_unknown", lambda w, m: remade(m, signed_anew(m.value, "court.chengguan/1")),
    ),
    "an act that is not that agency's": (
        "not_authorised",
        lambda w, m: remade(
            m, signed_anew(m.value, "court.chengguan/1", iss="court.chengguan", officer="court.chengguan/1")
        ),
    ),
    "a signature that is none": (
        "signature_invalid", lambda w, m: remade(m, m.value[:-1] + bytes([m.value[-1] ^ 1])),
    ),
    "of another ledger": (
        "schema_invalid", lambda w, m: remade(m, signed_anew(m.value, "nr.lhasa/1", ledger=RIKAZE.ledger)),
    ),
    "of another case": ("row_differs", lambda w, m: remade(m, signed_anew(m.value, "nr.lhasa/1", sub="case/x"))),
    "no statement": ("schema_invalid", lambda w, m: remade(m, b"\x00")),
}  # fmt: skip


@pytest.mark.parametrize("case", TAMPERED)
def test_a_message_that_was_tampered_with_is_named_and_left_out(tmp_path, world, case):
    code, tamper = TAMPERED[case]
    messages = world.with_other(world.first_of_case, tamper(world, world.at(world.first_of_case)))
    faults, acts = taken(tmp_path / "c.db", world, messages)
    # the one after it names the hole; the rest of the case and all else is taken
    index = {"row_differs": faults[0][1]}.get(code, world.first_of_case)
    assert faults == [(code, index), ("version_gap", world.first_of_case + 1)]
    assert acts == WHOLE - 1


def test_a_message_that_is_gone_leaves_a_hole_that_is_named(tmp_path, world):
    messages = world.with_other(world.first_of_case + 1, None)
    assert taken(tmp_path / "c.db", world, messages) == (
        [("version_gap", world.first_of_case + 2)],
        WHOLE - 1,
    )


def test_a_hole_is_filled_by_the_act_that_the_next_one_names_and_by_no_other(tmp_path, world):
    lacking = world.at(world.first_of_case + 1)
    messages = world.with_other(world.first_of_case + 1, None)
    forged, true = replace(remade(lacking, lacking.value), place=900), replace(lacking, place=901)
    gap = ("version_gap", world.first_of_case + 2)
    broken = ("chain_broken", world.first_of_case + 1)
    assert taken(tmp_path / "c.db", world, [*messages, forged]) == ([gap, broken], WHOLE - 1)
    assert taken(tmp_path / "c.db", world, [true]) == ([gap, broken], WHOLE)


def test_a_signer_who_saw_another_history_is_named(tmp_path, world):
    second = world.at(world.first_of_case + 1)
    other = remade(second, signed_anew(second.value, "nr.lhasa/1", seen=(1, b"x" * 32)))
    faults, _ = taken(tmp_path / "c.db", world, world.with_other(world.first_of_case + 1, other))
    assert faults[0] == ("stale_view", world.first_of_case + 1)


def test_another_act_in_the_place_of_one_is_no_better_than_the_first(tmp_path, world):
    last = world.messages[-1]
    other = replace(remade(last, last.value), place=last.place + 1)
    assert taken(tmp_path / "c.db", world, [*world.messages, other]) == ([
        ("receipt_contradicted", world.entries[-1].index)], WHOLE)  # fmt: skip
    behind = replace(remade(last, last.value, index=99), place=last.place + 1)
    faults, acts = taken(tmp_path / "d.db", world, [*world.messages, behind])
    assert (faults, acts) == ([("chain_broken", 99)], WHOLE)
    astray = replace(
        remade(last, signed_anew(last.value, "court.chengguan/1", cti=keys.new_cti(1, b"forged act")), index=99, version=10, prev=b"x" * 32),
        place=last.place + 1,
    )  # fmt: skip
    assert taken(tmp_path / "f.db", world, [*world.messages, astray]) == ([("chain_broken", 99)], WHOLE)
    leaf = opening.read_leaf(dict(last.headers)["R"])
    again = replace(
        remade(last, last.value, index=99, version=10, prev=leaf.commitment), place=last.place + 1
    )
    assert taken(tmp_path / "e.db", world, [*world.messages, again]) == ([("duplicate", 99)], WHOLE)


def test_a_ledger_that_is_not_the_one_handed_over_is_not_taken_at_all(tmp_path, world):
    for trust in (replace(world.trust, genesis=sha256(b"another").digest()),):
        faults, acts = taken(tmp_path / "c.db", world, world.messages, trust)
        assert faults[0] == ("genesis_differs", 0)
        assert acts == 0


def test_a_root_key_that_is_not_the_one_compared_on_paper_registers_nobody(tmp_path, world):
    trust = replace(world.trust, roots={"nr.lhasa": "0" * 64})
    faults, acts = taken(tmp_path / "c.db", world, world.messages, trust)
    assert faults[0][0] == "root_key_differs"
    assert acts < 10  # nothing of the registry after it, and of the case nothing
    true = replace(world.trust, roots={"nr.lhasa": ledger_fixture.key_of("nr.lhasa/root").kid.hex()})
    assert taken(tmp_path / "d.db", world, world.messages, true) == ([], WHOLE)


def test_whoever_writes_the_topic_cannot_register_a_key_of_his_own(tmp_path, world):
    """He makes the registry go on by himself, with the operator's name and all that follows consistent."""
    last = next(e for e in reversed(world.entries) if e.stream == "registry")
    known = world.at(last.index)
    forged = signed_anew(known.value, "a stranger")
    message = remade(known, forged, index=99, version=last.version + 1, prev=last.commitment)
    faults, acts = taken(tmp_path / "c.db", world, [*world.messages, replace(message, place=900)])
    assert (faults, acts) == ([("key_unknown", 99)], WHOLE)


def test_nor_can_he_register_a_root_key_for_an_agency(tmp_path, world):
    """A root key signs its own registration: only that it is the one of the agency's registration stands against it."""
    last = next(e for e in reversed(world.entries) if e.stream == "registry")
    true = next(e for e in world.entries if e.topic == "KeyRegistered" and e.iss == "nr.lhasa")
    known, stranger = decode(true.statement), ledger_fixture.key_of("a stranger")
    event, _ = payload_of(known)
    assert isinstance(event, KeyRegistered)
    forged = replace(
        event, key_id=stranger.kid.hex(), public_key=stranger.public.hex(),
        proof=keys.prove_possession(stranger, world.trust.ledger, "nr.lhasa").hex(),
    )  # fmt: skip
    schema, payload = schemas.encode(forged)
    statement = sign(
        replace(known.claims, schema=schema, cti=keys.new_cti(1, b"forged act")), payload, stranger
    )
    at = world.at(last.index)
    message = remade(at, statement, index=99, version=last.version + 1, prev=last.commitment)
    faults, acts = taken(tmp_path / "c.db", world, [*world.messages, replace(message, place=900)])
    assert (faults, acts) == ([("not_authorised", 99)], WHOLE)


def test_a_copy_that_was_begun_with_another_trust_is_not_taken_for_this_one(tmp_path, world):
    taken(tmp_path / "c.db", world, world.messages)
    for trust in (
        replace(world.trust, genesis=sha256(b"x").digest()),
        replace(world.trust, agency="nr.lhasa"),
    ):
        with pytest.raises(Refusal) as refused:
            RegionCopy(tmp_path / "c.db", trust)
        assert refused.value.code == "regions_unusable"


def test_what_is_broken_off_is_taken_whole_the_next_time(tmp_path, world):
    class BrokenOffError(Exception):
        pass

    class Batch(list[Message]):
        def __iter__(self):
            yield from self[:20]
            raise BrokenOffError

    with RegionCopy(tmp_path / "c.db", world.trust) as copy:
        with pytest.raises(BrokenOffError):
            copy.take(TOPIC, Batch(world.messages))
        assert (copy.position(TOPIC), copy.extent().acts) == (0, 0)
        copy.take(TOPIC, world.messages[:20])  # with the same registry in memory as on disk
        assert copy.position(TOPIC) == 20
        with RegionCopy(
            tmp_path / "c.db", world.trust
        ) as other:  # two at once: each takes what the other has not
            other.take(TOPIC, world.messages[20:30])
            copy.take(TOPIC, world.messages[20:])
        assert (copy.position(TOPIC), copy.extent().acts, copy.faults()) == (len(world.messages), WHOLE, [])
    assert (tmp_path / "c.db").stat().st_size < 1 << 20
