"""Sound read as pictures: a convolutional autoencoder over mel spectrograms, and what it makes of a clip.

The last wish of the retrieval report: give the autoencoder images of sound in place of columns of numbers, and compare.
Each picture is four seconds, 64 bands high and 64 rows wide. A clip is the mean and the deviation of the codes of its
pictures, so it is as long for a jingle as for an album.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.checkpoints import Checkpoint
from core.models.descriptors import Scale
from core.models.layers import restored
from core.models.scorers import Clip, References, Scorer, by_pairs, chamfer
from core.records import FeatureTrack, Progress, Using, no_progress

NAME = "mel_autoencoder"
SIDE = 64  # bands, and rows of a picture: 4 s
STEP = 32  # rows from one picture to the next
MOST = 256  # pictures of a clip that are looked at, spread evenly
BATCH = 64

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class MelConfig:
    """Channels of the first layer, which double twice, and the size of the code."""

    channels: int = 12
    code: int = 48


class MelAutoencoder(nn.Module):
    """Four halvings down to 4 × 4, a code, and the same way back."""

    def __init__(self, config: MelConfig) -> None:
        super().__init__()
        widths = [1, config.channels, 2 * config.channels, 4 * config.channels, 4 * config.channels]
        down: list[nn.Module] = []
        for inner, outer in pairwise(widths):
            down += [nn.Conv2d(inner, outer, 4, stride=2, padding=1), nn.ReLU()]
        up: list[nn.Module] = []
        for inner, outer in zip(widths[:0:-1], widths[-2::-1], strict=True):
            up += [nn.ConvTranspose2d(inner, outer, 4, stride=2, padding=1), nn.ReLU()]
        self.down = nn.Sequential(*down)
        self.to_code = nn.Linear(widths[-1] * 16, config.code)
        self.from_code = nn.Linear(config.code, widths[-1] * 16)
        self.up = nn.Sequential(*up[:-1])
        self._shape = (widths[-1], 4, 4)

    def encode(self, pictures: Tensor) -> Tensor:
        """(N, 1, 64, 64) in 0–1 -> (N, code)."""
        return self.to_code(self.down(pictures).flatten(1))

    def forward(self, pictures: Tensor) -> Tensor:
        """The pictures as the code remembers them: (N, 1, 64, 64) -> the same."""
        hidden = torch.relu(self.from_code(self.encode(pictures))).unflatten(1, self._shape)
        return self.up(hidden)


def pictures(track: FeatureTrack) -> Floats:
    """Mel rows (T, 64) -> (N, 64, 64): one for every two seconds, four seconds each; a short one is filled up.

    A track of no rows has none.
    """
    rows = track.vectors
    if len(rows) == 0:
        return np.zeros((0, SIDE, SIDE), np.float32)
    starts = np.arange(0, max(len(rows) - SIDE, 0) + 1, STEP)
    if len(starts) > MOST:
        starts = starts[np.linspace(0, len(starts) - 1, MOST).round().astype(int)]
    found = np.zeros((len(starts), SIDE, SIDE), np.float32)
    for place, start in enumerate(starts):
        part = rows[start : start + SIDE]
        found[place, : len(part)] = part
    return found


@dataclass(frozen=True)
class MelSpace:
    """A trained autoencoder, ready for use."""

    module: MelAutoencoder
    scale: Scale  # of the descriptors of the clips it learned from
    _known: dict[tuple[str, int, float], Floats] = field(default_factory=dict, repr=False)  # ids are contents

    def describe(self, track: FeatureTrack) -> Floats:
        """The descriptor of a clip's sound, length 1: (2 * code,). The track must not be empty."""
        row = self.scale.standard(describe(self.module, track)[None])[0]
        return np.asarray(row / max(float(np.linalg.norm(row)), 1e-12), np.float32)

    def scorers(self, scale: Scale) -> dict[Using, Scorer]:
        """The cosine of descriptors for sound; pictures are compared frame by frame."""
        return {"audio": self._by_sound, "visual": by_pairs(chamfer)}

    def _by_sound(
        self, query: Clip, references: References, ids: Sequence[str], progress: Progress = no_progress
    ) -> dict[str, float]:
        if query.mel is None or len(query.mel) == 0:
            return {}
        own, found = self.describe(query.mel), {}
        for number, video_id in enumerate(ids):
            progress(number / len(ids), "reading sound as pictures")
            mel = references.mel(video_id)
            if mel is None or len(mel) == 0:
                continue
            key = video_id, len(mel), float(mel.times[0])
            if key not in self._known:
                self._known[key] = self.describe(mel)
            found[video_id] = float(own @ self._known[key])
        return found


@torch.inference_mode()
def describe(module: MelAutoencoder, track: FeatureTrack) -> Floats:
    """The mean and the deviation of the codes of a track's pictures, unscaled: (2 * code,)."""
    codes = [
        module.encode(torch.from_numpy(part[:, None]))
        for part in np.array_split(pictures(track), range(BATCH, MOST, BATCH))
        if len(part)
    ]
    rows = torch.cat(codes)
    return np.asarray(torch.cat([rows.mean(dim=0), rows.std(dim=0, correction=0)]).numpy(), np.float32)


def restore(checkpoint: Checkpoint) -> MelSpace:
    """What a checkpoint holds. Raises CheckpointError when its weights do not fit, KeyError when they lack parts."""
    config = MelConfig(**checkpoint.config["network"])
    scale = Scale(checkpoint.state["scale.centre"], checkpoint.state["scale.spread"])
    return MelSpace(restored(MelAutoencoder(config), checkpoint, prefix="network."), scale)
