"""Data, Properties and Shortlist in Chromium: by their addresses first, light and dark, wide and narrow."""

from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

SHOTS = Path(__file__).resolve().parents[2] / "screenshots"
KINDS = [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")]


def shoot(page: Page, name: str, width: int) -> None:
    SHOTS.mkdir(exist_ok=True)
    page.wait_for_timeout(1500)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    height = int(page.get_by_test_id("stMain").evaluate("e => e.scrollHeight"))
    page.set_viewport_size({"width": width, "height": height + 80})
    page.wait_for_timeout(1500)
    page.screenshot(path=SHOTS / f"{name}.png")


@pytest.mark.parametrize(("width", "scheme"), KINDS, ids=str)
def test_the_data_page(visit, toy_app, width, scheme):
    page = visit(
        f"{toy_app.address}/data?set=common&structure={quote('*OCCOC(=O)c1ccc(C(*)=O)cc1')}", width=width, height=900,
        scheme=scheme, ready=("textbox", "Structure"),
    )  # fmt: skip
    drawing = page.get_by_role("img", name="Repeat unit *OCCOC")
    drawing.wait_for()
    assert drawing.evaluate("i => i.naturalWidth") > 0
    page.get_by_role("tab", name="Adjacency").click()
    page.locator(".js-plotly-plot").first.wait_for()
    shoot(page, f"data-{width}-{scheme}", width)
    before = page.get_by_role("textbox", name="Structure").input_value()
    page.get_by_role("button", name="Random").click()
    expect(page.get_by_role("textbox", name="Structure")).not_to_have_value(before)
    assert "structure=" in page.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_data_page_embedded(visit, toy_app, scheme):
    page = visit(f"{toy_app.address}/data?embed=true", width=700, scheme=scheme, ready=("textbox", "Structure"))
    page.get_by_role("img", name="Repeat unit").first.wait_for()
    assert page.get_by_role("link", name="Models").count() == 0  # no navigation inside another page
    shoot(page, f"data-embed-{scheme}", 700)


@pytest.mark.parametrize(("width", "scheme"), KINDS, ids=str)
def test_the_properties_page(visit, toy_app, width, scheme):
    page = visit(
        f"{toy_app.address}/properties", width=width, height=900, scheme=scheme, ready=("radiogroup", "View")
    )  # fmt: skip
    for view in ("Correlations", "Distributions", "Compromises", "Is it possible?"):
        page.get_by_role("radio", name=view).or_(page.get_by_role("button", name=view)).first.click()
        (page.locator(".js-plotly-plot").first if view != "Is it possible?" else page.locator(".pd-score")).wait_for()
        shoot(page, f"properties-{view.split()[0].lower()}-{width}-{scheme}", width)


def test_from_a_candidate_to_a_file_and_back(visit, toy_app):
    page = visit(f"{toy_app.address}/?generator=ngram&n=4")
    page.get_by_role("button", name="Generate").click()
    page.get_by_role("button", name="Shortlist", exact=True).first.click()
    expect(page.get_by_role("button", name="Shortlisted").first).to_be_visible()
    page.get_by_role("button", name="Shortlist", exact=True).first.click()
    expect(page.get_by_role("button", name="Shortlisted").nth(1)).to_be_visible()
    page.get_by_role("link", name="Shortlist").click()
    page.get_by_placeholder("Note").first.fill("a *note* <b>")
    page.get_by_placeholder("Note").first.press("Control+Enter")
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        shoot(page, f"shortlist-{width}", width)
    page.set_viewport_size({"width": 1440, "height": 900})
    with page.expect_download() as caught:
        page.get_by_role("button", name="JSON").click()
    saved = SHOTS / "shortlist.json"
    caught.value.save_as(saved)
    assert "a *note* <b>" in saved.read_text()
    other = visit(f"{toy_app.address}/shortlist", ready=("button", "Import"))
    other.get_by_role("button", name="Import").click()
    other.locator("input[type=file]").set_input_files(saved)
    expect(other.get_by_placeholder("Note").first).to_have_value("a *note* <b>")
    saved.unlink()
