"""What each event sounds like over fifty seconds: three stems, ambience, events and music, on the event's clock."""

from functools import cache

import numpy as np

from assets.samples.balloons import FLEET
from assets.samples.shells import SHOW
from assets.samples.sound import (
    RATE,
    Sound,
    bell,
    chirp,
    clock,
    hiss,
    low_pass,
    pad,
    pitch,
    place,
    pluck,
    room,
    swell,
    wander,
)

SECONDS = 50.0
UNHEARD = (15.0, 38.0)  # no clip shows these seconds, so chords are left out of them


@cache
def stems(scene: str) -> dict[str, Sound]:
    """Stereo tracks of SECONDS length by name: `ambience`, `events` and `music`."""
    return {
        "balloons": _balloons,
        "fireworks": _fireworks,
        "aurora": _aurora,
        "jellyfish": _jellyfish,
        "regatta": _regatta,
    }[scene]()


def _empty() -> Sound:
    return np.zeros((int(SECONDS * RATE), 2))


def _wide(rng: np.random.Generator, low: float, high: float, slope: float, period: float, floor: float) -> Sound:
    """Stereo noise that comes and goes."""
    out = np.stack([hiss(rng, SECONDS, low, high, slope=slope) for _ in range(2)], -1)
    return out * (floor + (1 - floor) * wander(rng, SECONDS, period))[:, None]


def _chords(rng: np.random.Generator, chords: list[list[int]], length: float, bright: float) -> Sound:
    music = _empty()
    for index in range(int(SECONDS / length) + 1):
        start, end = (index - 0.45) * length, (index + 1.25) * length
        if start > UNHEARD[0] and end < UNHEARD[1]:
            continue
        for note in chords[index % len(chords)]:
            place(music, pad(note, length * 1.7, rng, bright=bright), start, level=0.22)
    return music


def _balloons() -> dict[str, Sound]:
    rng = np.random.default_rng(101)
    ambience = 0.05 * _wide(rng, 120, 1400, 0.9, 2.5, 0.4)
    for _ in range(150):
        at, high, side = rng.uniform(0, SECONDS), rng.uniform(2400, 4600), rng.random()
        for note in range(int(rng.integers(2, 6))):
            song = chirp(
                high * rng.uniform(0.85, 1.1),
                high * rng.uniform(0.8, 1.25),
                rng.uniform(0.05, 0.13),
                trill=rng.choice([0, 28]),
            )
            place(ambience, song, at + note * 0.14, level=0.025 * rng.uniform(0.3, 1), side=side)
    events = _empty()
    for number, balloon in enumerate(FLEET[:6]):
        for at in np.arange(balloon.burn, SECONDS, 5.2):
            roar = hiss(rng, 2.3, 90, 2200, slope=0.6) * swell(2.3, 0.2, 1.2)
            place(events, roar, at, level=0.075 / (1 + 0.45 * number), side=0.5 + 0.4 * np.sin(number * 2.1))
    music = _chords(
        rng, [[50, 57, 62, 66, 69], [47, 54, 62, 66, 69], [43, 55, 59, 62, 66], [45, 52, 57, 61, 64]], 5.0, 0.32
    )
    tune = [74, 78, 81, 83, 81, 78, 76, 78, 74, 71, 74, 76, 78, 81, 86, 85, 81, 78, 76, 74, 73, 76, 81, 78]
    for step, note in enumerate(tune * 6):
        if (step * 7) % 5 != 3:
            place(music, pluck(note, 2.4, soft=0.8), 0.8 + step * 0.625, level=0.30, side=0.35 + 0.3 * (step % 3) / 2)
    return {
        "ambience": ambience,
        "events": room(events, seconds=1.6, wet=0.35),
        "music": room(music, seconds=2.6, wet=0.4) * 0.30,
    }


