"""Every type of act that the streams know has its scene in one of the two years."""

from domain.acts import EVENTS
from tests.years import test_in_time, test_out_of_order


def test_both_years_together_use_every_type_of_act_outside_the_registry():
    """Lines that are to be refused do not count; that the others are taken in is what the years themselves test."""
    lines = (*test_in_time.YEAR.lines, *test_out_of_order.YEAR.lines)
    used = {line.type for line in lines if line.refused is None}
    known = {kind.name for kind in EVENTS.values() if kind.stream != "registry"}
    assert known - used == set()
    assert used - known == {"OfficerReleased", "OfficerAppointed", "CalendarPublished", "ParticipationSet"}
