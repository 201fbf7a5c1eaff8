"""From the first look to the file, in Chromium."""

import csv
import io
import json
import os
import re
import shutil
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / "screenshots"
MEMORY_MB = 200


def settle(page: Page) -> None:
    """Wait until the page has been drawn to the end."""
    page.wait_for_timeout(400)
    page.wait_for_function(
        '() => !document.querySelector(\'[data-testid="stStatusWidget"], [data-testid="stSkeleton"]\')'
    )
    page.wait_for_timeout(300)


def unfold(page: Page, label: str) -> None:
    """Open a folded section."""
    page.locator("summary").filter(has_text=re.compile(rf"{label}$")).first.click()
    settle(page)


def switch_on(page: Page, key: str) -> None:
    """Switch a property on."""
    page.locator(f".st-key-row-{key} label").first.click()
    page.locator(f".st-key-row-{key}").get_by_role("slider").wait_for()
    settle(page)


def generate(page: Page) -> None:
    page.get_by_role("button", name="Generate").click()
    page.locator(".pd-counts").wait_for()
    settle(page)


def shown(page: Page) -> list[str]:
    return page.locator("code.pd-psmiles").all_inner_texts()


def test_the_first_page_is_light(serve, visit, toy_generator):
    server = serve(toy_generator.parent)
    visit(server.address)
    began = time.monotonic()
    page = visit(server.address)
    seconds = time.monotonic() - began
    settle(page)
    memory = server.resident_mb()
    print(f"\nfirst page: {seconds:.2f} s to Generate, {memory:.0f} MB")
    assert memory < MEMORY_MB
    assert not server.has_loaded("libtorch")
    assert not server.has_loaded("rdkit")


def test_from_slider_to_file_and_back_by_link(visit, toy_app):
    page = visit(toy_app.address)
    unfold(page, "Structure")
    switch_on(page, "RingCount")
    row = page.locator(".st-key-row-RingCount")
    thumb = row.get_by_role("slider")
    thumb.focus()
    start = float(row.locator("input[type=number]").first.input_value())
    for _ in range(2):
        thumb.press("ArrowRight")
    expect(row.locator("input[type=number]").first).to_have_value(f"{start + 2:g}")
    settle(page)
    unfold(page, "Number, seed and sampling")
    page.get_by_label("Polymers", exact=True).fill("12")
    page.get_by_label("Polymers", exact=True).press("Enter")
    settle(page)
    generate(page)
    first = shown(page)
    assert len(first) == 12
    assert f"RingCount%3D{start + 2:g}" in page.url

    page.get_by_role("button", name="Download").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))
    assert [row["psmiles"] for row in rows] == first
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON").click()
    run = json.loads(Path(download.value.path()).read_text())
    assert run["manifest"]["request"]["targets"] == {"RingCount": {"value": start + 2, "tolerance": 0.5, "weight": 1.0}}
    with page.expect_download() as download:
        page.get_by_role("button", name="SVG").click()
    assert Path(download.value.path()).read_text().count("<svg") == 1 + len(first)

    again = visit(page.url)
    settle(again)
    expect(again.locator(".st-key-row-RingCount input[type=number]").first).to_have_value(f"{start + 2:g}")
    generate(again)
    assert shown(again) == first


def test_a_candidate_opens_large_and_in_three_dimensions(visit, toy_app):
    page = visit(toy_app.address + "/?generator=ngram&n=6")
    generate(page)
    page.get_by_role("button", name="Details and 3D").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="3D SDF").wait_for()
    canvas = dialog.frame_locator("iframe").locator("canvas").first
    canvas.wait_for()
    assert canvas.evaluate("c => c.width * c.height") > 0
    assert dialog.locator("img").first.evaluate("i => i.naturalWidth") > 0
    with page.expect_download() as download:
        dialog.get_by_role("button", name="SVG", exact=True).click()
    assert "<svg" in Path(download.value.path()).read_text()


def test_stop_ends_a_run_and_others_are_not_held_up(visit, toy_app):
    busy = visit(toy_app.address + "/?generator=ngram&n=100000")
    other = visit(toy_app.address)
    busy.get_by_role("button", name="Generate").click()
    stop = busy.get_by_role("button", name="Stop", exact=True)
    stop.wait_for()
    began = time.monotonic()
    unfold(other, "Structure")
    switch_on(other, "RingCount")
    print(f"\nanother visitor's click while a run is at work: {time.monotonic() - began:.1f} s")
    stop.wait_for()
    stop.click()
    expect(busy.get_by_role("button", name="Generate")).to_be_enabled()
    assert re.search("Stopped (early|before)", busy.inner_text("body"))


def test_nothing_in_a_link_becomes_markup(visit, toy_app):
    text = "<img src=x onerror=alert(1)>*a*"
    page = visit(f"{toy_app.address}/?target={text}&keep={text}")
    settle(page)
    warning = page.get_by_role("alert").first
    assert text in warning.inner_text()
    assert page.locator("[role=alert] em, [role=alert] img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("name", "width", "height"), [("wide", 1440, 1000), ("narrow", 390, 844)])
def test_the_page_fits_its_window(visit, toy_app, name, width, height, scheme):
    page = visit(toy_app.address + "/?target=RingCount=2:1&n=12", width=width, height=height, scheme=scheme)
    settle(page)
    generate(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    background = page.locator(".stApp").evaluate("e => getComputedStyle(e).backgroundColor")
    assert (max(map(int, re.findall(r"\d+", background)[:3])) < 80) == (scheme == "dark")
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"design-{name}-{scheme}.png")


def test_the_shipped_models_answer_and_are_photographed(serve, visit):
    """The README's picture; with POLYDESIGN_PICTURE set it replaces docs/design.png."""
    page = visit(serve().address)
    page.get_by_role("button", name="High-Tg wide-gap dielectric").click()
    settle(page)
    generate(page)
    assert page.locator(".pd-line").count() >= 3 * 12
    assert "not predicted" not in page.inner_text("body")
    page.mouse.move(720, 5)
    page.wait_for_timeout(1000)
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / "design.png")
    if os.environ.get("POLYDESIGN_PICTURE"):
        shutil.copyfile(SHOTS / "design.png", ROOT / "docs" / "design.png")
