"""The JSON and download routes, and what else the dashboard's ASGI app needs."""

from deepfreq_core.web.app import lifespan, middleware
from deepfreq_core.web.pages import page_routes
from deepfreq_core.web.routes import routes
from deepfreq_core.web.series import record

__all__ = ["lifespan", "middleware", "page_routes", "record", "routes"]
