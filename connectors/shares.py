"""份额 How fast each inbox is read, so that a flood in one does not hold up the others. Pure."""

from dataclasses import dataclass, field

BURST_SECONDS = 1.0
"""What may come in so many seconds may come at once."""


@dataclass(slots=True)
class Shares:
    """`rate`: messages a second of one inbox, on average; 0 for no limit. Moments are seconds of any one clock."""

    rate: int
    _worked_off: dict[str, float] = field(default_factory=dict)
    """By inbox, when what was taken of it is worked off at that rate."""

    def took(self, inbox: str, number: int, now: float) -> None:
        if self.rate:
            self._worked_off[inbox] = max(self._worked_off.get(inbox, now), now) + number / self.rate

    def rests(self, inbox: str, now: float) -> float:
        """Seconds for which nothing more of it is to be read."""
        return max(0.0, self._worked_off.get(inbox, now) - now - BURST_SECONDS)

    def calm(self, inbox: str, now: float) -> bool:
        """Whether it has been within its rate for long enough that a new flood is news."""
        return self._worked_off.get(inbox, now) <= now
