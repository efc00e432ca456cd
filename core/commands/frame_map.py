"""The verb that draws the library from above: map."""

import argparse
from pathlib import Path

from core.commands.terminal import AddVerb, Answer, open_for, positive, terminal_progress, to_json
from core.records import MapChoices

TILES, TILE = 198, (534, 300)  # as published: 11 × 18 tiles, 5874 × 5400 pixels


def add(verb: AddVerb) -> None:
    """Enter the verb."""
    sub = verb("map", draw, "Lay out every frame of the library on a plane, and print it as a mosaic.")
    sub.add_argument("--out", type=Path, metavar="FILE", help="print the map as a mosaic: a .png or a .jpg")
    sub.add_argument("--projection", metavar="NAME", help="neighbours, autoencoder, vae or pca")
    sub.add_argument("--std", type=float, metavar="S", help="of the autoencoder's code: 0.3, or 0.6 for a wide spread")
    sub.add_argument("--seed", type=int, metavar="N", help="fit again from another start")
    sub.add_argument("--rotation", type=float, metavar="DEGREES", help="turn the map counter-clockwise")
    sub.add_argument("--refit", action="store_true", help="fit anew even where the map in use would do")
    sub.add_argument("--centre", type=numbers, default=(0.5, 0.5), metavar="X,Y", help="of the window, 0–1")
    sub.add_argument("--width", type=float, default=1.0, metavar="W", help="of the window: 1 is the whole plane")
    tiles = sub.add_mutually_exclusive_group()
    tiles.add_argument("--tiles", type=positive, default=TILES, metavar="N", help="about so many tiles, in a square")
    tiles.add_argument("--grid", type=numbers, metavar="COLUMNS,ROWS", help="so many of them")
    sub.add_argument("--tile", type=numbers, default=TILE, metavar="W,H", help="pixels of a tile")
    sub.add_argument("--thumbnails", action="store_true", help="print from thumbnails, not from the original files")


def draw(options: argparse.Namespace) -> Answer:
    studio, progress = open_for(options), terminal_progress()
    found = studio.frame_map()
    asked = {name: getattr(options, name) for name in ("projection", "std", "seed", "rotation")}
    chosen = {name: value for name, value in asked.items() if value is not None}
    if found is None or options.refit or chosen or found.encoder != studio.encoder():
        found = studio.fit_frame_map(MapChoices(encoder=studio.encoder(), **chosen), progress)
    document = {
        "points": len(found),
        "videos": len(found.ids),
        "version": found.version,
        "projection": found.projection,
        "encoder": found.encoder,
        "variance_kept": found.variance_kept,
        "projected": found.projected,
        "needs_refit": found.needs_refit,
        "notes": found.notes,
        "clusters": found.clusters,
    }
    lines = [
        f"{len(found):,} frames of {len(found.ids):,} videos, {found.projection} over {found.encoder}, "
        f"{found.variance_kept:.0%} of the variance kept",
        *(f"{cluster.size:6,}  {cluster.title}" for cluster in sorted(found.clusters, key=lambda c: -c.size)),
        *found.notes,
    ]
    if options.out is not None:
        printed = studio.print_map(
            options.out,
            centre=options.centre,
            width=options.width,
            count=(round(options.grid[0]), round(options.grid[1])) if options.grid else options.tiles,
            tile=(round(options.tile[0]), round(options.tile[1])),
            is_from_originals=not options.thumbnails,
            progress=progress,
        )
        document["print"] = printed
        lines.append(f"{printed.path}: {printed.width:,} × {printed.height:,} pixels, {printed.tiles:,} frames")
    return to_json(document), "\n".join(lines)


def numbers(text: str) -> tuple[float, float]:
    """Two numbers with a comma between them."""
    first, _, second = text.partition(",")
    try:
        return float(first), float(second)
    except ValueError:
        raise argparse.ArgumentTypeError("must be two numbers with a comma between them") from None
