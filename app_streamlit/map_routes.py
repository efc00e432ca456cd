"""The routes of the frame map: its points in one run of bytes, what they are, small pictures by the batch, and tiles.

Everything but the titles is named by the version of the map and never changes under that name, so browsers keep it. The
plane has its y upwards; screens count from the top, so what goes over the wire is turned here and nowhere else.
"""

import re
import struct
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from app_streamlit.components import Json
from app_streamlit.routes import HEADERS, Endpoint, is_own_page, refuse, told
from core.errors import NotFound
from core.records import Cluster, FrameMap
from core.studio import Studio, open_studio

BASE = "/clip/map/"
PRINTS = "/clip/print/"
MARK = 0x504D4B43  # "CKMP": what the page looks for before it reads on
UNITS = 65535  # the plane is so many units wide and high on the wire
BESIDE = 0x70000  # added to a number of an outline, so that none is below zero
OUTLINE = re.compile(r"([0-9a-f]{10}){3,256}")
ASPECT = 16 / 9  # of the plane on a screen: that of its tiles
MOST_PICTURES = 128  # in one answer
KEPT = {"Cache-Control": "private, max-age=31536000, immutable"}
RENEWED = {"Cache-Control": "private, no-cache"}


def create_map_routes(studio: Callable[[], Studio] = open_studio) -> list[Route]:
    """The map's routes of one studio, which is opened when the first request comes."""
    routes = MapRoutes(studio)
    paths: dict[str, Endpoint] = {
        "points.bin": routes.points,
        "about": routes.about,
        "thumbs": routes.pictures,
        "tile/{z:int}/{x:int}/{y:int}": routes.tile,
        "frames/{z:int}/{x:int}/{y:int}": routes.frames,
    }
    made = [Route(BASE + "{version}/" + path, told(_own(act)), methods=["GET"]) for path, act in paths.items()]
    return [*made, Route(PRINTS + "{name}", told(_own(routes.printed)), methods=["GET"])]


def _own(endpoint: Endpoint) -> Endpoint:
    """The endpoint, for our own pages only: a map takes work to draw and shows the whole library."""

    async def answer(request: Request) -> Response:
        if not is_own_page(request):
            return refuse(403, "The map is for Clipkin's own pages only.")
        return await endpoint(request)

    return answer


class MapRoutes:
    """The endpoints over the maps of one studio."""

    def __init__(self, studio: Callable[[], Studio]) -> None:
        self._studio = studio
        self._packed = lru_cache(maxsize=4)(lambda version: pack_points(self._map(version)))
        self._small = lru_cache(maxsize=4)(lambda version: self._studio().map_thumbnails(version))

    def _map(self, version: str) -> FrameMap:
        found = self._studio().frame_map(version)
        if found is None:
            raise NotFound("There is no such map any more. Open the page again.")
        return found

    async def points(self, request: Request) -> Response:
        """Every frame's place, video, time and region, as `pack_points` writes them."""
        version = request.path_params["version"]
        tag = f'"{version}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=HEADERS | KEPT | {"ETag": tag})
        body = await run_in_threadpool(self._packed, version)
        return Response(body, media_type="application/octet-stream", headers=HEADERS | KEPT | {"ETag": tag})

    async def about(self, request: Request) -> Response:
        """The titles of the videos as they are now, and the regions."""
        answer = await run_in_threadpool(self._about, request.path_params["version"])
        return JSONResponse(answer, headers=HEADERS | RENEWED)

    def _about(self, version: str) -> Json:
        frame_map, studio = self._map(version), self._studio()
        videos = []
        for video_id, title in zip(frame_map.ids, frame_map.titles, strict=True):
            try:
                video = studio.video(video_id)
                videos.append({"id": video_id, "title": video.title, "still": video.info.container == "picture"})
            except NotFound:  # removed since the map was drawn
                videos.append({"id": video_id, "title": title, "still": False})
        regions = [_region(frame_map, cluster) for cluster in frame_map.clusters if cluster.frames]
        return {"aspect": ASPECT, "videos": videos, "regions": sorted(regions, key=lambda region: -region["size"])}

    async def pictures(self, request: Request) -> Response:
        """The small pictures of the frames `?of=`: their lengths as uint32, then their bytes."""
        asked = request.query_params.get("of", "").split(",")
        if len(asked) > MOST_PICTURES or not all(number.isdecimal() and len(number) < 10 for number in asked):
            return refuse(400, f"Name up to {MOST_PICTURES} frames by number.")
        version = request.path_params["version"]
        body = await run_in_threadpool(self._pictures, version, [int(number) for number in asked])
        return Response(body, media_type="application/octet-stream", headers=HEADERS | KEPT)

    def _pictures(self, version: str, frames: list[int]) -> bytes:
        small = self._small(version)
        if max(frames) >= len(small.starts):
            raise NotFound("The map has no such frame.")
        pictures = [small.picture(frame) for frame in frames]
        return struct.pack(f"<{len(pictures)}I", *map(len, pictures)) + b"".join(pictures)

    async def tile(self, request: Request) -> Response:
        """One tile of the mosaic as WebP: 16 × 16 frames, row 0 at the top of the plane."""
        image = await run_in_threadpool(self._studio().map_tile, *_tile(request))
        return Response(image, media_type="image/webp", headers=HEADERS | KEPT)

    async def frames(self, request: Request) -> Response:
        """Which frames that tile shows: 256 int32 by rows, -1 for an empty cell."""
        shown = await run_in_threadpool(self._studio().map_tile_frames, *_tile(request))
        body = shown.astype("<i4").tobytes()
        return Response(body, media_type="application/octet-stream", headers=HEADERS | KEPT)

    async def printed(self, request: Request) -> Response:
        """A print that was made, as a file to keep."""
        path = await run_in_threadpool(self._studio().print_file, request.path_params["name"])
        return FileResponse(path, headers=HEADERS | RENEWED, filename="clipkin-" + path.name)


