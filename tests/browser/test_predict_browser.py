"""The Predict page in Chromium: a name, a file, an address, light and dark, wide and narrow."""

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

SHOTS = Path(__file__).resolve().parents[2] / "screenshots"
CSV = (
    "id,psmiles,note\n1,*CC(*)c1ccccc1,styrene\n2,,nothing\n3,not a polymer,words\n4,*C(*)(*)*,four stars\n"
    "5,*" + "C" * 9998 + "*,long\n6,PEEK,Öl\n7,*CCO*,PEO\n"
).encode("latin-1")


def settle(page: Page) -> None:
    """Wait until the page has been drawn to the end."""
    page.wait_for_timeout(400)
    page.wait_for_function(
        '() => !document.querySelector(\'[data-testid="stStatusWidget"], [data-testid="stSkeleton"]\')'
    )
    page.wait_for_timeout(300)


def predict(page: Page) -> None:
    page.get_by_role("button", name="Predict").click()
    page.locator(".st-key-polymer table").first.wait_for()
    settle(page)


def test_a_name_is_typed_and_predicted(visit, toy_app):
    page = visit(toy_app.address)
    page.get_by_role("link", name="Predict").click()
    box = page.get_by_role("textbox").first
    box.fill("PEEK")
    box.press("Control+Enter")
    settle(page)
    predict(page)
    panel = page.locator(".st-key-polymer")
    assert "Poly(ether ether ketone)" in panel.inner_text()
    value = panel.locator(".pd-line").first.locator("strong").inner_text()
    assert 60 < float(value) < 260  # measured: 143 °C
    assert "same chain" in panel.inner_text() and "carbonyl" in panel.inner_text()
    assert panel.locator("img").first.evaluate("i => i.naturalWidth") > 0
    assert page.url.endswith("/predict?polymer=PEEK")
    again = visit(page.url, ready=("button", "Predict"))
    expect(again.get_by_role("textbox").first).to_have_value("PEEK")
    expect(again.locator(".pd-title")).to_contain_text("Properties of polymers")
    with page.expect_download() as download:
        panel.get_by_role("button", name="SVG").click()
    assert "<ellipse" in Path(download.value.path()).read_text()


def test_a_file_is_uploaded_every_row_comes_back(visit, toy_app, tmp_path):
    (tmp_path / "polymers.csv").write_bytes(CSV)
    page = visit(toy_app.address + "/predict", ready=("button", "Predict"))
    page.get_by_role("radio", name="Upload a file").click(force=True)
    page.locator("input[type=file]").set_input_files(tmp_path / "polymers.csv")
    settle(page)
    predict(page)
    assert "4 rows could not be predicted" in page.inner_text("body")
    assert re.search(r"7\s*rows", page.locator(".pd-counts").inner_text())
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))
    assert [row["id"] for row in rows] == list("1234567")
    assert [row["status"] for row in rows] == ["ok", "error", "error", "error", "error", "ok", "ok"]
    assert all(bool(row["tg_exp_c"]) == (row["status"] == "ok") != bool(row["reason"]) for row in rows)
    assert rows[5]["note"] == "Öl" and rows[5]["nearest_1_tg_c"] == "143"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("name", "width", "height"), [("wide", 1440, 1000), ("narrow", 390, 844)])
def test_the_page_fits_its_window(visit, toy_app, name, width, height, scheme):
    link = "/predict?polymer=PEEK&polymer=nylon+6,6&polymer=*CC(*)(C)C(=O)OC&polymer=nonsense"
    page = visit(toy_app.address + link, width=width, height=height, scheme=scheme, ready=("button", "Predict"))
    settle(page)
    predict(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    background = page.locator(".stApp").evaluate("e => getComputedStyle(e).backgroundColor")
    assert (max(map(int, re.findall(r"\d+", background)[:3])) < 80) == (scheme == "dark")
    SHOTS.mkdir(exist_ok=True)
    tall = page.locator('[data-testid="stMain"]').evaluate("e => e.scrollHeight")
    page.set_viewport_size({"width": width, "height": max(height, min(tall, 4000))})
    settle(page)
    page.screenshot(path=SHOTS / f"predict-{name}-{scheme}.png")
