"""First Light: a balloon festival over misty hills at sunrise, and the night glow on the field before dawn."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assets.samples import birds, light, terrain
from assets.samples.camera import Camera, direction
from assets.samples.noise import Field, ramp, sample, smoothstep, tile

SUN = direction(17.0, 6.5)
RADIUS = 9.5  # metres, of every balloon
MOUTH, BASKET = -1.42, -2.05  # in radii, below the centre
CLOTH = {
    "crimson": (0.36, 0.035, 0.045), "saffron": (0.74, 0.34, 0.07), "ivory": (0.76, 0.68, 0.55),
    "teal": (0.03, 0.26, 0.28), "indigo": (0.07, 0.08, 0.30), "coral": (0.80, 0.20, 0.13),
    "plum": (0.24, 0.05, 0.20), "sky": (0.22, 0.44, 0.62), "olive": (0.24, 0.25, 0.07), "rose": (0.78, 0.36, 0.36),
}  # fmt: skip
SUITS = [
    ("gores", ["crimson", "ivory", "crimson", "saffron"]), ("bands", ["indigo", "sky", "ivory", "coral"]),
    ("spiral", ["saffron", "coral", "plum", "ivory"]), ("harlequin", ["teal", "ivory", "saffron", "teal"]),
    ("gores", ["plum", "rose", "ivory", "rose"]), ("bands", ["crimson", "saffron", "ivory", "teal"]),
    ("spiral", ["indigo", "ivory", "sky", "ivory"]), ("harlequin", ["coral", "saffron", "ivory", "crimson"]),
    ("gores", ["teal", "sky", "ivory", "saffron"]),
]  # fmt: skip
FILM = {
    "anchor": light.Film(exposure=0.72, saturation=1.15), "second": light.Film(exposure=0.66, saturation=1.2),
    "complementary": light.Film(exposure=0.74, saturation=1.25), "incident": light.Film(exposure=1.0),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Balloon:
    place: tuple[float, float, float]  # at event time 0
    drift: tuple[float, float, float]  # metres a second
    suit: int
    turn: float  # radians
    burn: float  # seconds at which its burner fires, every 5.2


FLEET = [
    Balloon((13, 92, 104), (0.30, 0.5, 0.3), 0, 0.3, 1.0),
    Balloon((-44, 104, 160), (0.5, 0.35, 0.2), 2, 1.1, 3.2),
    Balloon((62, 122, 205), (0.4, 0.3, 0.3), 1, 2.0, 0.2),
    Balloon((-100, 82, 250), (0.6, 0.7, 0.2), 3, 0.7, 4.4),
    Balloon((-22, 148, 300), (0.5, 0.2, 0.1), 4, 2.4, 2.4),
    Balloon((128, 92, 330), (0.4, 0.5, 0.2), 7, 0.1, 1.7),
    Balloon((30, 100, 410), (0.6, 0.6, 0.3), 5, 1.9, 3.9),
    Balloon((-170, 128, 430), (0.7, 0.3, 0.1), 6, 0.5, 0.9),
    Balloon((96, 178, 470), (0.5, 0.2, 0.2), 8, 1.4, 2.9),
    Balloon((-80, 110, 560), (0.6, 0.5, 0.2), 0, 2.9, 4.8),
    Balloon((210, 150, 600), (0.5, 0.3, 0.2), 2, 0.9, 1.3),
    Balloon((10, 190, 690), (0.6, 0.2, 0.2), 3, 1.6, 3.5),
    Balloon((-260, 165, 760), (0.6, 0.3, 0.2), 5, 2.2, 0.5),
    Balloon((150, 130, 820), (0.7, 0.4, 0.2), 1, 0.4, 2.0),
    Balloon((-130, 210, 930), (0.6, 0.2, 0.2), 7, 1.0, 4.1),
]
FIELD = [  # the night glow: standing on the meadow in an uneven double row
    Balloon((-34, 11.5, 46), (0, 0, 0), 2, 0.3, 0.4), Balloon((-9.5, 11.5, 58), (0, 0, 0), 0, 1.2, 1.5),
    Balloon((17, 11.5, 52), (0, 0, 0), 3, 2.0, 2.7), Balloon((42, 11.5, 66), (0, 0, 0), 7, 0.6, 3.6),
    Balloon((-52, 11.5, 92), (0, 0, 0), 5, 1.6, 4.6), Balloon((-24, 11.5, 104), (0, 0, 0), 8, 0.9, 2.1),
    Balloon((6, 11.5, 112), (0, 0, 0), 4, 0.2, 3.2), Balloon((34, 11.5, 118), (0, 0, 0), 6, 2.5, 0.9),
    Balloon((68, 11.5, 130), (0, 0, 0), 1, 1.1, 4.2), Balloon((-84, 11.5, 138), (0, 0, 0), 0, 2.1, 1.0),
]  # fmt: skip


class World:
    """The valley, at one picture size."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._hills = tile(11, 2.1, size=1024, smallest=6)
        self._woods = tile(12, 0.9, size=512, smallest=1.6)
        self._cirrus = tile(13, 1.75, size=512)

    def render(self, shot: str, time: float) -> Field:
        if shot == "incident":
            return self._night_glow(time)
        return self._sunrise(self._camera(shot, time), time)

    def _camera(self, shot: str, time: float) -> Camera:
        size = {"width": self.width, "height": self.height}
        if shot == "anchor":  # a slow push over the ridge, towards the sun
            return Camera(-6 + 0.5 * time, 84 + 0.45 * time, 1.5 * time, 6.0, fov=58, shift=0.10, **size)
        if shot == "second":  # a longer lens from the same hill
            return Camera(30 - 0.9 * time, 98, -40, -8 + 0.35 * time, fov=32, shift=0.12, **size)
        return Camera(66 - 1.6 * time, 119 + 0.3 * time, 566, 182 - 0.2 * time, fov=50, shift=0.07, **size)

    def _land(self, x: Field, z: Field) -> Field:
        return self._hill(x, z) + 8.5 * self._grove(x, z) * (0.75 + 0.25 * sample(self._woods, x / 90, z / 90))

    def _hill(self, x: Field, z: Field) -> Field:
        broad = sample(self._hills, x / 5200 + 0.13, z / 5200 + 0.31)
        fine = sample(self._hills, x / 1300 + 0.5, z / 1300)
        away = smoothstep(150, 1500, np.hypot(x, z - 100))
        return (26 + 62 * broad * (0.55 + 0.9 * away) + 13 * fine + 150 * smoothstep(1600, 5200, z) * (1 + 0.5 * broad)
                + 120 * smoothstep(600, 3200, -z) * (1 + 0.5 * broad)).astype(np.float32)  # fmt: skip

    def _grove(self, x: Field, z: Field) -> Field:
        """Where trees stand: 0 to 1."""
        wood = smoothstep(0.75, 1.25, sample(self._woods, x / 620 + 0.2, z / 620 + 0.1))
        return wood * smoothstep(85, 230, np.hypot(x, z))

    def _sky(self, rays: Field, time: float) -> Field:
        up = np.clip(rays[..., 1], 0, 1)
        towards = np.clip(rays @ SUN.astype(np.float32), -1, 1)
        west = smoothstep(0.5, -0.9, towards)[..., None]
        east_sky = ramp(up, [(0.0, (0.90, 0.36, 0.16)), (0.06, (0.86, 0.40, 0.22)), (0.16, (0.66, 0.40, 0.36)),
                             (0.34, (0.32, 0.34, 0.50)), (0.8, (0.12, 0.20, 0.42))])  # fmt: skip
        west_sky = ramp(up, [(0.0, (0.40, 0.38, 0.50)), (0.07, (0.66, 0.43, 0.50)), (0.17, (0.70, 0.50, 0.52)),
                             (0.34, (0.40, 0.44, 0.60)), (0.8, (0.16, 0.26, 0.48))])  # fmt: skip
        sky = east_sky * (1 - west) + west_sky * west
        reach = 1 / np.maximum(up + 0.05, 0.05)
        veil = sample(self._cirrus, rays[..., 0] * reach * 0.09 + time * 0.0006, rays[..., 2] * reach * 0.055)
        veil = veil + 0.5 * sample(self._cirrus, rays[..., 0] * reach * 0.3, rays[..., 2] * reach * 0.16 + time * 0.001)
        veil = smoothstep(0.1, 2.0, veil) * smoothstep(0.02, 0.2, up)
        lit = np.array([1.25, 0.72, 0.50], np.float32) * (1 - west) + np.array([0.95, 0.62, 0.58], np.float32) * west
        sky = sky + (lit - sky * 0.4) * (veil * 0.55)[..., None]
        angle = np.arccos(np.clip(towards, -1, 1))
        warm = np.array([1.0, 0.55, 0.22], np.float32)
        halo = 0.55 * np.exp(-angle * 4.0) + 1.5 * np.exp(-angle * 16) + 14 * smoothstep(0.030, 0.022, angle)
        return sky + halo[..., None] * warm

    def _sunrise(self, camera: Camera, time: float) -> Field:
        rays = camera.rays()
        sky = self._sky(rays, time)
        ground = terrain.survey(camera, self._land, near=12, far=9000, steps=380)
        distance = np.minimum(ground.depth * ground.column_scale, 9000)
        bumps = terrain.normal(self._hill, ground.x, ground.z, np.maximum(2.0, distance * 0.012))
        wood = sample(self._woods, ground.x / 150, ground.z / 150) + 0.6 * sample(
            self._woods, ground.x / 37, ground.z / 37
        )
        meadow = smoothstep(-0.3, 0.9, sample(self._hills, ground.x / 900, ground.z / 900 + 0.2))[..., None]
        grass = (
            np.array([0.060, 0.062, 0.024], np.float32) * (1 - meadow)
            + np.array([0.15, 0.12, 0.045], np.float32) * meadow
        )
        grass = grass * np.clip(1 + 0.38 * wood * np.exp(-distance / 900), 0.25, 2)[..., None]
        grass = grass * (1 - 0.72 * self._grove(ground.x, ground.z))[..., None]
        shine = np.clip(bumps @ SUN.astype(np.float32) + 0.10, 0, 1)[..., None]
        land = grass * (shine * np.array([7.0, 3.4, 1.5], np.float32) + np.array([0.5, 0.55, 0.85], np.float32))
        mist_colour = self._mist_colour(rays)
        swirl = 1 + 0.35 * sample(self._cirrus, ground.x / 1500 + time * 0.004, ground.z / 1500)
        mist = terrain.fog(camera.y, ground.y, distance * swirl, density=0.012, scale=20.0)
        haze = 1 - np.exp(-distance / 3000)
        hidden = (1 - (1 - mist) * (1 - haze))[..., None]
        land = land * (1 - hidden) + mist_colour * hidden
        picture = np.where(ground.is_hit[..., None], land, sky).astype(np.float32)
        depth = np.where(ground.is_hit, ground.depth, np.inf)
        for balloon in sorted(FLEET, key=lambda b: -float(camera.project(np.array(b.place))[2])):
            draw_balloon(picture, depth, camera, balloon, time, ambient=(0.36, 0.36, 0.48), mist=mist_colour)
        birds.fly(picture, camera, time, start=(-40, 116, 150), speed=(4.5, 0.5, 1.0), count=13, spread=(14, 4, 12))
        x, y, z = camera.project(np.array([camera.x, camera.y, camera.z]) + SUN * 1000)
        if z > 0:
            mask = np.minimum(light.LUMA[0] * picture[..., 0] + picture[..., 1], 3.0) - 0.7
            rays_of_light = light.shafts(np.maximum(mask, 0), float(x), float(y))
            picture += rays_of_light[..., None] * np.array([0.30, 0.16, 0.07], np.float32)
        return light.bloom(picture, threshold=1.0, strength=0.4, radius=1.6)

    def _mist_colour(self, rays: Field) -> Field:
        towards = np.clip(rays @ SUN.astype(np.float32), -1, 1)[..., None]
        warm = np.clip(towards, 0, 1) ** 3
        cool = np.array([0.36, 0.32, 0.44], np.float32)
        return (cool * (1 - warm) + np.array([0.86, 0.42, 0.22], np.float32) * warm
                + np.array([1.0, 0.5, 0.2], np.float32) * np.clip(towards, 0, 1) ** 40 * 0.5)  # fmt: skip

    def _night_glow(self, time: float) -> Field:
        camera = Camera(-9 + 0.8 * (time - 40), 3.0, -30, 1.5, self.width, self.height, fov=64, shift=0.27)
        rays = camera.rays()
        up = np.clip(rays[..., 1], 0, 1)
        picture = ramp(up, [(0, (0.16, 0.13, 0.22)), (0.08, (0.085, 0.095, 0.22)), (0.3, (0.028, 0.045, 0.14)),
                            (0.8, (0.010, 0.018, 0.065))])  # fmt: skip
        rng = np.random.default_rng(8)
        stars = rng.normal(0, 1, (900, 3))
        stars[:, 1:] = np.abs(stars[:, 1:])
        x, y, z = camera.project(stars * 1e5 + (camera.x, camera.y, camera.z))
        bright = (rng.random(900) ** 5 * 0.9 + 0.04) * (0.8 + 0.2 * np.sin(time * 3 + np.arange(900)))
        picture += light.splat(self.width, self.height, x, np.where(z > 0, y, -9), bright[:, None] * (0.8, 0.9, 1.1))
        ridge = 34 + 26 * sample(self._hills, rays[..., 0] * 0.5 + 0.3, np.zeros_like(up) + 0.1)
        far = smoothstep(1, -1, (rays[..., 1] * 900 - ridge) / 2.5)[..., None]
        picture = picture * (1 - far) + np.array([0.035, 0.036, 0.075], np.float32) * far
        flat = np.maximum(-rays[..., 1], 1e-4)
        distance = camera.y / flat
        gx, gz = camera.x + rays[..., 0] * distance, camera.z + rays[..., 2] * distance
        below = smoothstep(0.0, -0.003, rays[..., 1])[..., None]
        turf = (
            0.6
            + 0.25 * sample(self._woods, gx / 9, gz / 9) * np.exp(-distance / 60)
            + 0.1 * sample(self._woods, gx / 40, gz / 40)
        )
        glow = np.zeros((*up.shape, 3), np.float32)
        for balloon in FIELD:
            level, tint = _burn(balloon, time), np.array(CLOTH[SUITS[balloon.suit][1][0]], np.float32)
            squared = (gx - balloon.place[0]) ** 2 + (gz - balloon.place[2]) ** 2
            glow += (3.2 * level / (1 + squared / 110))[..., None] * (np.array([1.0, 0.5, 0.16], np.float32) + tint)
        meadow = turf[..., None] * (
            glow * np.array([0.32, 0.30, 0.12], np.float32) + np.array([0.012, 0.016, 0.03], np.float32)
        )
        mist = (1 - np.exp(-distance / 260))[..., None]
        meadow = meadow * (1 - mist) + np.array([0.055, 0.050, 0.085], np.float32) * mist
        picture = picture * (1 - below) + meadow * below
        depth = np.full(up.shape, np.inf, np.float32)
        for balloon in sorted(FIELD, key=lambda b: -b.place[2]):
            draw_balloon(picture, depth, camera, balloon, time, ambient=(0.02, 0.028, 0.07), mist=None)
        self._crowd(picture, camera, time)
        return light.bloom(picture, threshold=0.35, strength=0.6, radius=2.2)

    def _crowd(self, picture: Field, camera: Camera, time: float) -> None:
        """People at the rope, black against the glow."""
        rng = np.random.default_rng(3)
        rows, columns = np.mgrid[0 : self.height, 0 : self.width].astype(np.float32)
        for _ in range(46):
            size = rng.uniform(1.55, 1.9)
            x, y, z = camera.project(np.array([rng.uniform(-40, 40), 0.0, rng.uniform(4, 22)]))
            unit = camera.focal / z
            sway = 0.03 * np.sin(time * rng.uniform(0.5, 1.3) + rng.uniform(0, 6)) * unit
            left, right = int(x - unit), int(x + unit)
            if right < 0 or left >= self.width:
                continue
            window = np.s_[max(0, int(y - 2 * unit)) : self.height, max(0, left) : right + 1]
            u, v = (columns[window] - x) / unit, (y - rows[window]) / unit / size
            head = np.hypot(u - sway / unit, (v - 0.93) * size) - 0.115
            body = np.abs(u) - (0.22 - 0.10 * smoothstep(0.70, 0.86, v) - 0.05 * smoothstep(0.5, 0.0, v))
            body = np.maximum(body, np.maximum(v - 0.84, -v))
            shape = smoothstep(0.6, -0.6, np.minimum(head, body) * unit)
            picture[window] *= (1 - 0.95 * shape)[..., None]


