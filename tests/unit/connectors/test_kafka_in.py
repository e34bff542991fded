"""What the consumer does between its batches: an intake and a ledger that are made up stand for the broker and the store."""

from threading import Event, Timer

import pytest

from connectors import kafka_in
from connectors.kafka_in import Arrived, Consumed, Origin
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

    def __init__(self, *there):
        self.inboxes, self.there_ = [A], list(there)
        self.places = {"a": "gongze.agency.a"}

    def arrived(self):
        return [Arrived(Origin(A, 0, 1), b"x")]

    def there(self, wanted):
        return [inbox for inbox in wanted if inbox in self.there_]

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
    follow(MadeUpIntake(A, B), MadeUpLedger(), stop)
    assert not stop.is_set()
