"""One agency far away, files that are lost, repeated, put in another order and copied by half: in the end both have
the same, and every act once."""

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.ferry import bundles
from connectors.ferry.bundles import EMPTY_ROOT, Address, Answer, Extent
from connectors.ferry.partner import Card, Partner
from domain.refusal import Refusal
from domain.values import parse_moment
from events import opening
from events.logroot import LogRoot
from events.statement import decode
from gongze.ferry import Ferry, log_public
from gongze.ferryside import sign_line
from gongze.ledger import Ledger
from gongze.script import parse, replay_line
from gongze.settings import Settings
from tests.end_to_end.conftest import FILING, line
from tests.ledger_fixture import START, FixtureKeys, found, key_of, settings

AWAY, HERE = "nr.lhasa", "court.chengguan"
CHOSEN = key_of("away/encrypt")
TIMES, MANY = 200, 5_000
LIMIT = 12_000
"""A file holds some ten acts: what is all is several files."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A founded ledger with its key, whose agency far away has registered what its bundles are sealed to."""
    folder = tmp_path_factory.mktemp("ferry")
    with Ledger.create(settings(folder / "ledger.db")) as ledger:
        found(ledger)
        replay_line(ledger, 1, _registration(ledger), _Root())
        ledger.catch_up()
    key_of("log").save(folder / "log.key", None)
    return folder


class _Root(FixtureKeys):
    def for_line(self, line, event):
        return key_of(f"{line.actor}/root"), f"{line.actor}/root"


def _registration(ledger: Ledger) -> bytes:
    from events.keys import prove_possession

    genesis = ledger.registry().genesis
    assert genesis is not None
    data = {
        "agency": AWAY, "key_id": CHOSEN.kid.hex(), "algorithm": "Ed25519", "public_key": CHOSEN.public.hex(),
        "purpose": "encrypt", "custody": "file", "from": START, "proof": prove_possession(CHOSEN, genesis.name, AWAY).hex(),
    }  # fmt: skip
    return line("KeyRegistered", AWAY, START, data, case="registry").encode()


class _Unusable(Exception):
    """A file that came by half."""


@contextmanager
def only_unusable() -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        if refusal.code not in ("bundle_unusable", "bundle_stale"):
            raise
        raise _Unusable from None


