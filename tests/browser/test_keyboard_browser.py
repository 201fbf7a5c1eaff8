"""From opening the site to the file of a shortlisted candidate in 3D, by keyboard alone, with the shipped models."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
FOCUS = "() => [document.activeElement.tagName, document.activeElement.innerText.trim().split('\\n').pop()]"
MOST = 400  # presses of Tab from one thing to the next


def tab_to(page: Page, tag: str, text: str, key: str = "Tab") -> int:
    """Move the focus to the next element of that tag whose last line is `text`; return how often Tab was pressed."""
    for pressed in range(1, MOST):
        page.keyboard.press(key)
        if page.evaluate(FOCUS) == [tag, text]:
            return pressed
    raise AssertionError(f"No {tag} '{text}' was reached by {key}.")


def settle(page: Page) -> None:
    """Wait until nothing is being drawn."""
    page.wait_for_timeout(300)
    page.wait_for_function("() => !document.querySelector('[data-testid=\"stStatusWidget\"]')")


def test_from_the_door_to_a_file_in_3d_by_keyboard(serve, visit):
    server = serve(None)
    began = time.monotonic()
    page = visit(server.address)
    settle(page)
    presses = tab_to(page, "BUTTON", "Generate")
    page.keyboard.press("Enter")
    page.locator(".pd-counts").wait_for()
    settle(page)
    presses += tab_to(page, "BUTTON", "Shortlist")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Shortlisted").first).to_be_visible()
    settle(page)
    presses += tab_to(page, "A", "Shortlist", "Shift+Tab")
    page.keyboard.press("Enter")
    page.get_by_placeholder("Note").first.wait_for()
    settle(page)
    presses += tab_to(page, "A", "Polymer page")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="3D SDF").wait_for()
    settle(page)
    presses += tab_to(page, "BUTTON", "3D SDF")
    with page.expect_download() as caught:
        page.keyboard.press("Enter")
    content = Path(caught.value.path()).read_text()
    seconds = time.monotonic() - began
    print(f"\nby keyboard, from the door to the file: {seconds:.1f} s, Tab pressed {presses} times")
    assert caught.value.suggested_filename.endswith(".sdf") and "V2000" in content and "M  END" in content
    assert seconds < 150
