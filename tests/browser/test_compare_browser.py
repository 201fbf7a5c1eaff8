"""The Compare page in Chromium: by its own address, light and dark, wide and narrow, and a trial to its end."""

import csv
import io
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
    page.wait_for_timeout(600)


def photograph(page: Page, name: str, width: int, height: int) -> None:
    SHOTS.mkdir(exist_ok=True)
    tall = page.get_by_test_id("stMain").evaluate("e => e.scrollHeight")
    page.set_viewport_size({"width": width, "height": max(height, min(tall, 4000))})
    settle(page)
    page.screenshot(path=SHOTS / f"{name}.png")


def test_a_task_is_chosen_kept_in_the_address_and_downloaded(visit, shipped_app):
    page = visit(shipped_app.address + "/compare?task=unconditional", ready=("button", "CSV"))
    expect(page.locator(".pd-score").first).to_contain_text("polygpt")
    with page.expect_download() as caught:
        page.get_by_role("button", name="CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(caught.value.path()).read_text())))
    assert any(row["checkpoint"] == "polygpt" and row["figure"] == "valid" and int(row["n"]) > 0 for row in rows)
    assert "task=unconditional" in page.url


def test_a_request_is_tried_and_its_candidates_open_in_design(visit, toy_app):
    page = visit(f"{toy_app.address}/compare?generator=ngram&target=RingCount=1:0.5&n=6", ready=("button", "Try all"))
    settle(page)
    page.get_by_role("button", name="Try all").click()
    link = page.get_by_role("link", name="All candidates in Design")
    link.wait_for()
    expect(page.locator(".pd-score")).to_contain_text("ngram")
    assert page.locator('[class*="st-key-trial-"] img').first.evaluate("i => i.naturalWidth") > 0
    assert "part=targets" in page.url and "RingCount" in page.url
    settle(page)
    photograph(page, "compare-trial", 1440, 1000)
    link.click()
    page.get_by_role("button", name="Generate").wait_for()
    settle(page)
    expect(page.locator(".st-key-row-RingCount input[type=number]").first).to_have_value("1")
    page.get_by_role("button", name="Generate").click()
    page.locator(".pd-counts").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("name", "width", "height"), [("wide", 1440, 1000), ("narrow", 390, 844)])
def test_the_page_fits_its_window(visit, shipped_app, name, width, height, scheme):
    parts = {
        "scores": ("task=properties", ("button", "CSV")),
        "plots": ("part=plots", ("heading", "Seconds")),
        "targets": ("part=targets", ("button", "Try")),
    }
    for view, (link, ready) in parts.items():
        page = visit(
            f"{shipped_app.address}/compare?{link}", width=width, height=height, scheme=scheme, ready=ready
        )  # fmt: skip
        settle(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        background = page.locator(".stApp").evaluate("e => getComputedStyle(e).backgroundColor")
        assert (max(map(int, re.findall(r"\d+", background)[:3])) < 80) == (scheme == "dark")
        photograph(page, f"compare-{view}-{name}-{scheme}", width, height)
