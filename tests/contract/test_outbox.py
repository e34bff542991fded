"""Which messages follow from which act: the registry's changes too, and always the same wherever one begins."""

import os
import signal
import struct
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from connectors import outbox
from connectors.kafka_out import Replaced
from connectors.outbox import Beside, Outbox, Position, decided
from domain.disclosure import sees
from domain.dossiers import fold
from events.history import stored_act
from tests.doors import CASE_DATA, EMPTY, FILED, NOTICE, Door, key_of
from tests.exchange import until

GOVERNMENT = "government.chengguan"
SECOND = "government.chengguan-zone"
PLACE = "gongze.540102.government"
LATER = "gongze.agency.government.chengguan"
"""Where it is told since there are two governments in the county."""


@pytest.fixture
def told(door: Door) -> Door:
    """Two cases in a county whose government is registered only after the first has begun, and a second one after it."""
    door.do("NoticeIssued", "nr.lhasa", FILED, NOTICE)
    agency = {"id": GOVERNMENT, "kind": "government", "name": "区政府", "level": "county", "region": "540102",
              "root_key_id": key_of("government/root").kid.hex()}  # fmt: skip
    door.do("AgencyRegistered", "operator", "registry", agency, key=key_of("operator"))
    door.do("CaseFiled", "nr.lhasa", EMPTY, CASE_DATA)
    second = {**agency, "id": SECOND, "name": "开发区管委会", "root_key_id": key_of("second/root").kid.hex()}
    door.do("AgencyRegistered", "operator", "registry", second, key=key_of("operator"))
    changed = {"id": GOVERNMENT, "name": "城关区人民政府"}
    door.do("AgencyChanged", "operator", "registry", changed, key=key_of("operator"))
    door.do("NoticeIssued", "nr.lhasa", EMPTY, {**NOTICE, "notice_no": "停2"})
    return door


def test_an_agency_that_comes_late_is_told_the_registry_and_what_it_may_see_of_the_cases_there_are(told):
    entries = list(told.ledger.entries())
    from_start = Outbox(told.ledger.store)
    said = [(entry, list(from_start.messages(entry))) for entry in entries]
    (registered,) = (
        ms for e, ms in said if b"AgencyRegistered" in e.statement
        and GOVERNMENT.encode() in e.statement and SECOND.encode() not in e.statement
    )  # fmt: skip
    to_it = [m for m in registered if m.topic == PLACE]
    before = [e for e in entries if e.stream == "registry"]
    # all of the registry up to its own registration, then the case that had begun: by the rule it sees both acts
    number = before.index(next(e for e, ms in said if ms is registered)) + 1
    assert [m.key for m in to_it] == [b"registry"] * number + [FILED.encode()] * 2
    assert all(m.value for m in to_it)


def test_no_message_is_said_twice_and_all_that_the_rule_shows_is_said(told):
    entries = list(told.ledger.entries())
    from_start = Outbox(told.ledger.store)
    messages = [m for entry in entries for m in from_start.messages(entry)]
    said = [(m.topic, m.value) for m in messages if m.value]
    assert len(said) == len(set(said))
    registry = told.ledger.registry()
    for stream in (FILED, EMPTY):
        acts = tuple(stored_act(e) for e in entries if e.stream == stream)
        shown = [a for a in acts if sees(registry, GOVERNMENT, fold(stream, acts, registry), a) == "all"]
        assert sum(m.topic == LATER and m.key == stream.encode() and m.value != b"" for m in messages) == len(
            shown
        )


def test_an_agency_whose_topic_changes_is_told_there_all_that_it_was_told_before(told):
    """With a second government in the county, each has a topic of its own name."""
    from_start = Outbox(told.ledger.store)
    messages = [m for entry in told.ledger.entries() for m in from_start.messages(entry)]
    places = {place: [m.value for m in messages if m.topic == place] for place in (PLACE, LATER)}
    assert places[PLACE]
    assert set(places[PLACE]) <= set(places[LATER])
    assert len(set(places[LATER])) == len(places[LATER])


