"""The way from pixels to vectors of published networks, against the plain pipelines of the libraries they come from.

Both sides run the same network with the same random weights on one thread, so what differs is how pictures reach it:
ours as one array, theirs one Pillow picture after the other, as OpenCLIP's and torchvision's own transforms have it.
Speed does not depend on what weights say, so nothing is fetched; the cosine says that both compute the same.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.bench.rows import unit
from core.config import SAMPLES, Limits, Settings
from core.device import Device
from core.features import backbones, region_mac
from core.features.clip import ClipEncoder
from core.media.video import VideoFile
from core.records import BenchRow

CLIP, BACKBONE = "ViT-B-32-quickgelu", "resnet50"
FRAMES, HEIGHT = 16, 360  # pictures of a batch, pixels of their shorter side
ROUNDS = 3  # by turns; the median counts
CPU = Device("cpu", "float32", "The CPU.")

Images = NDArray[np.uint8]
Encode = Callable[[Images], Any]


def run(videos: Path | None) -> list[BenchRow]:
    """Four rows, in CPU milliseconds a frame. The frames are those of demo clips, so `videos` changes nothing.

    Takes some 600 MB of a temporary folder, and 2 GB of memory.
    """
    images = _pictures()
    with tempfile.TemporaryDirectory() as folder, _one_thread():
        return [*_clip(Path(folder), images), *_regions(Path(folder), images)]


def _clip(folder: Path, images: Images) -> list[BenchRow]:
    import open_clip
    import torch
    from PIL import Image
    from safetensors.torch import save_file

    path = folder / "clip.safetensors"
    torch.manual_seed(0)
    config = open_clip.get_model_config(CLIP)
    save_file(open_clip.CLIP(**config).state_dict(), path)
    ours = ClipEncoder(Settings(clip_model=CLIP, clip_pretrained=str(path)), CPU)
    model, _, transform = open_clip.create_model_and_transforms(CLIP, pretrained=str(path), weights_only=True)
    model.eval()

    def prepared(pictures: Images) -> Any:
        return torch.stack([transform(Image.fromarray(picture)) for picture in pictures])

    @torch.inference_mode()
    def encoded(pictures: Images) -> Any:
        return model.encode_image(prepared(pictures)).numpy()

    against = "OpenCLIP's own transform, a picture at a time"
    return [
        _row("pixels of CLIP ViT-B/32", ours.preprocess, prepared, images, against),
        _row("pictures to vectors, CLIP ViT-B/32", ours.encode, encoded, images, f"{against}, and its network"),
    ]


def _regions(folder: Path, images: Images) -> list[BenchRow]:
    import torch
    from PIL import Image
    from torchvision import models, transforms
    from torchvision.models.feature_extraction import create_feature_extractor

    path = folder / "resnet50.safetensors"
    backbones.write_random(BACKBONE, path)
    ours = region_mac.RegionMac(BACKBONE, path)
    whole = models.resnet50(weights=None)
    whole.load_state_dict(backbones.weights(BACKBONE, path))
    network = create_feature_extractor(whole.eval(), [f"layer{number}" for number in (1, 2, 3, 4)]).eval()
    spec = backbones.backbone_spec(BACKBONE)
    steps = [transforms.Resize(region_mac.RESIZED), transforms.CenterCrop(region_mac.CROPPED), transforms.ToTensor()]
    transform = transforms.Compose([*steps, transforms.Normalize(spec.mean, spec.std)])
    plain = backbones.Backbone(spec, "", None, "cpu")

    def prepared(pictures: Images) -> Any:
        return torch.stack([transform(Image.fromarray(picture)) for picture in pictures])

    @torch.inference_mode()
    def encoded(pictures: Images) -> Any:
        return region_mac.join(list(network(prepared(pictures)).values())).numpy()

    def pixels(pictures: Images) -> Any:
        return plain.pixels(pictures, short_side=region_mac.RESIZED, crop=region_mac.CROPPED)

    against = "torchvision's transforms, a picture at a time"
    return [
        _row("pixels of ResNet-50", pixels, prepared, images, against),
        _row("pictures to nine regions, ResNet-50", ours.encode, encoded, images, f"{against}, and its network"),
    ]


def _row(name: str, ours: Encode, theirs: Encode, images: Images, against: str) -> BenchRow:
    """Both by turns, and the lowest cosine between what they give for a picture."""
    mine, other = (np.asarray(encode(images)).reshape(len(images), -1) for encode in (ours, theirs))
    cosine = float((unit(mine) * unit(other)).sum(axis=1).min())
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for encode, found in zip((ours, theirs), times, strict=True):
            start = time.process_time()
            encode(images)
            found.append((time.process_time() - start) * 1000 / len(images))
    our, their = (float(np.median(found)) for found in times)
    label = f"{name}, {len(images)} frames of {images.shape[2]} x {images.shape[1]}, cosine at least {cosine:.4f}"
    return BenchRow(label, our, their, their / our, "CPU ms a frame", against)


def _pictures() -> Images:
    """Frames of the demo clips, as large as they are: (N, H, W, 3)."""
    found = []
    for path in sorted(SAMPLES.glob("*-anchor.mp4")):
        for frames in VideoFile(path, Limits()).frames(fps=1.0, short_side=HEIGHT):
            found += list(frames.images)
    return np.stack(found)[:: max(1, len(found) // FRAMES)][:FRAMES]


@contextmanager
def _one_thread() -> Iterator[None]:
    """PyTorch on one thread: several spin on a busy machine, and their processor time says little."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