def pack_points(frame_map: FrameMap) -> bytes:
    """A map on the wire, little-endian: uint32 mark, frames, videos and bytes of a video number; then for all frames
    float32 seconds, uint16 x, uint16 y from the top, the video numbers and uint8 regions."""
    wide: type[np.unsignedinteger] = np.uint16 if len(frame_map.ids) <= UNITS else np.uint32
    head = struct.pack("<4I", MARK, len(frame_map), len(frame_map.ids), np.dtype(wide).itemsize)
    units = np.rint(np.clip(frame_map.positions.astype(np.float64), 0, 1) * UNITS).astype("<u2")
    columns: list[NDArray[np.generic]] = [
        frame_map.times.astype("<f4"),
        units[:, 0],
        UNITS - units[:, 1],
        frame_map.video.astype(wide),
        frame_map.labels.astype(np.uint8),
    ]
    return head + b"".join(np.ascontiguousarray(column).tobytes() for column in columns)


def outline(text: str) -> NDArray[np.float64]:
    """The polygon (K, 2) that a page sent or a link carries, in coordinates of the plane; no corner when it is none.

    Ten hexadecimal digits a corner: x and y from the top in units of the wire, each with `BESIDE` added, for an outline
    may go round the plane.
    """
    if not OUTLINE.fullmatch(text):
        return np.zeros((0, 2))
    units = np.array([int(text[at : at + 5], 16) - BESIDE for at in range(0, len(text), 5)], np.float64).reshape(-1, 2)
    return np.stack([units[:, 0], UNITS - units[:, 1]], axis=1) / UNITS


def frame_at(frame_map: FrameMap, video: int, seconds: float) -> int:
    """The frame of a video (its place in `ids`) nearest to a time, as its place on the map."""
    frames = np.flatnonzero(frame_map.video == video)
    return int(frames[np.abs(frame_map.times[frames] - seconds).argmin()])


def _region(frame_map: FrameMap, cluster: Cluster) -> Json:
    pictures = [{"picture": f"/clip/thumb/{frame_map.ids[video]}?t={time:.2f}"} for video, time in cluster.frames]
    return {
        "label": cluster.label,
        "title": cluster.title,
        "size": cluster.size,
        "x": cluster.centre[0],
        "y": 1 - cluster.centre[1],
        "frames": pictures[:3],
        "typical": [frame_at(frame_map, *cluster.frames[0])],
    }


def _tile(request: Request) -> tuple[str, int, int, int]:
    """Version of the map; level, column and row of a tile."""
    z, x, y = (int(request.path_params[name]) for name in "zxy")
    return request.path_params["version"], z, x, y
