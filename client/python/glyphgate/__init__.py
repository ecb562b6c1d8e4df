"""Client of Glyphgate, an OCR service that cannot overspend. Standard library only.

>>> from glyphgate import OCRClient
>>> with OCRClient("http://127.0.0.1:8000") as client:
...     for picture in client.process_batch(["a.png", "b.jpg"]):
...         print(picture.id, picture.error or picture.text)
"""

from .aio import AsyncOCRClient
from .client import OCRClient
from .documents import Documents
from .errors import (BadRequest, GlyphgateError, Interrupted, InvalidRequest, JobFailed, JobTimeout, NotAuthorised,
                     NotFound, PictureError, RateLimited, RequestError, ServiceError, ServiceUnreachable, TooLarge,
                     Unavailable, UnexpectedAnswer, UnsupportedFormat, WriteFailed)
from .results import (Box, Breaker, Capacity, Character, Cost, Engine, Health, Job, JobCost, JobResult, Limits,
                      LocalFirst, PictureResult, Quote, Submission, Usage)
from .version import __version__
from .waiting import Wait

__all__ = [
    "AsyncOCRClient", "BadRequest", "Box", "Breaker", "Capacity", "Character", "Cost", "Documents", "Engine",
    "GlyphgateError", "Health", "Interrupted", "InvalidRequest", "Job", "JobCost", "JobFailed", "JobResult",
    "JobTimeout", "Limits", "LocalFirst", "NotAuthorised", "NotFound", "OCRClient", "PictureError", "PictureResult",
    "Quote", "RateLimited", "RequestError", "ServiceError", "ServiceUnreachable", "Submission", "TooLarge",
    "Unavailable", "UnexpectedAnswer", "UnsupportedFormat", "Usage", "Wait", "WriteFailed", "__version__",
]
