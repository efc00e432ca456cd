"""Sounds from arithmetic: noise, tones, bells, rooms. Mono (N,) or stereo (N, 2) at RATE; knows no scene."""

import numpy as np
from numpy.typing import NDArray
from scipy import signal

RATE = 44_100
Sound = NDArray[np.float64]


def clock(seconds: float) -> Sound:
    """The time of each sample."""
    return np.arange(int(seconds * RATE)) / RATE


def pitch(note: float) -> float:
    """Hertz of a MIDI note number; 69 is the A of 440."""
    return float(440.0 * 2 ** ((note - 69) / 12))


def hiss(rng: np.random.Generator, seconds: float, low: float, high: float, *, slope: float = 0.5) -> Sound:
    """Noise between two frequencies with soft skirts, falling as frequency ** -slope, deviation 1."""
    count = int(seconds * RATE)
    spectrum = np.fft.rfft(rng.standard_normal(count))
    f = np.maximum(np.fft.rfftfreq(count, 1 / RATE), 1.0)
    shape = f**-slope / (1 + (low / f) ** 4) / (1 + (f / high) ** 4)
    noise = np.fft.irfft(spectrum * shape, count)
    return noise / noise.std()


def wander(rng: np.random.Generator, seconds: float, period: float) -> Sound:
    """A slow random curve between about 0 and 1, for gusts and swells."""
    knots = rng.random(int(seconds / period) + 4)
    place = np.arange(int(seconds * RATE)) / RATE / period
    k = place.astype(int)
    t = place - k
    t = t * t * (3 - 2 * t)
    return knots[k] * (1 - t) + knots[k + 1] * t


def swell(seconds: float, attack: float, release: float) -> Sound:
    """An envelope that rises and falls as a cosine does."""
    t = clock(seconds)
    rise = np.clip(t / attack, 0, 1)
    fall = np.clip((seconds - t) / release, 0, 1)
    return (0.5 - 0.5 * np.cos(np.pi * rise)) * (0.5 - 0.5 * np.cos(np.pi * fall))


def pad(note: float, seconds: float, rng: np.random.Generator, *, bright: float = 0.5, voices: int = 3) -> Sound:
    """A held tone of slightly differing voices, stereo; `bright` 0 is a flute, 1 nearly a string section."""
    t = clock(seconds)
    out = np.zeros((len(t), 2))
    partials = [(h, bright ** (h - 1) / h) for h in range(1, 7) if bright ** (h - 1) / h > 0.01]
    for voice in range(voices):
        f = pitch(note) * (1 + rng.normal(0, 0.0016))
        drift = 0.6 * np.sin(2 * np.pi * rng.uniform(0.1, 0.35) * t + rng.uniform(0, 6))
        phase = 2 * np.pi * f * t + drift + rng.uniform(0, 6)
        tone = sum(np.sin(h * phase) * level for h, level in partials if h * f < 9000)
        side = (voice + 0.5) / voices
        out += np.outer(tone, (np.cos(side * np.pi / 2), np.sin(side * np.pi / 2))) / voices
    return out * swell(seconds, seconds * 0.35, seconds * 0.45)[:, None]


def pluck(note: float, seconds: float = 2.2, *, soft: float = 0.5) -> Sound:
    """A plucked string or a struck bar: high partials fade first."""
    t = clock(seconds)
    f = pitch(note)
    tone = np.zeros_like(t)
    for h in range(1, 9):
        if h * f < 11_000:
            stretch = h * (1 + 0.0004 * h * h)
            tone += (
                np.sin(2 * np.pi * f * stretch * t)
                * (1 - soft * 0.55) ** (h - 1)
                / h
                * np.exp(-t * (1.6 + 1.1 * h * (0.4 + soft)))
            )
    return tone * np.clip(t / 0.004, 0, 1) * swell(seconds, 0.001, 0.4)


def bell(note: float, seconds: float = 3.5, *, shine: float = 0.6) -> Sound:
    """A small bell or celesta: partials that are not whole multiples."""
    t = clock(seconds)
    f = pitch(note)
    partials = [
        (1.0, 1.0, 1.2),
        (2.0, 0.45, 2.0),
        (2.76, 0.30 * shine, 3.0),
        (4.07, 0.20 * shine, 4.2),
        (5.4, 0.14 * shine, 6.0),
    ]
    tone = sum(a * np.sin(2 * np.pi * f * r * t) * np.exp(-d * t) for r, a, d in partials if f * r < 13_000)
    return tone * np.clip(t / 0.003, 0, 1) * swell(seconds, 0.001, 0.6)


def chirp(start: float, end: float, seconds: float, *, trill: float = 0.0) -> Sound:
    """A gliding whistle; `trill` is a vibrato in Hertz."""
    t = clock(seconds)
    f = np.geomspace(start, end, len(t)) * (1 + 0.04 * np.sin(2 * np.pi * trill * t) * (trill > 0))
    return np.sin(2 * np.pi * np.cumsum(f) / RATE) * swell(seconds, seconds * 0.3, seconds * 0.5)


def place(track: Sound, sound: Sound, at: float, *, level: float = 1.0, side: float = 0.5) -> None:
    """Add a sound to a stereo track in place at a second; what falls outside is cut. `side` 0 is left, 1 right."""
    if sound.ndim == 1:
        sound = np.outer(sound, (np.cos(side * np.pi / 2), np.sin(side * np.pi / 2)))
    start = int(at * RATE)
    skip = max(0, -start)
    start = max(0, start)
    length = min(len(sound) - skip, len(track) - start)
    if length > 0:
        track[start : start + length] += sound[skip : skip + length] * level


def room(track: Sound, *, seconds: float, wet: float, bright: float = 4000.0, seed: int = 1) -> Sound:
    """The track in a hall: a decaying noise is its echo."""
    rng = np.random.default_rng(seed)
    t = clock(seconds)
    echo = np.stack([hiss(rng, seconds, 120, bright) * np.exp(-t * 6.5 / seconds) for _ in range(2)], -1)[: len(t)]
    echo *= np.clip(t / 0.02, 0, 1)[:, None]
    echo /= np.sqrt((echo**2).sum(axis=0))
    reply = np.stack([signal.fftconvolve(track[:, c], echo[:, c])[: len(track)] for c in range(2)], -1)
    return track * (1 - wet) + reply * wet


def low_pass(track: Sound, cutoff: float) -> Sound:
    """The track without its treble."""
    return signal.sosfilt(signal.butter(2, cutoff, fs=RATE, output="sos"), track, axis=0)


def master(track: Sound, *, loudness: float = 0.11, drive: float = 1.0, fade: float = 0.35) -> Sound:
    """Bring a track to an even loudness (RMS), round its peaks off below full scale, fade its ends."""
    level = np.sqrt((track**2).mean()) + 1e-9
    out = np.tanh(track / level * loudness * drive * 1.1) / 1.1
    if drive > 1:
        out *= loudness / (np.sqrt((out**2).mean()) + 1e-9)
    out = np.clip(out, -0.89, 0.89)
    return out * swell(len(track) / RATE, fade, fade * 2)[: len(track), None]