def test_where_an_outbox_begins_makes_no_difference(told):
    entries = list(told.ledger.entries())
    whole = Outbox(told.ledger.store)
    said = [list(whole.messages(entry)) for entry in entries]
    for start in range(len(entries)):
        late = Outbox(told.ledger.store, start)
        assert [list(late.messages(entry)) for entry in entries[start:]] == said[start:]


# --- said by another process ------------------------------------------------------------------------------------


@pytest.fixture
def beside(told):
    made = Beside(told.ledger.settings.database_url)
    yield made
    with suppress(ValueError):  # a test may have closed it
        made.close()


def test_another_process_says_the_same_from_wherever_it_is_asked(told, monkeypatch):
    store, url = told.ledger.store, told.ledger.settings.database_url
    monkeypatch.setattr(outbox, "BATCH", 7)  # here alone: what is said must not hang on it
    here = list(decided(store, Outbox(store), Position()))
    assert len(here) > 2
    assert any(batch.then.sent for batch in here)
    for number in (0, 1, len(here)):
        then = here[number - 1].then if number else Position()
        with closing(Beside(url)) as beside:
            until(beside.ready)
            there = list(beside.decided(then))
        rest = here[number:]
        assert [m for batch in there for m in batch.messages] == [m for b in rest for m in b.messages]
        assert sum(batch.acts for batch in there) == sum(batch.acts for batch in rest)
        assert not rest or there[-1].then == rest[-1].then


def test_what_ends_that_process_just_ends_what_it_says(told, beside):
    until(beside.ready)
    beside._process.kill()
    assert list(beside.decided(Position())) == []
    with closing(Beside("sqlite:////nowhere/ledger.db")) as lost:
        assert list(lost.decided(Position())) == []


def stop_process(one: Beside) -> None:
    assert one._process.pid is not None
    os.kill(one._process.pid, signal.SIGSTOP)


def half_a_batch(pipe, url):
    """Begins to say one, and hangs."""
    pipe.send("ready")
    pipe.recv()
    os.write(pipe.fileno(), struct.pack("!i", 1_000) + b"its beginning")
    time.sleep(600)


def test_one_that_falls_silent_counts_as_gone_after_a_while(told, beside, monkeypatch):
    monkeypatch.setattr(outbox, "SILENT_SECONDS", 0.5)
    until(beside.ready)
    stop_process(beside)
    assert list(beside.decided(Position())) == []
    monkeypatch.setattr(outbox, "_decide", half_a_batch)
    with closing(Beside(told.ledger.settings.database_url)) as other:
        until(other.ready)
        assert list(other.decided(Position())) == []


def test_who_waits_for_a_silent_one_can_be_stopped_and_told(beside):
    until(beside.ready)
    stop_process(beside)
    answers = iter([True, False])
    assert list(beside.decided(Position(), lambda: next(answers))) == []

    def another_has_taken_over() -> bool:
        raise Replaced

    with closing(Beside("sqlite:////nowhere/ledger.db")) as other:
        stop_process(other)
        with pytest.raises(Replaced):
            list(other.decided(Position(), another_has_taken_over))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_ends_the_parent_does_not_reach_that_process_even_while_it_starts(told, capfd, number):
    with closing(Beside(told.ledger.settings.database_url)) as beside:
        assert beside._process.pid is not None
        os.kill(beside._process.pid, number)
        assert list(beside.decided(Position()))
        os.kill(beside._process.pid, number)
    assert capfd.readouterr().err == ""
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()


def test_that_process_ends_with_a_parent_that_is_killed(told):
    script = (
        "import sys, time\n"
        "from connectors.outbox import Beside\n"
        "beside = Beside(sys.argv[1])\n"
        "while not beside.ready():\n"
        "    time.sleep(0.01)\n"
        "print(beside._process.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    url = told.ledger.settings.database_url
    parent = subprocess.Popen([sys.executable, "-c", script, url], stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout is not None
        child = Path("/proc") / parent.stdout.readline().decode().strip()
        assert child.exists()
        parent.kill()
    until(lambda: not child.exists() or "\nState:\tZ" in (child / "status").read_text())
