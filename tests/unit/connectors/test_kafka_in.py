"""What the consumer does between its batches: an intake and a ledger that are made up stand for the broker and the store."""

from dataclasses import replace
from threading import Event, Timer

import pytest

from connectors import kafka_in
from connectors.kafka_in import Arrived, Consumed, Origin, within_reach
from connectors.kafka_out import Waiting
from domain.registry import Agency, Registry

A, B = "gongze.inbox.a", "gongze.inbox.b"
REGISTRY = Registry(agencies={a: Agency(a, "court", a, "county", "540102") for a in ("a", "b")})


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


def follow(intake, ledger, stop):
    kafka_in._follow(intake, ledger, Consumed(), Waiting(stop, print), once=False, stop=stop, say=print)


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
