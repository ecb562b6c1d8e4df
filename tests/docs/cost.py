"""The figures of COST.md, taken anew from a running service."""

import concurrent.futures
import math
import re

from pages import DOCS, check, rows, section
from service import GENEROUS, Service
from web import call

PRICE = 0.0015
_PICTURES = 1000
_CLIENTS = 16


def capacities(url):
    """The table of what fits in a call. How many rows it has."""
    counted = 0
    for size, fits, limit, calls, usd in rows(section("docs/COST.md", "A thousand pictures of one size")):
        width, height = re.match(r"(\d+)×(\d+)", size).groups()
        is_so = call(url + "/capacity", {"width": int(width), "height": int(height)}).body
        needed = math.ceil(_PICTURES / is_so["max_images"])
        now = (str(is_so["max_images"]), is_so["limiting_factor"], str(needed), f"{needed * PRICE:.4f}")
        told = (fits, limit.strip("`"), calls, usd)
        check(told == now, f"{size}: the page says {told}, it is {now}")
        counted += 1
    check(counted, "COST.md has no table of sizes")
    return counted


def _strips():
    """Caption strips of 666×64, each with a comment of its own: other bytes, the same picture."""
    samples = [p.read_bytes() for p in sorted((DOCS / "samples").glob("caption-en-*.jpg"))]
    for i in range(_PICTURES):
        jpeg, comment = samples[i % len(samples)], b"strip %08d" % i
        yield jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]


def _form(strips):
    parts = [b'--cut\r\nContent-Disposition: form-data; name="files"; filename="%d.jpg"\r\n\r\n%s\r\n' % (i, strip)
             for i, strip in enumerate(strips)]
    return b"".join(parts) + b"--cut--\r\n"


def _read(url, body, content_type):
    """Posts a job, and waits for its end."""
    job = call(url + "/ocr/jobs", body, content_type).body["job_id"]
    while (view := call(f"{url}/ocr/jobs/{job}?wait=55").body)["status"] in ("pending", "processing"):
        pass
    check(view["status"] == "completed", f"a job ended as {view['status']}: {view['error']}")


def _in_one_job(url, strips):
    _read(url, _form(strips), "multipart/form-data; boundary=cut")


def _one_by_one(url, strips):
    with concurrent.futures.ThreadPoolExecutor(_CLIENTS) as clients:
        list(clients.map(lambda strip: _read(url, strip, "image/jpeg"), strips))


def _in_one_job_twice(url, strips):
    _in_one_job(url, strips)
    _in_one_job(url, strips)


def _with_half_known(url, strips):
    _in_one_job(url, strips[:_PICTURES // 2])
    _in_one_job(url, strips)


def _agrees(told, now):
    """Whether the cell tells that figure; "about" allows for half as much and for twice as much."""
    figure = told.replace(",", "")
    if figure.startswith("about "):
        return float(now) / 2 <= float(figure[6:]) <= float(now) * 2
    return figure == now


def measured(binary, google):
    """The table of what /usage said, row by row: the same ways, the same figures."""
    apart = {"PACKING": "off"}
    ways = [(_in_one_job, {}), (_one_by_one, {}), (_one_by_one, apart), (_in_one_job_twice, {}), (_with_half_known, {})]
    told = list(rows(section("docs/COST.md", "A thousand captions, measured")))
    check(len(told) == len(ways), "COST.md has another number of ways than its test")
    strips = list(_strips())
    for (way, settings), cells in zip(ways, told):
        with Service(binary, {**GENEROUS, **google, **settings}) as service:
            way(service.url, strips)
            cost = call(service.url + "/usage").body["cost"]
        now = [str(cost["api_calls"]), str(cost["images_processed"]), str(cost["images_from_cache"]),
               f"{cost['estimated_usd']:.4f}", f"{cost['saved_usd']:.4f}"]
        check(len(cells) == 6 and all(map(_agrees, cells[1:], now)),
              f"{cells[0]}: the page says {cells[1:]}, it is {now}")
    return len(told)
