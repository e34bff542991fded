"""Whatever is done in whatever order, the ledger is what the model says: a list."""

from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from domain.refusal import Refusal
from events.store import Entry
from gongze.ledger import Ledger
from tests.doors import MINUTE
from tests.hardness import acts
from tests.hardness.acts import AGENCY, START, Act, Place, opened
from tests.hardness.model import Model
from tests.hardness.zygote import Zygote

KEYS, HANDLES = 3, 2
CALLS = 3_500
"""More than the calls and returns in one `submit`: a kill at one beyond them comes too late."""
STEPS = 15
EXAMPLES = {"sqlite": 180, "postgresql": 20}

numbers = st.integers(0, 1000)
"""Taken modulo what there is: what is drawn must not depend on what a killed process had got done."""
handles = st.integers(0, HANDLES - 1)
FIRST, *LATER = f"{AGENCY}/1", *(f"{AGENCY}/1/{n}" for n in range(KEYS))
later_keys = st.sampled_from(LATER)
keys = st.sampled_from([FIRST] * 2 * KEYS + LATER)
"""Mostly the key that is registered from the beginning: the others come to be by rotation."""
cases = st.sampled_from([0, 0, 0, 1])
"""The first is filed from the beginning."""


class Machine(RuleBasedStateMachine):
    """A clock, two handles on one ledger, a process that is killed, older copies, and the model."""

    def __init__(self, place: Place, zygote: Zygote) -> None:
        super().__init__()
        self.place, self.zygote = place, zygote
        self.url = place.founded()
        self.now = START
        self.made = 0
        self.sent: list[Act] = []
        self.copies: list[tuple[str, Model]] = []
        self.handles: list[Ledger | None] = [None] * HANDLES
        self.forgotten: list[Ledger] = []
        head = self.ledger(0).store.head()
        self.model = Model(head.size, head.received_at_ms)
        self.disturbed = False
        self.submit(0, acts.filing(0, FIRST, self.name()))

    def ledger(self, handle: int) -> Ledger:
        """Opened anew where it was closed or forgotten."""
        found = self.handles[handle]
        if found is None:
            found = self.handles[handle] = opened(self.url)
        return found

    def name(self) -> str:
        self.made += 1
        return f"act {self.made}"

    def seen(self, case: int, back: int) -> tuple[int, bytes]:
        """What the signer saw of the case: its head, or some acts before it."""
        stream = self.model.stream(acts.case(case))
        version = max(0, len(stream) - back)
        return (version, stream[version - 1]) if version else acts.NOTHING_SEEN

    def submit(self, handle: int, act: Act) -> None:
        self.sent.append(act)
        expected = self.model.answer(act)
        found: tuple[str, object]
        try:
            receipt = self.ledger(handle).intake.submit(act.raw, now_ms=self.now)
        except Refusal as refusal:
            found = ("refused", refusal.code)
        else:
            found = ("repeated" if receipt.repeated else "stored", receipt.entry.index)
            if not receipt.repeated:
                self.learn(act, receipt.entry)
        assert found == expected

    def learn(self, act: Act, entry: Entry) -> None:
        assert entry.statement == act.raw
        assert entry.received_at_ms == self.model.received_at(self.now)
        self.model.store(act, entry.received_at_ms, entry.commitment)

    # -- what agencies do

    @rule(handle=handles, case=cases, key=keys)
    def file(self, handle: int, case: int, key: str) -> None:
        self.submit(handle, acts.filing(case, key, self.name(), self.seen(case, 0)))

    @rule(handle=handles, case=cases, key=keys, number=st.integers(0, 30), back=st.integers(0, 3))
    def append(self, handle: int, case: int, key: str, number: int, back: int) -> None:
        self.submit(handle, acts.notice(case, f"停{number}", key, self.name(), self.seen(case, back)))

    @rule(handle=handles, which=numbers)
    def resend(self, handle: int, which: int) -> None:
        if self.sent:
            self.submit(handle, self.sent[which % len(self.sent)])

    @rule(handle=handles, which=numbers, case=cases, key=keys)
    def send_other_bytes_with_the_same_id(self, handle: int, which: int, case: int, key: str) -> None:
        if self.made:
            name = f"act {1 + which % self.made}"
            self.submit(handle, acts.notice(case, f"另{which}", key, name))

    @rule(handle=handles, case=cases, version=st.integers(1, 4), key=keys)
    def send_what_saw_a_history_that_never_was(self, handle: int, case: int, version: int, key: str) -> None:
        self.submit(handle, acts.notice(case, "停", key, self.name(), (version, b"\5" * 32)))

    @rule(handle=handles, key=later_keys)
    def rotate(self, handle: int, key: str) -> None:
        self.submit(handle, acts.registration(key, self.name()))

    @rule(handle=handles, key=st.sampled_from([FIRST, *LATER * 3]))
    def revoke(self, handle: int, key: str) -> None:
        self.submit(handle, acts.revocation(key, self.name()))

    # -- what happens to machines

    @rule(case=cases, key=keys, number=st.integers(0, 30), at=st.integers(0, CALLS))
    def kill(self, case: int, key: str, number: int, at: int) -> None:
        """Another process is killed with its act under way: stored if it was acknowledged, else stored or not."""
        act = acts.notice(case, f"停{number}", key, self.name(), self.seen(case, 0))
        self.sent.append(act)
        kind, value = self.model.answer(act)
        self.disturbed = True
        said = self.zygote.run("once", url=self.url, raw=act.raw.hex(), now_ms=self.now, kill_at=at)
        self.place.settle(self.url)
        assert said[-1] in ("ended -9", "ended 0")
        told = said[0] if len(said) == 2 else None
        entry = self.ledger(0).store.find(AGENCY, act.cti)
        if kind == "refused":
            assert told in (None, f"refused {value}")
            assert entry is None
            return
        assert told in (None, f"stored {value} {act.cti.hex()}")
        assert entry is not None or told is None
        if entry is not None:
            assert entry.index == value
            self.learn(act, entry)

    @rule(handle=handles)
    def leave_open(self, handle: int) -> None:
        """A handle is forgotten without being closed; another takes its place."""
        found = self.handles[handle]
        if found is not None:
            self.forgotten.append(found)
        self.handles[handle] = None

    @rule(handle=handles)
    def restart(self, handle: int) -> None:
        found = self.handles[handle]
        if found is not None:
            found.close()
        self.handles[handle] = None

    @rule(handle=handles)
    def look(self, handle: int) -> None:
        """What the handle keeps of each case, whoever has written since, is what all its acts come to."""
        ledger = self.ledger(handle)
        assert ledger.catch_up() >= 0
        for stream in {act.stream for act in self.sent if act.stream.startswith("case/")}:
            kept = ledger.intake.history.dossier(stream, ledger.registry()).dossier
            assert kept == ledger.case(stream.removeprefix("case/"))

    @rule()
    def copy(self) -> None:
        self.stop()
        kept = Model(self.model.founded, self.model.founded_at_ms)
        kept.log = list(self.model.log)
        self.copies.append((self.place.copy(self.url), kept))

    @rule(which=numbers)
    def restore(self, which: int) -> None:
        """An older copy takes the ledger's place: what came after it is gone, and can be sent again."""
        if self.copies:
            self.stop()
            copied, kept = self.copies[which % len(self.copies)]
            self.place.restore(copied, self.url)
            self.model.log = list(kept.log)
            self.disturbed = True

    @rule(minutes=st.integers(-90, 90))
    def set_the_clock(self, minutes: int) -> None:
        self.now += minutes * MINUTE

    # -- what always holds

    @invariant()
    def the_head_is_the_models(self) -> None:
        head = self.ledger(0).store.head()
        assert (head.size, head.received_at_ms) == (self.model.size, self.model.last_ms)

    def stop(self) -> None:
        for handle in range(HANDLES):
            self.restart(handle)
        while self.forgotten:
            self.forgotten.pop().close()

    def teardown(self) -> None:
        self.stop()
        stored = acts.check(self.url, rebuilt=self.disturbed)
        assert [(AGENCY, s.act.cti) for s in self.model.log] == list(stored)[self.model.founded :]
        for url in (self.url, *(copied for copied, _ in self.copies)):
            self.place.drop(url)


def test_the_ledger_is_what_the_model_says(place: Place, zygote: Zygote, seed: int, nightly: bool):
    made: Callable[[], Machine] = lambda: Machine(place, zygote)  # noqa: E731
    run_state_machine_as_test(
        made,  # type: ignore[arg-type]  # Hypothesis calls it without arguments, as its documentation says
        settings=settings(
            max_examples=EXAMPLES[place.name] * (100 if nightly else 1),
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not nightly,
            suppress_health_check=list(HealthCheck),
        ),
    )
