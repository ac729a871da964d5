"""From a paper's HTML to PDF, by WeasyPrint, which needs Pango of the system.

A machine without it still works: every paper is a page made for printing, and `can_make_pdf` says so.
"""

import functools
import logging
from types import ModuleType

logger = logging.getLogger(__name__)

PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"


class NoPango(Exception):
    """WeasyPrint cannot work on this machine."""


@functools.cache
def _weasyprint() -> ModuleType | None:
    """Imported when the first paper is wanted: it takes a second, and a machine without Pango raises OSError."""
    try:
        import weasyprint  # noqa: PLC0415
    except OSError as error:
        logger.warning("papers are shown as pages, not as PDF: install %s (%s)", PACKAGES, error)
        return None
    module: ModuleType = weasyprint
    return module


def can_make_pdf() -> bool:
    return _weasyprint() is not None


def make_pdf(html: str) -> bytes:
    """A whole HTML document, styles included, as PDF. Nothing is fetched, neither from the network nor from a disk.

    :raises NoPango: if this machine cannot
    """
    weasyprint = _weasyprint()
    if weasyprint is None:
        raise NoPango(PACKAGES)
    fetches_nothing = weasyprint.urls.URLFetcher(allowed_protocols=())
    pdf: bytes = weasyprint.HTML(string=html, url_fetcher=fetches_nothing).write_pdf()
    return pdf
