"""Records to Plotly figures, for both apps and for notebooks: one file per question, one look.

Knows the values of `records` and how they should look on warm paper and on near-black; knows no app, no file and no
model.
"""

from core.plots.compare import frame_matrix, similarity_floor, thinned, timeline
from core.plots.groups import pairwise
from core.plots.learning import roc, training_curves
from core.plots.search import latent_space, probabilities
from core.plots.stage import Shown, is_picture, segments, share_matched, shown_moments, stage_data, stage_parts
from core.plots.theme import DARK, LIGHT, MOST_TICKS, Palette, palette, time_ticks
from core.plots.trace import similarity_strip, source_colours, trace_timeline

__all__ = [
    "DARK",
    "LIGHT",
    "MOST_TICKS",
    "Palette",
    "Shown",
    "frame_matrix",
    "is_picture",
    "latent_space",
    "pairwise",
    "palette",
    "probabilities",
    "roc",
    "segments",
    "share_matched",
    "shown_moments",
    "similarity_floor",
    "similarity_strip",
    "source_colours",
    "stage_data",
    "stage_parts",
    "thinned",
    "time_ticks",
    "timeline",
    "trace_timeline",
    "training_curves",
]
