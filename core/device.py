"""One choice of device and number format for the whole program, with the reason as text."""

from dataclasses import dataclass

from core.errors import StudioError

FULL_GPU = "Works on the CPU, because the GPU's memory was full even for one picture at a time."


@dataclass(frozen=True, slots=True)
class Device:
    """Where tensors live. `name` and `dtype` are what torch calls them, kept as text so that no page imports torch."""

    name: str  # "cpu" or "cuda"
    dtype: str  # "float32", or "float16" / "bfloat16" for encoders on a GPU
    reason: str  # one sentence


def choose_device(wanted: str = "auto") -> Device:
    """The device for `auto`, `cpu` or `cuda`; imports torch only when a GPU may be asked for.

    Raises StudioError when `cuda` is asked for and absent.
    """
    if wanted == "cpu":
        return Device("cpu", "float32", "The CPU, as asked for.")
    if wanted not in ("auto", "cuda"):
        raise StudioError(f"No device is called {wanted!r}. Choose auto, cpu or cuda.")
    import torch

    if torch.cuda.is_available():
        dtype = "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
        return Device("cuda", dtype, f"{torch.cuda.get_device_name()}.")
    if wanted == "cuda":
        raise StudioError("No CUDA GPU is visible to PyTorch. Choose auto or cpu, or check the driver with nvidia-smi.")
    return Device("cpu", "float32", "The CPU: no CUDA GPU is visible to PyTorch.")
