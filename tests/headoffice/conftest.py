"""A head office shared by a module's tests, each with a terminal of its own; one to break; a browser."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.headoffice.browsing import FLAGS, Visit
from tests.headoffice.office import PASSWORD, Office, Terminal

_NUMBER = count(1)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    office = Office(tmp_path_factory.mktemp("office")).start()
    yield office
    office.stop()


@pytest.fixture
def till(office: Office) -> Terminal:
    return Terminal(office, f"s0412-t{next(_NUMBER)}")


@pytest.fixture
def own_office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path).start()
    yield office
    office.stop()


@pytest.fixture
def own_till(own_office: Office) -> Terminal:
    return Terminal(own_office)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Signs in on the way; a script error or a breach of the content policy fails the test."""
    errors: list[str] = []
    contexts = []

    def signed_in(
        office: Office, path: str = "/", *, width: int = 1280, locale: str = "en-GB", js: bool = True
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            locale=locale,
            java_script_enabled=js,
            base_url=office.url,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if "Policy" in said.text else None)
        page.goto(path)
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_selector("nav + form")
        return page

    yield signed_in
    for context in contexts:
        context.close()
    assert errors == []
