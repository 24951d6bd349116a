"""The pytest plugin. Its fixtures are registered late, so that its loop with the jumping clock is the one in use."""

from __future__ import annotations

from importlib import import_module

import pytest


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Brings the marker and the fixtures."""
    config.addinivalue_line("markers", "recording(file): the recording that `replayed` has replayed, beside the test")
    config.pluginmanager.register(import_module("engine.testing.fixtures"), "gpttg-fixtures")
