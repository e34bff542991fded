"""What the consumer does between its batches: an intake and a ledger that are made up stand for the broker and the store."""

from contextlib import nullcontext
from dataclasses import replace
from threading import Event, Timer

import pytest
from kafka.errors import KafkaTimeoutError

from connectors import kafka_in, kafka_out
from connectors.broker import Access, BrokerUnreachable
from connectors.kafka_in import Arrived, Consumed, Origin, within_reach
from connectors.kafka_out import Waiting
from domain.refusal import Refusal
from domain.registry import Agency, Genesis, Registry
from events.store import StoreBusy

A, B = "gongze.inbox.a", "gongze.inbox.b"
REGISTRY = Registry(
    genesis=Genesis("l", "gongze.example", "", "", demo=True),
    agencies={a: Agency(a, "court", a, "county", "540102") for a in ("a", "b")},
)


class MadeUpLedger:
    """Stores nothing; `registry_` is what it has."""

    def __init__(self, registry=REGISTRY):
        self.registry_ = registry

    def submit_all(self, raws):
        return iter(())

    def registry(self):
        return self.registry_

    def now_ms(self):
        return 0


class MadeUpIntake:
    """Its inbox is never empty."""

    letters = "dead"

    def __init__(self, reach, *there):
        self.reach, self.there = reach, set(there)

    def arrived(self):
        return [Arrived(Origin(A, 0, 1), b"x")]

    def reach_of(self, registry):
        return within_reach(registry, self.there)

    def flooded(self):
        return []

    def answer(self, batch, messages):
        pass


@pytest.fixture
def stop():
    """Set after a while, so that what never ends does."""
    made = Event()
    timer = Timer(2, made.set)
    timer.start()
    yield made
    timer.cancel()


def follow(intake, ledger, stop, waiting=None, *, once=False):
    waiting = waiting or Waiting(stop, print)
    kafka_in._follow(intake, ledger, Consumed(), waiting, once=once, stop=stop, say=print)


def test_an_inbox_that_has_come_is_found_while_others_never_stop_sending(stop, monkeypatch):
    monkeypatch.setattr(kafka_in, "DISCOVERY_SECONDS", 0.05)
    follow(MadeUpIntake(within_reach(REGISTRY, {A}), A, B), MadeUpLedger(), stop)
    assert not stop.is_set()


def test_an_agency_that_has_another_topic_now_is_answered_there(stop, monkeypatch):
    """A second court, whose id no topic can carry: no inbox comes with it, and the first one's topic is another."""
    monkeypatch.setattr(kafka_in, "DISCOVERY_SECONDS", 0.05)
    alone = Registry(agencies={"a": Agency("a", "court", "a", "county", "540102")})
    second = {"法院": Agency("法院", "court", "法院", "county", "540102")}
    ledger = MadeUpLedger(replace(alone, agencies={**alone.agencies, **second}))
    intake = MadeUpIntake(within_reach(alone, {A, "gongze.540102.court", "gongze.agency.a"}), A)
    intake.there |= {"gongze.540102.court", "gongze.agency.a"}
    follow(intake, ledger, stop)
    assert not stop.is_set()
    assert intake.reach_of(ledger.registry()).places == {"a": "gongze.agency.a"}


def test_an_answer_goes_only_to_a_topic_that_is_there_and_the_others_are_named():
    reach = within_reach(REGISTRY, {A, B, "gongze.agency.b"})
    assert (reach.inboxes, reach.places) == ([A, B], {"b": "gongze.agency.b"})
    assert reach.lacking == ["gongze.agency.a"]


class Unanswered(MadeUpIntake):
    """Nothing comes at first, as after every start, and then what cannot be answered."""

    def __init__(self, *_):
        super().__init__(within_reach(REGISTRY, {A}), A)
        self.polls = 0

    def arrived(self):
        self.polls += 1
        return super().arrived() if self.polls > 1 else []

    def at_end(self):
        return False

    def answer(self, batch, messages):
        raise KafkaTimeoutError("Failed to update metadata after 15.0 secs.")

    def close(self):
        pass


@pytest.fixture
def hurried(monkeypatch):
    monkeypatch.setattr(kafka_in, "check_turn", lambda *_: None)
    monkeypatch.setattr(kafka_out, "BACKOFF_SECONDS", (0.01,))


def consume(stop, say=print, *, once):
    return kafka_in.consume(
        Access(""), lambda: nullcontext(MadeUpLedger()), instance=1, rate=0, once=once, stop=stop, say=say
    )


def test_one_that_is_to_end_gives_up_when_what_came_can_never_be_answered(stop, hurried, monkeypatch):
    monkeypatch.setattr(kafka_in, "Intake", Unanswered)
    with pytest.raises(BrokerUnreachable):
        consume(stop, once=True)
    assert not stop.is_set()


def test_it_says_once_what_it_waits_for_and_never_that_it_is_over_while_it_is_not(stop, hurried, monkeypatch):
    monkeypatch.setattr(kafka_in, "Intake", Unanswered)
    said: list[str] = []
    consume(stop, said.append, once=False)
    assert [text for text in said if "暂时无法使用" in text or "恢复" in text] == [
        "消息服务器暂时无法使用，稍后自动再试：KafkaTimeoutError: Failed to update metadata after 15.0 secs."
    ]


def test_an_error_that_has_passed_is_over_when_all_is_read(stop, hurried):
    class Idle(Unanswered):
        def arrived(self):
            return []

        def at_end(self):
            return True

    said: list[str] = []
    waiting = Waiting(stop, said.append)
    waiting.begin(BrokerUnreachable("x"))
    follow(Idle(), MadeUpLedger(), stop, waiting, once=True)
    assert (waiting.tries, said[-1]) == (0, "已恢复，继续")


def test_what_lost_its_turn_too_often_comes_again_and_is_no_dead_letter(monkeypatch):
    """It is as sound as before, and nobody is to send it a second time."""
    ledger = MadeUpLedger()
    busy = [Refusal("busy", "同时登记的人太多，请稍后再试", None)]
    monkeypatch.setattr(kafka_in, "first_look", lambda _: None)
    monkeypatch.setattr(ledger, "submit_all", lambda raws: iter(busy * len(list(raws))))
    one = Arrived(Origin(A, 0, 1), b"x")
    for batch in ([one], [one, one]):
        with pytest.raises(StoreBusy):
            kafka_in.take_in(ledger, batch)
    busy[0] = Refusal("case_rule_broken", "", None)
    assert kafka_in.take_in(ledger, [one]) == busy