def _burn(balloon: Balloon, time: float) -> float:
    """Light of the burner, 0 to about 1: a roar of a second and a half that swells and dies, with a flicker."""
    since = (time - balloon.burn) % 5.2
    flame = smoothstep(0, 0.25, since) * smoothstep(2.4, 1.3, since)
    return float(0.16 + flame * (0.85 + 0.12 * np.sin(time * 31 + balloon.turn * 9)))


def _pattern(kind: str, around: Field, v: Field) -> NDArray[np.floating]:
    """Which of the four cloths shows, as a number in [0, 4), for an angle in turns and a height in radii."""
    if kind == "gores":
        return (around * 16) % 4
    if kind == "bands":
        return (v * 2.6 + 4 + 0.25 * np.abs((around * 16) % 2 - 1)) % 4
    if kind == "spiral":
        return (around * 8 + v * 2.1 + 8) % 4
    return (np.floor(around * 12) + 2 * np.floor(v * 3.2 + 8)) % 4 + 0.5


def draw_balloon(
    picture: Field, depth: Field, camera: Camera, balloon: Balloon, time: float,
    *, ambient: tuple[float, float, float], mist: Field | None,
) -> None:  # fmt: skip
    """Paint one balloon with its basket where the ground does not hide it."""
    centre = np.array(balloon.place) + np.array(balloon.drift) * time
    centre[1] += 0.5 * np.sin(time * 0.5 + balloon.turn)
    x, y, z = (float(value) for value in camera.project(centre))
    unit = camera.focal * RADIUS / z
    if z < 5 or unit < 0.8 or not -2 * unit < x < camera.width + 2 * unit:
        return
    left, top = int(x - 1.15 * unit) - 1, int(y - 1.1 * unit) - 1
    rows, columns = np.mgrid[top : int(y + 2.2 * unit) + 2, left : int(x + 1.15 * unit) + 2].astype(np.float32) + 0.5
    u, v = (columns - x) / unit, (y - rows) / unit
    radius = np.where(v > -0.6, np.sqrt(np.clip(1 - v * v, 0, 1)), 0.8 + 0.75 * (v + 0.6))
    radius = np.clip(radius, 1e-3, 1)
    slope = np.where(v > -0.6, v, 0.6 * 1.0)
    slope = np.where(v > -0.6, slope, -0.6)
    side = np.clip(u / radius, -1, 1)
    facing = np.sqrt(np.clip(1 - side * side, 0, 1))
    cloth = np.maximum(smoothstep(0.75, -0.75, (np.abs(u) - radius) * unit), 0) * smoothstep(
        -0.75, 0.75, (v - MOUTH) * unit
    )
    cloth = cloth * smoothstep(0.75, -0.75, (v - 1) * unit)
    kind, names = SUITS[balloon.suit]
    palette = np.array([CLOTH[name] for name in names], np.float32)
    around = (np.arcsin(side) + balloon.turn + 0.02 * time) / (2 * np.pi) % 1
    colour = np.zeros((*u.shape, 3), np.float32)
    for du, dv in ((-0.25, -0.25), (0.25, -0.25), (-0.25, 0.25), (0.25, 0.25)):  # four looks a pixel: soft seams
        near_side = np.clip((u + du / unit) / radius, -1, 1)
        near_around = (np.arcsin(near_side) + balloon.turn + 0.02 * time) / (2 * np.pi) % 1
        which = _pattern(kind, near_around, v + dv / unit).astype(np.int32)
        colour += 0.25 * palette[np.clip(which, 0, 3)]
    seam = np.abs((around * 32) % 1 - 0.5)
    colour = colour * (1 - 0.28 * smoothstep(0.40, 0.5, seam) * smoothstep(10, 30, unit))[..., None]
    colour = np.where((v > 0.93)[..., None], palette[1], colour)
    flat = np.sqrt(np.clip(1 - slope * slope, 0.05, 1))
    right, up, forward = camera.basis()
    sun = np.array([SUN @ right, SUN @ up, SUN @ -forward], np.float32)
    bulge = side + 0.10 * ((around * 32) % 1 - 0.5)
    lambert = bulge * flat * sun[0] + slope * sun[1] + facing * flat * sun[2]
    is_day = mist is not None
    shade = np.array(ambient, np.float32) * (0.75 + 0.35 * slope)[..., None]
    if is_day:
        through = np.clip(-lambert, 0, 1) * 0.34 + 0.16 * (1 - facing) ** 2 + 0.05
        shade = shade + (np.clip(lambert, 0, 1) * 2.3 + 0.75 * np.clip((lambert + 0.7) / 1.7, 0, 1) ** 2)[
            ..., None
        ] * np.array([1.0, 0.70, 0.42], np.float32)
        shade = shade + through[..., None] * np.array([1.0, 0.55, 0.25], np.float32) * max(0.0, -float(sun[2])) * 1.5
    burn = _burn(balloon, time) * (0.55 if is_day else 2.4)
    inner = np.exp(-((v + 1.0) ** 2) / 0.7 - u * u * 0.6) + 0.30
    shade = shade + (burn * inner * (0.55 + 0.45 * facing))[..., None] * np.array([1.0, 0.56, 0.22], np.float32)
    paint = colour * shade
    flame = burn * np.exp(-((v - MOUTH + 0.08) ** 2) / 0.012 - u * u / 0.006)
    paint = paint + flame[..., None] * np.array([3.0, 1.7, 0.6], np.float32)

    wicker = np.maximum(np.abs(u) - 0.115, np.abs(v - BASKET) - 0.10)
    lean = 0.11 + 0.09 * (v - BASKET) / (MOUTH - BASKET)
    rope = np.maximum(np.abs(np.abs(u) - lean) - 0.008, np.abs(v - (BASKET + MOUTH) / 2) - (MOUTH - BASKET) / 2)
    riders = np.minimum(np.hypot(u - 0.04, v - BASKET - 0.16), np.hypot(u + 0.05, v - BASKET - 0.15)) - 0.045
    gear = smoothstep(0.7, -0.7, np.minimum(wicker, riders) * unit) + 0.7 * smoothstep(1.0, -0.5, rope * unit)
    gear = np.clip(gear, 0, 1) * (1 - cloth)
    tan = np.array([0.16, 0.09, 0.04], np.float32) * (np.array(ambient, np.float32) + burn * 0.5)
    alpha = np.clip(cloth + gear, 0, 1)
    share = (gear / np.maximum(alpha, 1e-3))[..., None]
    paint = paint * (1 - share) + tan * share
    y0, y1, x0, x1 = (
        max(0, top),
        min(camera.height, top + u.shape[0]),
        max(0, left),
        min(camera.width, left + u.shape[1]),
    )
    if y0 >= y1 or x0 >= x1:
        return
    part = np.s_[y0 - top : y1 - top, x0 - left : x1 - left]
    alpha, paint = alpha[part] * (depth[y0:y1, x0:x1] > z), paint[part]
    if mist is not None:
        veil = 1 - np.exp(-z / 1500.0)
        paint = paint * (1 - veil) + mist[y0:y1, x0:x1] * veil
    light.over(picture, paint.astype(np.float32), alpha.astype(np.float32), x0, y0)
