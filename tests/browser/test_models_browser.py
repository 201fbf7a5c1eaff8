"""The Models page in Chromium: cards and scoreboard, by its own address, light and dark, wide and narrow."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

SHOTS = Path(__file__).resolve().parents[2] / "screenshots"


@pytest.fixture(scope="module")
def shipped_app(serve):
    return serve(None)


def settle(page: Page) -> None:
    """Wait until the page has been drawn to the end."""
    page.wait_for_timeout(400)
    page.wait_for_function(
        '() => !document.querySelector(\'[data-testid="stStatusWidget"], [data-testid="stSkeleton"]\')'
    )
    page.wait_for_timeout(300)


def photograph(page: Page, name: str, width: int, height: int) -> None:
    SHOTS.mkdir(exist_ok=True)
    tall = page.locator('[data-testid="stMain"]').evaluate("e => e.scrollHeight")
    page.set_viewport_size({"width": width, "height": max(height, min(tall, 4000))})
    settle(page)
    page.screenshot(path=SHOTS / f"{name}.png")


def test_a_model_is_chosen_and_its_address_remembered(visit, shipped_app):
    page = visit(shipped_app.address + "/models", ready=("button", "Load from the Hub"))
    page.get_by_text("Guide: fingerprint", exact=False).first.click()
    expect(page.locator(".st-key-model-detail .pd-name")).to_contain_text("Guide")
    settle(page)
    assert page.url.endswith("model=guide")
    assert "files verified" in page.locator(".st-key-model-detail").inner_text()
    page.get_by_role("tab", name="Figures").click()
    expect(page.locator(".pd-score").filter(visible=True).first).to_contain_text("Glass transition temperature")
    again = visit(page.url, ready=("button", "Load from the Hub"))
    expect(again.locator(".st-key-model-detail .pd-name")).to_contain_text("Guide")
    again.get_by_text("Scoreboard", exact=True).click()
    expect(again.get_by_role("heading", name="Property models")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("name", "width", "height"), [("wide", 1440, 1000), ("narrow", 390, 844)])
def test_the_page_fits_its_window(visit, shipped_app, name, width, height, scheme):
    for view, link in (("cards", "?model=gnn-qm9"), ("figures", "?model=guide"), ("scoreboard", "?view=Scoreboard")):
        page = visit(
            f"{shipped_app.address}/models{link}", width=width, height=height, scheme=scheme,
            ready=("heading", "Speed") if view == "scoreboard" else ("button", "Load from the Hub"),
        )  # fmt: skip
        settle(page)
        if view == "cards":
            assert page.locator(".st-key-card img").evaluate("i => i.naturalWidth") > 0
        elif view == "figures":
            page.get_by_role("tab", name="Figures").click()
            settle(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        background = page.locator(".stApp").evaluate("e => getComputedStyle(e).backgroundColor")
        assert (max(map(int, re.findall(r"\d+", background)[:3])) < 80) == (scheme == "dark")
        photograph(page, f"models-{view}-{name}-{scheme}", width, height)
