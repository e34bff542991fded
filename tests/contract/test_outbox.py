"""Which messages follow from which act: the registry's changes too, and always the same wherever one begins."""

import pytest

from connectors.kafka_out import Outbox
from domain.disclosure import sees
from domain.dossiers import fold
from events.history import stored_act
from tests.doors import CASE_DATA, EMPTY, FILED, NOTICE, Door, key_of

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
    outbox = Outbox(told.ledger.store)
    said = [(entry, list(outbox.messages(entry))) for entry in entries]
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
    outbox = Outbox(told.ledger.store)
    messages = [m for entry in entries for m in outbox.messages(entry)]
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
    outbox = Outbox(told.ledger.store)
    messages = [m for entry in told.ledger.entries() for m in outbox.messages(entry)]
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