def _fireworks() -> dict[str, Sound]:
    rng = np.random.default_rng(102)
    ambience = 0.030 * _wide(rng, 60, 700, 1.0, 3.0, 0.5) + 0.012 * _wide(rng, 400, 2400, 0.7, 0.5, 0.1)
    for at in np.arange(0, SECONDS, 0.9):
        place(
            ambience,
            hiss(rng, 1.4, 200, 1800) * swell(1.4, 0.6, 0.7),
            at + rng.uniform(0, 0.4),
            level=0.010,
            side=rng.random(),
        )
    events = _empty()
    for burst in SHOW:
        side = 0.5 + burst.place[0] / 500
        t = clock(2.4)
        thump = (
            np.sin(2 * np.pi * np.cumsum(38 + 60 * np.exp(-t * 18)) / RATE)
            * np.exp(-t * 4.2)
            * np.clip(t / 0.004, 0, 1)
        )
        crack = hiss(rng, 2.4, 70, 1500, slope=0.8) * np.exp(-t * 5.5)
        place(events, thump * 0.55 + crack * 0.13, burst.at + 0.45, level=0.62 * burst.size / 70, side=side)
        place(
            events,
            chirp(500, 1900, 1.2) * 0.3 + hiss(rng, 1.2, 1500, 5000) * swell(1.2, 0.4, 0.5) * 0.2,
            burst.at - 1.3,
            level=0.020,
            side=side,
        )
        if burst.kind in ("willow", "palm"):
            for _ in range(110):
                pop = hiss(rng, 0.02, 1800, 9000, slope=0.1) * np.exp(-clock(0.02) * 260)
                place(
                    events,
                    pop,
                    burst.at + 1.0 + rng.gamma(3.0, 0.45),
                    level=0.035 * rng.random(),
                    side=float(np.clip(side + rng.normal(0, 0.15), 0, 1)),
                )
    music = _chords(
        rng, [[45, 52, 57, 60, 64, 71], [41, 53, 57, 60, 64], [48, 55, 60, 64, 67], [43, 50, 59, 62, 69]], 4.0, 0.48
    )
    tune = [76, 72, 69, 71, 72, 76, 81, 79, 76, 74, 72, 71, 67, 69, 71, 74]
    for step, note in enumerate(tune * 8):
        place(
            music,
            bell(note + 12 * (step % 4 == 0), 2.6, shine=0.4),
            0.5 + step * 0.5,
            level=0.16,
            side=0.3 + 0.4 * (step % 2),
        )
    return {
        "ambience": ambience,
        "events": room(events, seconds=2.8, wet=0.30, bright=1800),
        "music": room(music, seconds=2.4, wet=0.35) * 0.34,
    }


def _aurora() -> dict[str, Sound]:
    rng = np.random.default_rng(103)
    ambience = 0.05 * _wide(rng, 70, 420, 1.1, 3.5, 0.25) + 0.008 * _wide(rng, 1200, 4200, 0.2, 1.8, 0.05)
    events = _empty()
    for at in (2.4, 5.9, 9.4, 13.0, 43.0, 46.5):
        place(events, bell(57, 5.5, shine=1.0), at, level=0.085, side=0.42)
    for _ in range(60):
        place(
            events,
            hiss(rng, 0.05, 2500, 9000, slope=0) * np.exp(-clock(0.05) * 120),
            rng.uniform(0, SECONDS),
            level=0.006,
            side=rng.random(),
        )
    music = _chords(
        rng, [[40, 52, 59, 64, 68, 75], [42, 54, 61, 66, 68, 73], [44, 56, 59, 64, 71], [40, 54, 61, 63, 70]], 5.5, 0.22
    )
    for index in range(40):
        note = [88, 83, 90, 87, 92, 80, 95, 87][index * 3 % 8]
        place(
            music,
            bell(note, 4.0, shine=0.25),
            1.0 + index * 1.375 + 0.3 * ((index * 5) % 3 == 0),
            level=0.105,
            side=rng.random(),
        )
    t = clock(SECONDS)
    for note, speed in ((76, 0.11), (80, 0.07), (83, 0.09)):
        shimmer = (
            np.sin(2 * np.pi * pitch(note) * t + 2 * np.sin(2 * np.pi * 0.2 * t))
            * np.clip(np.sin(2 * np.pi * speed * t + note), 0, 1) ** 2
        )
        place(music, shimmer, 0, level=0.05, side=(note % 5) / 4)
    return {
        "ambience": ambience,
        "events": room(events, seconds=3.5, wet=0.6),
        "music": room(music, seconds=4.5, wet=0.55, bright=6000) * 0.36,
    }


