"""The Latent space page in Chromium: by its own address, light and dark, wide and narrow; a walk, a picked point."""

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

SHOTS = Path(__file__).resolve().parents[2] / "screenshots"
KINDS = [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")]
READY = ("textbox", "Polymer A")
# The place on the screen of the topmost common polymer: it lies alone.
TOPMOST = """() => {
    const plot = document.querySelector('.js-plotly-plot'), frame = plot._fullLayout;
    const trace = plot._fullData.find(t => (t.name || '').startsWith('common'));
    const xs = Array.from(trace.x), ys = Array.from(trace.y);
    let top = 0;
    ys.forEach((y, i) => { if (y > ys[top]) top = i; });
    const at = plot.getBoundingClientRect(), [x, y] = [frame.xaxis, frame.yaxis];
    return [at.left + x._offset + x.d2p(xs[top]), at.top + y._offset + y.d2p(ys[top])];
}"""


@pytest.fixture(scope="module")
def shipped_app(serve):
    return serve(None)


def drawn(page: Page) -> None:
    """Wait until the map has its points."""
    page.wait_for_function("() => document.querySelector('.js-plotly-plot')?._fullData?.length > 1")


def shoot(page: Page, name: str, width: int) -> None:
    SHOTS.mkdir(exist_ok=True)
    page.wait_for_timeout(1500)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    height = int(page.get_by_test_id("stMain").evaluate("e => e.scrollHeight"))
    page.set_viewport_size({"width": width, "height": min(height + 80, 5000)})
    page.wait_for_timeout(1500)
    page.screenshot(path=SHOTS / f"{name}.png")


@pytest.mark.parametrize(("width", "scheme"), KINDS, ids=str)
def test_the_map_opens_before_any_model_is_loaded(visit, shipped_app, width, scheme):
    page = visit(f"{shipped_app.address}/latent?colour=egc_dft_ev", width=width, height=900, scheme=scheme, ready=READY)
    drawn(page)
    kinds = page.evaluate("() => document.querySelector('.js-plotly-plot')._fullData.map(trace => trace.type)")
    assert kinds[0] == "scattergl"
    assert not shipped_app.has_loaded("libtorch")
    shoot(page, f"latent-{width}-{scheme}", width)


def test_the_map_by_tsne_and_its_page(visit, shipped_app):
    page = visit(f"{shipped_app.address}/latent?map=tsne", ready=READY)
    drawn(page)
    expect(page.get_by_text("distances between groups mean nothing")).to_be_visible()
    with page.expect_download() as caught:
        page.get_by_role("button", name="HTML").click()
    text = Path(caught.value.path()).read_text()
    assert "Plotly.newPlot" in text and "<script src=" not in text


def test_from_a_link_to_a_walk_to_its_file(visit, shipped_app):
    page = visit(f"{shipped_app.address}/latent?a=PS&b=nylon%206,6&steps=6", ready=READY)
    drawn(page)
    expect(page.get_by_role("textbox", name="Polymer B")).to_have_value("nylon 6,6")
    page.get_by_role("button", name="Walk").last.click()
    steps = page.locator('[class*="st-key-latent-step-"]')
    steps.first.wait_for()
    assert steps.first.locator("img").evaluate("i => i.naturalWidth") > 0
    page.get_by_text("From Polystyrene to Polyamide 66 in 6 steps").wait_for()
    with page.expect_download() as caught:
        page.get_by_role("button", name="CSV").last.click()
    rows = list(csv.DictReader(io.StringIO(Path(caught.value.path()).read_text())))
    assert [row["step"] for row in rows] == list("123456")
    assert all(row["decoded"] and bool(row["psmiles"]) == bool(row["tg_exp_c"]) for row in rows)
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        shoot(page, f"latent-walk-{width}", width)


def test_a_click_on_a_point_shows_its_structure_and_fills_the_form(visit, shipped_app):
    page = visit(f"{shipped_app.address}/latent", ready=READY)
    drawn(page)
    page.wait_for_timeout(2000)
    x, y = page.evaluate(TOPMOST)
    page.mouse.move(x - 2, y - 2)
    page.mouse.move(x, y)
    page.wait_for_timeout(800)
    page.mouse.click(x, y)
    page.get_by_role("button", name="Clear").wait_for()
    page.get_by_role("img", name="Repeat unit").first.wait_for()
    page.get_by_role("button", name="B", exact=True).first.click()
    expect(page.get_by_role("textbox", name="Polymer B")).not_to_have_value("Polyamide 66")
    assert "b=" in page.url
    page.get_by_role("button", name="Shortlist", exact=True).first.click()
    expect(page.get_by_role("button", name="Shortlisted").first).to_be_visible()
