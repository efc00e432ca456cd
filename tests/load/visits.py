"""What a visitor does and how long each thing takes: the part that visitors of both apps have in common."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

PAUSE = (0.5, 3.0)  # seconds between two things, as people look at what they got

Deed = tuple[str, int, Callable[[], None]]  # its name, how often among the others, and what it does


class Refused(Exception):
    """The app said in so many words that it is too busy now."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One thing that was asked."""

    deed: str
    began: float  # seconds since the load began
    seconds: float
    outcome: str  # "served", "refused", or what went wrong


@dataclass
class Visitor:
    """Someone at one of the apps, who does one thing after the other."""

    app: str
    number: int
    deeds: Sequence[Deed]
    leave: Callable[[], None] = lambda: None  # closes what was opened
    visits: list[Visit] = field(default_factory=list)

    def stay(self, start: float, until: float, pause: tuple[float, float] = PAUSE) -> None:
        """Do things chosen by chance, the same for the same number, until then; the last one is waited for."""
        chance = random.Random(1000 * self.number + len(self.app))
        names = [deed for deed in self.deeds for _ in range(deed[1])]
        time.sleep(chance.uniform(0.0, pause[1]))  # nobody comes at the very same moment
        while time.monotonic() < until:
            name, _, work = chance.choice(names)
            began = time.monotonic()
            try:
                work()
                outcome = "served"
            except Refused:
                outcome = "refused"
            except Exception as error:  # whatever goes wrong is what this is here to count
                outcome = f"{type(error).__name__}: {error}"[:300]
            self.visits.append(Visit(name, began - start, time.monotonic() - began, outcome))
            time.sleep(chance.uniform(*pause))
        self.leave()

    def thread(self, start: float, until: float, pause: tuple[float, float]) -> threading.Thread:
        return threading.Thread(target=self.stay, args=(start, until, pause), name=f"{self.app}-{self.number}")