def _jellyfish() -> dict[str, Sound]:
    rng = np.random.default_rng(104)
    ambience = 0.09 * _wide(rng, 30, 190, 1.2, 3.0, 0.5) + 0.010 * _wide(rng, 300, 900, 0.8, 1.5, 0.1)
    events = _empty()
    for _ in range(46):
        at, side, size = rng.uniform(0, SECONDS), rng.random(), rng.uniform(0.6, 1.4)
        for bubble in range(int(rng.integers(2, 9))):
            start = 420 / size * rng.uniform(0.7, 1.5)
            place(
                events,
                chirp(start, start * 1.9, 0.07 * size),
                at + bubble * rng.uniform(0.05, 0.12),
                level=0.025 * rng.uniform(0.3, 1),
                side=side,
            )
    for at in np.arange(1.5, SECONDS, 7.3):
        call = chirp(rng.uniform(170, 210), rng.uniform(260, 330), 2.6, trill=4.5) + 0.3 * chirp(
            350, 600, 2.6, trill=4.5
        )
        place(events, call, at + rng.uniform(0, 1.5), level=0.040, side=rng.uniform(0.2, 0.8))
    music = _chords(
        rng,
        [[42, 49, 54, 57, 61, 68], [38, 50, 54, 57, 61, 64], [45, 52, 57, 61, 64, 71], [40, 52, 56, 59, 66]],
        6.0,
        0.18,
    )
    for step in range(84):
        note = [66, 73, 76, 69, 78, 73, 68, 81][(step * 5) % 8]
        keys = pluck(note, 3.0, soft=1.0) * (1 + 0.25 * np.sin(2 * np.pi * 4.2 * clock(3.0)))
        if step % 4 != 2:
            place(music, keys, 0.6 + step * 0.75, level=0.30, side=0.5 + 0.35 * np.sin(step * 1.3))
    music = low_pass(music, 2600)
    return {
        "ambience": ambience,
        "events": room(events, seconds=3.0, wet=0.6, bright=2200),
        "music": room(music, seconds=4.0, wet=0.5, bright=2600) * 0.42,
    }


def _regatta() -> dict[str, Sound]:
    rng = np.random.default_rng(105)
    ambience = 0.075 * _wide(rng, 160, 2600, 0.7, 1.6, 0.25) + 0.02 * _wide(rng, 900, 6000, 0.4, 2.3, 0.1)
    for at in np.arange(0, SECONDS, 2.1):
        splash = hiss(rng, 1.8, 300, 5200, slope=0.4) * swell(1.8, 0.25, 1.3)
        place(ambience, splash, at + rng.uniform(0, 0.8), level=0.05 * rng.uniform(0.4, 1), side=rng.uniform(0.2, 0.8))
    events = _empty()
    for _ in range(38):
        place(
            events, bell(rng.uniform(93, 99), 0.5, shine=1.0), rng.uniform(0, SECONDS), level=0.012, side=rng.random()
        )
    for _ in range(26):
        at, side = rng.uniform(0, SECONDS), rng.random()
        for cry in range(int(rng.integers(2, 5))):
            gull = chirp(1250, 820, 0.28, trill=22) + 0.5 * chirp(2500, 1640, 0.28, trill=22)
            place(events, gull, at + cry * 0.36, level=0.016, side=side)
    for _ in range(20):
        flap = hiss(rng, 0.7, 150, 1200) * np.abs(np.sin(2 * np.pi * 6.5 * clock(0.7))) * swell(0.7, 0.1, 0.4)
        place(events, flap, rng.uniform(0, SECONDS), level=0.06, side=rng.random())
    music = _chords(
        rng, [[43, 50, 55, 62, 67, 71], [41, 53, 57, 60, 65, 69], [48, 55, 60, 64, 67], [43, 50, 59, 62, 67]], 3.2, 0.42
    )
    riff = [67, 74, 79, 81, 79, 74, 65, 72, 77, 79, 77, 72, 60, 67, 72, 76, 74, 72, 67, 71, 74, 79, 78, 74]
    for step in range(int(SECONDS / 0.2667)):
        note = riff[step % 24]
        place(
            music,
            pluck(note, 1.8, soft=0.35),
            0.3 + step * 0.2667,
            level=0.30 * (1.0 if step % 3 == 0 else 0.62),
            side=0.4 + 0.25 * (step % 2),
        )
    return {
        "ambience": ambience,
        "events": room(events, seconds=1.0, wet=0.25),
        "music": room(music, seconds=1.8, wet=0.28) * 0.26,
    }
