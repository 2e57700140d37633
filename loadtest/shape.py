"""How many people are there at which moment of a show.

Pure functions of time; start nobody. The locust file turns one into locust's own shape.
"""

from collections.abc import Callable
from dataclasses import dataclass

from loadtest.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Crowd:
    """`users` wanted now, arriving or leaving at `per_s` a second. `storm`: everybody's connection has just broken."""

    users: int
    per_s: float
    storm: bool = False


Shape = Callable[[float, int, float], Crowd]


def steady(at_s: float, users: int, for_s: float) -> Crowd:
    """A show: everybody comes in the first fifth, and stays."""
    return Crowd(users, max(1.0, users / max(1.0, for_s / 5)))


def spike(at_s: float, users: int, for_s: float) -> Crowd:
    """A clip goes round: a fifth is there, after a third of the time all come within two seconds, late on they go."""
    if at_s < for_s / 3 or at_s >= for_s * 0.8:
        return Crowd(max(1, users // 5), max(1.0, users / 4))
    return Crowd(users, max(1.0, users / 2))


def doors(at_s: float, users: int, for_s: float) -> Crowd:
    """Doors open: nobody, then two thirds at once, the rest over half of the time."""
    first = max(1, users * 2 // 3)
    if at_s < 2.0:
        return Crowd(first, max(1.0, float(first)))
    come = min(1.0, (at_s - 2.0) / max(1.0, for_s / 2))
    return Crowd(first + round((users - first) * come), max(1.0, users / 10))


def storm(at_s: float, users: int, for_s: float) -> Crowd:
    """A steady show in the middle of which every connection breaks at once."""
    calm = steady(at_s, users, for_s)
    return Crowd(calm.users, calm.per_s, storm=at_s >= for_s / 2)


SHAPES: dict[str, Shape] = {"steady": steady, "spike": spike, "doors": doors, "storm": storm}


def shape_called(name: str) -> Shape:
    """The shape of this name. Refusal names those there are."""
    if name not in SHAPES:
        raise Refusal(f"no shape is called {name!r}; there are {', '.join(SHAPES)}")
    return SHAPES[name]


def tick(shape: Shape, at_s: float, users: int, for_s: float, *, beside: int) -> tuple[int, float] | None:
    """How many locust must have now and how fast, None at the end. `beside` are users who are no members: the host."""
    if at_s > for_s:
        return None
    crowd = shape(at_s, users, for_s)
    return crowd.users + beside, crowd.per_s
