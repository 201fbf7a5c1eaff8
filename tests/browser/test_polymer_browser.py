"""The Polymer page in Chromium: by its address first, typed, from a card, light and dark, wide and narrow."""

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

SHOTS = Path(__file__).resolve().parents[2] / "screenshots"
PET = "*OCCOC(=O)c1ccc(C(*)=O)cc1"


def settle(page: Page) -> None:
    """Wait until the page has been drawn to the end."""
    page.locator(".pd-near").first.wait_for()
    page.frame_locator("iframe").locator("canvas").first.wait_for()
    page.wait_for_timeout(1500)


@pytest.mark.parametrize(
    ("width", "scheme"), [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")], ids=lambda value: str(value)
)
def test_an_address_opens_the_page_inside_the_app(visit, toy_app, width, scheme):
    page = visit(
        f"{toy_app.address}/polymer?psmiles={quote(PET)}", width=width, height=900, scheme=scheme,
        ready=("textbox", "Repeat unit or name"),
    )  # fmt: skip
    settle(page)
    text = page.get_by_test_id("stMain").inner_text()
    assert "Poly(ethylene terephthalate)" in text and "polyester" in text and "same chain" in text
    assert page.get_by_role("img", name="Monomer OCCO").evaluate("i => i.naturalWidth") > 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    SHOTS.mkdir(exist_ok=True)
    main = page.get_by_test_id("stMain")
    height = int(main.evaluate("e => e.scrollHeight"))
    page.set_viewport_size({"width": width, "height": height + 80})
    page.wait_for_timeout(1500)
    page.screenshot(path=SHOTS / f"polymer-{width}-{scheme}.png")


def test_files_of_the_chain_come_down_and_another_name_goes_into_the_address(visit, toy_app):
    page = visit(f"{toy_app.address}/polymer?psmiles=PE", ready=("textbox", "Repeat unit or name"))
    settle(page)
    for ending in ("SDF", "PDB", "XYZ"):
        with page.expect_download() as caught:
            page.get_by_role("button", name=f"3D {ending}").click()
        content = Path(caught.value.path()).read_text()
        assert caught.value.suggested_filename.endswith(ending.lower()) and len(content) > 200
    box = page.get_by_role("textbox", name="Repeat unit or name")
    box.fill("nylon 6")
    box.press("Enter")
    expect(page.locator(".pd-name")).to_contain_text("Polyamide 6")
    settle(page)
    assert re.search(r"/polymer\?psmiles=nylon(\+|%20)6$", page.url)
    box.fill("kaptn")
    box.press("Enter")
    expect(page.get_by_text("did you mean")).to_be_visible()
    expect(box).to_have_value("kaptn")
