"""The profiles of CONFIG.md: sets of settings that the service takes, at the price that the page tells."""

import re

from pages import check, text_of
from service import Service
from web import call

_PROFILE = re.compile(r"^## (Profile: .*?)\n(.*?)^```ini\n(.*?)^```\n(.*?)(?=^## )", re.MULTILINE | re.DOTALL)
_PRICE = re.compile(r"([\d,]+) calls × US\$([\d.]+) = US\$([\d.]+) a day")
_CALL = re.compile(r"([\d,]+) captions of 666×64 to a call")
_SHOWN_BY_HEALTH = {
    "DAILY_API_CALLS_LIMIT": ("cost_protection", "daily_api_calls_limit"),
    "JOBS_PER_MINUTE_LIMIT": ("cost_protection", "jobs_per_minute"),
    "JOBS_PER_HOUR_LIMIT": ("cost_protection", "jobs_per_hour"),
    "MAX_FRAMES_PER_JOB": ("technical_limits", "max_frames_per_job"),
    "HEIGHT_LIMIT_PX": ("technical_limits", "height_limit_px"),
    "PIXEL_LIMIT": ("technical_limits", "pixel_limit"),
    "FILE_SIZE_LIMIT_MB": ("technical_limits", "file_size_limit_mb"),
    "JOB_RESULT_TTL_SECONDS": ("job_management", "result_ttl_seconds"),
    "MAX_CONCURRENT_JOBS": ("job_management", "max_concurrent_jobs"),
}


def profiles(page):
    """Name, settings, and what the page says of them."""
    for name, before, settings, after in _PROFILE.findall(text_of(page)):
        yield name, dict(line.split("=", 1) for line in settings.splitlines()), before + after


def number(text):
    return int(text.replace(",", ""))


def try_out(binary, settings, told, google):
    """Starts the service with them. `google` has the credentials for those that want Google's engine."""
    on_google = settings["OCR_ENGINE"] == "google"
    with Service(binary, {**(google if on_google else {}), **settings}) as service:
        health = call(service.url + "/health").body
        check(health["engine"] == settings["OCR_ENGINE"], f"the engine is {health['engine']}")
        for name, (group, field) in _SHOWN_BY_HEALTH.items():
            if name in settings:
                shown = health["config"][group][field]
                check(shown == int(settings[name]), f"{name} is {settings[name]}, and /health says {shown}")
        fits = call(service.url + "/capacity", {"width": 666, "height": 64}).body["max_images"]
    for said in _CALL.findall(told):
        check(number(said) == fits, f"{said} captions are said to fit in a call, and {fits} do")
    price = float(settings.get("VISION_CALL_PRICE_USD", "0.0015")) if on_google else 0
    said = _PRICE.search(told)
    check(said, "the page does not say what a day costs")
    calls = int(settings["DAILY_API_CALLS_LIMIT"])
    check((number(said[1]), float(said[2]), float(said[3])) == (calls, price, round(calls * price, 6)),
          f"{said[0]} is not {calls} × {price}")
    return f"{fits} captions a call, at most US${calls * price:g} a day"
