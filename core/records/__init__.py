"""Every value that crosses a border between rooms: frozen, with the unit, shape and direction beside each field.

Knows numpy and the standard library only. Times are float seconds, images are RGB uint8 with channels last, a
similarity is higher when closer, a distance lower when closer, and a probability lies in 0–1 and has been through a
softmax, a sigmoid or a calibration.
"""

from core.records.answers import Candidate
from core.records.cells import cell
from core.records.compare import Comparison, Match, SimilarityMatrix
from core.records.features import FeatureTrack
from core.records.frame_map import (
    Cluster,
    FrameMap,
    MapChoices,
    MapMatches,
    MapPrint,
    MapProjection,
    MapView,
    Mosaic,
    SmallFrames,
    VideoPath,
)
from core.records.frame_pair import FramePair, ScoreSpread
from core.records.groups import Edge, Group, NearDuplicates, Pairwise
from core.records.learning import Curve, Origin, Trainable, TrainingReport
from core.records.library import Failure, IngestReport, LibraryStatus, Order, Page, Role, Sound, Video
from core.records.media import Frames, MediaInfo, Waveform, clock
from core.records.search import Chances, Hit, KinCalibration, LatentSpace, SearchResult, Sense, Using
from core.records.trace import Source, Trace, TraceExport, TraceSegment
from core.records.work import BenchRow, Job, JobState, Progress, Readiness, Skipped, named, no_progress, part_of

__all__ = [
    "BenchRow",
    "Candidate",
    "Chances",
    "Cluster",
    "Comparison",
    "Curve",
    "Edge",
    "Failure",
    "FeatureTrack",
    "FrameMap",
    "FramePair",
    "Frames",
    "Group",
    "Hit",
    "IngestReport",
    "Job",
    "JobState",
    "KinCalibration",
    "LatentSpace",
    "LibraryStatus",
    "MapChoices",
    "MapMatches",
    "MapPrint",
    "MapProjection",
    "MapView",
    "Match",
    "MediaInfo",
    "Mosaic",
    "NearDuplicates",
    "Order",
    "Origin",
    "Page",
    "Pairwise",
    "Progress",
    "Readiness",
    "Role",
    "ScoreSpread",
    "SearchResult",
    "Sense",
    "SimilarityMatrix",
    "Skipped",
    "SmallFrames",
    "Sound",
    "Source",
    "Trace",
    "TraceExport",
    "TraceSegment",
    "Trainable",
    "TrainingReport",
    "Using",
    "Video",
    "VideoPath",
    "Waveform",
    "cell",
    "clock",
    "named",
    "no_progress",
    "part_of",
]
