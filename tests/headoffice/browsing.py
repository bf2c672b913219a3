"""Chromium as Debian has it, and what a test calls to visit a page."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

FLAGS = (
    "--no-sandbox",  # tests may run as root
    "--headless=new",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)
Visit = Callable[..., Page]
