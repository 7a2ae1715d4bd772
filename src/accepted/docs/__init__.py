"""Documents made from declarations: OpenAPI of a served API.

What may live here: pure functions from values to documents. Whoever serves an API makes the values (`Described`),
so that nothing here knows a server.
"""

from accepted.docs._schemas import example_of
from accepted.docs._tasks import STATUSES
from accepted.docs.described import Bounds, Described, FaultDescription, TypeDescription
from accepted.docs.openapi import extension_schema, openapi

__all__ = [
    "STATUSES",
    "Bounds",
    "Described",
    "FaultDescription",
    "TypeDescription",
    "example_of",
    "extension_schema",
    "openapi",
]
