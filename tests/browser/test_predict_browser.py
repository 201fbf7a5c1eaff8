"""The Predict page in Chromium: a name, a file, an address, light and dark, wide and narrow."""

import csv
import io
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

WAIT = 240_000  # milliseconds
SHOTS = Path(__file__).resolve().parents[2] / "screenshots"
CSV = (
    "id,psmiles,note\n1,*CC(*)c1ccccc1,styrene\n2,,nothing\n3,not a polymer,words\n4,*C(*)(*)*,four stars\n"
    "5,*" + "C" * 9998 + "*,long\n6,PEEK,Öl\n7,*CCO*,PEO\n"
).encode("latin-1")


# Row by row: what stands in the file, and words of its reason; "" for one that is predicted.
KINDS = {
    "*CC(*)c1ccccc1,polystyrene": "",
    ",an empty cell": "is empty",
    ",*CCO* in the wrong column": "is empty",
    "not a polymer,words": "no common polymer",
    "*C(*)(*)*,four stars": "four attachment points",
    f"*{'C' * 9998}*,long": "10,000 characters",
    "C1CC,an open ring": "no common polymer",
    "*CC,one star": "one attachment point",
    "*c1cccc1*,no structure": "cannot be given alternating",
    "*CC*,too,many,cells": "",
    "PEEK,Öl": "",
    "*CC*,<img src=x onerror=alert(1)>": "",
}


def upload(page: Page, path: Path) -> None:
    page.get_by_role("radio", name="Upload a file").click(force=True)
    page.locator("input[type=file]").set_input_files(path)
    expect(page.locator(".st-key-bar")).to_contain_text(path.name)


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
    upload(page, tmp_path / "polymers.csv")
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


def test_200_megabytes_with_every_kind_of_bad_row(visit, toy_app, tmp_path):
    path, n_filling = tmp_path / "large.csv", 50_000
    filling = b",row %d: " + b"x" * 4000 + b"\n"
    with path.open("wb") as file:
        file.write("\n".join(["psmiles,note", *KINDS, ""]).encode("latin-1"))
        file.writelines(filling % number for number in range(n_filling))
        file.write(b"*CCO*,last\n")
    assert path.stat().st_size > 200_000_000
    page = visit(toy_app.address + "/predict", ready=("button", "Predict"))
    before, seen, waited = toy_app.resident_mb(), [], []

    def look() -> None:
        seen.append(toy_app.resident_mb())
        began = time.monotonic()
        assert toy_app.answers()
        waited.append(time.monotonic() - began)
        page.wait_for_timeout(200)

    upload(page, path)
    look()
    page.get_by_role("button", name="Predict").click()
    while not page.locator(".st-key-polymer table").count():
        look()
        assert len(seen) < WAIT / 200, page.inner_text("body")
    settle(page)
    n_rows, n_fine = len(KINDS) + n_filling + 1, sum(not reason for reason in KINDS.values()) + 1
    assert page.locator(".pd-counts b").all_inner_texts()[:2] == [f"{n_rows:,}", str(n_fine)]
    assert f"{n_rows - n_fine:,} rows could not be predicted" in page.inner_text("body")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    look()
    with open(download.value.path(), encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            reason = [*KINDS.values(), *["is empty"] * n_filling, ""][number - 2]
            assert int(row["row"]) == number and bool(row["tg_exp_c"]) == (row["status"] == "ok") == (not reason)
            assert reason in row["reason"], (number, row["reason"])
    assert number == n_rows + 1
    assert max(waited) < 5
    assert max(seen) - before < 1200  # MB: models, the file, its cells, and the table that is downloaded


def test_a_long_run_shows_how_far_it_is_and_keeps_what_it_has_when_it_is_stopped(visit, toy_app, tmp_path):
    units = [
        f"*{'C' * (1 + i % 9)}{'O' if i % 2 else 'S'}{'C' * (1 + i // 9 % 9)}C(=O){'C' * (1 + i // 81)}*"
        for i in range(5000)
    ]
    (tmp_path / "many.smi").write_text("\n".join(units))
    page = visit(toy_app.address + "/predict", ready=("button", "Predict"))
    upload(page, tmp_path / "many.smi")
    page.get_by_role("button", name="Predict").click()
    progress = page.locator(".st-key-progress")
    expect(progress).to_contain_text(re.compile(r"[1-9],\d00 of 5,000 polymers"))
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped early")).to_be_visible()
    settle(page)
    rows, predicted = page.locator(".pd-counts b").all_inner_texts()[:2]
    assert rows == "5,000" and 1000 <= int(predicted.replace(",", "")) < 5000
    assert page.get_by_role("button", name="Predict").is_enabled()


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