class Exchange:
    """Both sides, and what lies between them."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.folder, self.chance = folder, chance
        self.out, self.back, self.disc = folder / "out", folder / "back", folder / "disc"
        for made in (self.out, self.back, self.disc):
            made.mkdir()
        self.settings: Settings = replace(
            settings(folder / "ledger.db"), now=parse_moment("2026-03-20T18:00:00+08:00")
        )
        self.signed: list[bytes] = []
        self.numbers = 0
        self.ledger = Ledger.open(self.settings)
        self.ferry = Ferry(self.ledger)
        genesis = self.ferry.genesis
        Partner.join(folder / "away", Card(genesis.name, log_public(genesis.log_key), AWAY), 1)
        self.partner = Partner(folder / "away")

    def close(self) -> None:
        for side in (self.partner, self.ferry, self.ledger):
            side.close()

    # -- what is done on either side

    def export(self) -> list[Path]:
        return [made.path for made in self.ferry.export(AWAY, self.out, LIMIT)]

    def open(self, files: list[Path]) -> None:
        for file in files:
            with suppress(_Unusable), only_unusable():
                self.partner.take(file.read_bytes(), CHOSEN)
        assert self.partner.standing().faults == ()

    def sign(self) -> None:
        """A case of its own, or a notice in one."""
        if self.partner.history.registry().genesis is None:
            return  # nothing has come yet
        for raw in self._lines():
            sign_line(self.partner, parse(1, raw), FixtureKeys())
        self.signed = list(dict.fromkeys([*self.signed, *self.partner.waiting()]))

    def _lines(self) -> Iterator[bytes]:
        for _ in range(self.chance.randrange(4)):
            self.numbers += 1
            case = f"拉自然资执〔2026〕{self.numbers}号"
            acts = [line("CaseFiled", AWAY, "2026-03-02", FILING, case=case)]
            acts += [
                line("NoticeIssued", AWAY, "2026-03-03", {"notice": "stop_violation", "notice_no": f"停{self.numbers}-{n}"}, case=case)
                for n in range(self.chance.randrange(3))
            ]  # fmt: skip
            yield from (one.encode() for one in _plain(acts))

    def pack(self) -> list[Path]:
        files = []
        if self.partner.standing().epoch:
            for address, raw in self.partner.pack(key_of(f"{AWAY}/1"), LIMIT):
                files.append(self.back / address.file_name)
                files[-1].write_bytes(raw)
        return files

    def take(self, files: list[Path]) -> None:
        for taken in self.ferry.take(files):
            assert taken.refusal is None or taken.refusal.code in ("bundle_unusable", "bundle_gap")
            assert not [a for _, a in taken.answers if isinstance(a, Refusal)]

    def directly(self) -> None:
        """What the agency signed comes by the broker as well; others record their own."""
        for raw in self.chance.sample(self.signed, min(len(self.signed), self.chance.randrange(3))):
            claims = decode(raw).claims
            if all(self.ledger.store.find(claims.iss, cti) for cti in claims.after):
                self.ledger.submit(raw)
        if self.chance.random() < 0.5:
            self.numbers += 1
            other = line("CaseFiled", AWAY, "2026-03-02", FILING, case=f"拉自然资执〔2025〕{self.numbers}号")
            replay_line(self.ledger, 1, other.encode(), FixtureKeys())

    # -- the way between

    def carried(self, folder: Path) -> list[Path]:
        """Some of all that was ever written, some of it twice, in any order, some of it cut short."""
        all_files = sorted(folder.iterdir())
        chosen = (
            self.chance.choices(all_files, k=self.chance.randrange(len(all_files) + 2)) if all_files else []
        )
        arrived = []
        for number, file in enumerate(chosen):
            copy = self.disc / f"{number}.ferry"
            raw = file.read_bytes()
            if self.chance.random() < 0.15:
                raw = raw[: self.chance.randrange(len(raw))]
            copy.write_bytes(raw)
            arrived.append(copy)
        return arrived

    def round(self) -> None:
        steps = [
            self.export, self.sign, self.pack, self.directly, lambda: self.open(self.carried(self.out)),
            lambda: self.take(self.carried(self.back)),
        ]  # fmt: skip
        for step in self.chance.choices(steps, k=8):
            step()

    def settle(self) -> None:
        """From now on every disc arrives."""
        for _ in range(2):
            self.open(self.export())
            self.take(self.pack())

    def check(self) -> None:
        """Both sides have the same; each act that was signed is there once; there is nothing left to send."""
        entries = list(self.ledger.entries())
        root = LogRoot()
        for entry in entries:
            root.add(entry.leaf_hash)
        standing = self.partner.standing()
        assert (standing.known.size, standing.known.root) == (len(entries), root.root())
        assert (standing.missing, standing.faults, self.partner.waiting(), self.partner.refused()) == (
            (),
            (),
            [],
            [],
        )
        mine = self.partner.entries(range(len(entries)))  # all of them are public or its own
        assert [e.statement for e in mine] == [e.statement for e in entries]
        assert [opening.leaf_hash(_leaf(e)) for e in mine] == [e.leaf_hash for e in entries]
        stored = [e.statement for e in entries]
        assert all(stored.count(raw) == 1 for raw in self.signed)
        assert self.export() == []


def _plain(lines: list[str]) -> Iterator[str]:
    """As an officer without a ledger writes them: the ledger notes when it received them."""
    import json

    for one in lines:
        act = json.loads(one)
        del act["received_at"]
        yield json.dumps(act, ensure_ascii=False)


def _leaf(entry):
    return opening.leaf(entry.index, entry.received_at_ms, entry.commitment)


def test_whatever_happens_on_the_way_both_sides_are_equal_in_the_end(
    template: Path, tmp_path: Path, seed: int, nightly: bool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bundles, "FILE_MIN", LIMIT)
    acts = 0
    for number in range(MANY if nightly else TIMES):
        folder = tmp_path / str(number)
        shutil.copytree(template, folder)
        exchange = Exchange(folder, random.Random(f"{seed} {number}"))
        exchange.open(exchange.export())  # else there is nothing to sign upon
        exchange.round()
        exchange.settle()
        exchange.check()
        exchange.close()
        acts += len(exchange.signed)
        shutil.rmtree(folder)
    assert acts > TIMES  # else the story would tell nothing


@pytest.mark.parametrize(
    ("number", "epoch", "code"), [(2**53, 0, "bundle_gap"), (1, 2**53, "bundle_unusable")]
)
def test_numbers_that_an_agency_may_make_up_are_neither_laid_out_nor_counted_on_from(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, epoch: int, code: str
):
    """Signed by an officer of its own: everybody else's files, and what is sent to it, must not suffer from it."""
    monkeypatch.setattr(bundles, "FILE_MIN", LIMIT)
    folder = tmp_path / "exchange"
    shutil.copytree(template, folder)
    exchange = Exchange(folder, random.Random(1))
    closed = bundles.read(exchange.export()[0].read_bytes())
    log_key = log_public(exchange.ferry.genesis.log_key)
    parcel = bundles.parcel(closed.address, bundles.unseal(closed, CHOSEN), log_key)
    address = Address("back", exchange.ferry.genesis.name, AWAY, 5, number)
    answer = Answer(epoch, min(epoch, 1), (), Extent(0, EMPTY_ROOT), 1, ())
    path = exchange.back / "made up.ferry"
    path.write_bytes(bundles.write(address, answer, key_of(f"{AWAY}/1"), parcel.answer_key))
    (taken,) = exchange.ferry.take([path])
    assert taken.refusal is not None
    assert taken.refusal.code == code
    exchange.open(exchange.export())
    exchange.close()
