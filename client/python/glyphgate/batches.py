"""How a batch becomes jobs.

A job is a run of consecutive pictures that fill one engine call, as `/capacity` counts it, and one request body. The
service would split a larger job into calls by itself; but a job of one call is admitted, fails and is shown alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, List, Optional, Sequence

from . import interrupt
from .form import Wishes, frame_size, part_size
from .picture_size import Size
from .pictures import Picture
from .results import Capacity

# Rows between two pictures of a call, as /capacity counts them.
_SEAM = 2
# The service's bound for one job.
_MAX_IMAGES = 10_000


@dataclass(frozen=True)
class CallLimits:
    """What one engine call holds."""

    images: int
    #: Pixels, each picture with a seam.
    height: int
    #: Square pixels of the picture that they are stacked to.
    stacked_area: int
    #: Square pixels of the pictures themselves, for which the service reckons a number of bytes.
    area: int

    @classmethod
    def of(cls, capacity: Capacity, size: Size) -> CallLimits:
        """Taken from what /capacity answers about pictures of one size; for that size it gives `max_images`."""
        width, height = size
        return cls(capacity.by_config, capacity.by_height * (height + _SEAM), capacity.by_pixels * width * height,
                   capacity.by_file_size * width * height)


@dataclass(frozen=True)
class _Load:
    """What the pictures of a job add up to."""

    body: int
    images: int = 0
    width: int = 0
    height: int = 0
    area: int = 0

    def plus(self, picture: Picture, size: Optional[Size]) -> _Load:
        width, height = size or (0, 0)
        return _Load(self.body + part_size(picture), self.images + 1, max(self.width, width), self.height + height,
                     self.area + width * height)

    def fits(self, limits: Optional[CallLimits], max_body_bytes: int) -> bool:
        if self.body > max_body_bytes or self.images > _MAX_IMAGES:
            return False
        return limits is None or (self.images <= limits.images and
                                  self.height + _SEAM * self.images <= limits.height and
                                  self.width * self.height <= limits.stacked_area and self.area <= limits.area)


def plan(pictures: Sequence[Picture], wishes: Wishes, max_body_bytes: int,
         ask_capacity: Callable[[int, int], Capacity]) -> List[List[Picture]]:
    """The jobs. A picture that fits nowhere has a job of its own, for the service to refuse. Pictures that ask for a job
    of their own get one; these jobs come last.

    The service is asked once, about a typical picture: the one of median area. Sizes are those of the files' headers;
    a picture that tells none counts by its bytes alone.
    """
    shared = _plan_shared([p for p in pictures if not p.alone], wishes, max_body_bytes, ask_capacity)
    return shared + [[p] for p in pictures if p.alone]


def _plan_shared(pictures: Sequence[Picture], wishes: Wishes, max_body_bytes: int,
                 ask_capacity: Callable[[int, int], Capacity]) -> List[List[Picture]]:
    if len(pictures) < 2:
        return [list(pictures)] if pictures else []
    sizes: List[Optional[Size]] = []
    for picture in pictures:
        interrupt.check()
        sizes.append(picture.dimensions())
    limits = _limits_for(sizes, ask_capacity)
    jobs: List[List[Picture]] = []
    load = empty = _Load(frame_size(wishes))
    for picture, size in zip(pictures, sizes):
        grown = load.plus(picture, size)
        if not jobs or not grown.fits(limits, max_body_bytes):
            jobs.append([])
            grown = empty.plus(picture, size)
        jobs[-1].append(picture)
        load = grown
    return jobs


def _limits_for(sizes: Sequence[Optional[Size]], ask_capacity: Callable[[int, int], Capacity]) -> Optional[CallLimits]:
    known = sorted((size for size in sizes if size and size[0] and size[1]), key=lambda size: size[0] * size[1])
    if not known:
        return None
    typical = known[len(known) // 2]
    capacity = ask_capacity(*typical)
    # Where not even one fits, the service refuses the pictures one by one.
    return CallLimits.of(capacity, typical) if capacity.max_images else None
