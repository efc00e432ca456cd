"""How fast a passage runs and where exactly it lies, by likelihood: which line through time explains its frames best.

Frames of a copy are x_i = a r(c_i) + b + noise: the reference at the moment c_i = m + v (t_i - t), between two of its
sampled frames in proportion, what an edit does to all frames alike (b), and what it does to each. In a slow scene
every frame is like every other, and only how the frames of the copy differ among themselves tells where they come from;
a mean of the copy that is close to the reference's tells besides, and counts for little where the copy was edited.
"""

import numpy as np
from numpy.typing import NDArray

from core.models.alignment_evidence import Evidence, Path, Times

Floats = NDArray[np.float32]

SPEEDS = 2.0 ** (np.arange(-16, 17) / 16)  # reference seconds in one query second that are weighed
SHIFTS = np.arange(-24, 25) / 8  # steps of the reference that the middle may lie off the path's
LEAST_FRAMES = 3  # fewer say nothing about speed
MOST_FRAMES = 120  # of a passage that are read, evenly spread
FREEDOM = 8.0  # directions that the noise of a frame is spread over: the frames of one video span few
LEAST_NOISE, LEAST_BIAS = 1e-4, 1e-3  # squared distances below which frames and their means are the same
OTHER_SPEED = 4.0  # nats that any other speed than the original must explain better …
OCTAVE = 2.0  # … and by octave
CUT = 1.0  # nats that leaving out a frame must gain
ABOUT = 0.05  # cosine that a frame may be less like the reference than like its best there and still belong to it
BEFORE, AFTER = 0.6, 1.0  # steps that a frame may lie off the first and the last of what a passage shows
LEAST_GAIN = 0.05  # share of a frame that must be the reference's


def placed(evidence: Evidence, path: Path) -> Path:
    """A straight path moved onto the line of highest posterior; as it is where the vectors are not known.

    Frames that the line leads out of the scene stand for its first or last moment, and are left out of the passage: a
    query may go on where a copy of part of a slow scene has ended.
    """
    times = evidence.query_times[path.rows]
    if evidence.frames is None or evidence.matrix.shape[1] < 2 or len(path.rows) < LEAST_FRAMES:
        return path
    speed = (path.seconds[-1] - path.seconds[0]) / (times[-1] - times[0])
    rows = path.rows[(evidence.matrix[path.rows] > -1).any(axis=1)]
    if speed <= 0 or len(rows) < LEAST_FRAMES:
        return path
    rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), MOST_FRAMES)).astype(np.intp)]
    seen = evidence.query_times[rows]
    centre = (seen[0] + seen[-1]) / 2
    options = np.append(SPEEDS, speed)
    speeds = np.repeat(options, len(SHIFTS))
    middles = np.interp(centre, times, path.seconds) + np.tile(SHIFTS * evidence.reference_step, len(options))
    bounds = _scene(evidence, path)
    places = evidence.columns_at(middles[:, None] + speeds[:, None] * (seen - centre)[None])
    outside = ((places < bounds[0] - BEFORE) | (places > bounds[1] + AFTER)).sum(axis=1) * len(path.rows) / len(rows)
    likelihood = _log_likelihood(evidence, rows, np.clip(places, *bounds))
    octaves = np.abs(np.log2(speeds))
    posterior = likelihood - CUT * outside - OCTAVE * octaves - OTHER_SPEED * (octaves > 0)
    best = int(posterior.argmax())
    moments = middles[best] + speeds[best] * (times - centre)
    columns = evidence.columns_at(moments)
    kept = (columns >= bounds[0] - BEFORE) & (columns <= bounds[1] + AFTER)
    return Path(path.rows[kept], moments[kept], path.gain) if kept.sum() >= LEAST_FRAMES else path


def _scene(evidence: Evidence, path: Path) -> tuple[int, int]:
    """The first and last reference frame of what the path passes through.

    As far as some frame of the path is about as like them as like any that it passes; where the reference moves, less.
    """
    assert evidence.frames is not None
    width, reference = evidence.matrix.shape[1], evidence.frames[1]
    first, last = np.clip(np.round(evidence.columns_at(path.seconds[[0, -1]])).astype(int), 0, width - 1).tolist()
    alike = (reference[:-1] * reference[1:]).sum(axis=1)
    closest = np.maximum(np.append(alike, -1.0), np.insert(alike, 0, -1.0))  # to the frame before or after
    cells = evidence.matrix[path.rows]
    behind = (cells[:, first : last + 1].max(axis=1, keepdims=True) - cells).min(axis=0)
    is_in = (behind <= ABOUT + 1.0 - closest) & (cells > -1).any(axis=0)
    if not is_in[first : last + 1].any():
        return first, last
    while not is_in[first]:
        first += 1
    while not is_in[last]:
        last -= 1
    while first > 0 and is_in[first - 1]:
        first -= 1
    while last < width - 1 and is_in[last + 1]:
        last += 1
    return first, last


def _log_likelihood(evidence: Evidence, rows: NDArray[np.intp], places: Times) -> Times:
    """Of these places (H, N) among the reference's frames for N rows of the query: (H,).

    With the noise and the bias known only by size, each is integrated out: -(FREEDOM / 2) log of its mean square.
    """
    assert evidence.frames is not None
    width, count = evidence.matrix.shape[1], len(rows)
    first = min(int(places.min()), width - 2)
    last = min(int(places.max()) + 2, width)
    query, reference = evidence.frames[0][rows], evidence.frames[1][first:last]
    left = np.minimum(places.astype(np.intp), width - 2) - first
    share = places - first - left
    alike = (reference[:-1] * reference[1:]).sum(axis=1)[left]
    length = np.sqrt(np.maximum((1 - share) ** 2 + share**2 + 2 * share * (1 - share) * alike, 1e-6))
    on_left, on_right = (1 - share) / length, share / length  # r(c) has length 1, as every frame
    similar = query @ reference.T
    each = np.arange(count)[None]
    similarity = (on_left * similar[each, left] + on_right * similar[each, left + 1]).mean(axis=1)
    mean_query, mean_reference = query.mean(axis=0), _means(left, on_left, on_right, len(reference)) @ reference
    gain = np.maximum(similarity, LEAST_GAIN)
    met, spread = mean_reference @ mean_query, (mean_reference**2).sum(axis=1)
    own = float((query**2).sum(axis=1).mean())
    bias = float(mean_query @ mean_query) - 2 * gain * met + gain**2 * spread
    noise = own - 2 * gain * similarity + gain**2 - bias  # mean squares about the mean
    noise = np.maximum(noise, 0) * count / (count - 1)
    found: Times = (count - 1) * np.log(noise + LEAST_NOISE) + np.log(np.maximum(bias, 0) + LEAST_BIAS)
    return -FREEDOM / 2 * found


def _means(left: NDArray[np.intp], on_left: Times, on_right: Times, width: int) -> Floats:
    """How much each reference frame counts in the mean of each line: (H, width)."""
    lines, count = left.shape
    cells = left + width * np.arange(lines)[:, None]
    sums = np.bincount(cells.ravel(), on_left.ravel(), lines * width)
    sums += np.bincount(cells.ravel() + 1, on_right.ravel(), lines * width)
    return (sums.reshape(lines, width) / count).astype(np.float32)
