"""How long the app's pages take to open, and what memory its server comes to: ``python -m benchmarks.pages``.

Starts the app, opens every page by its own address as a new visitor, then as two at once, tries every installed
generator on one request, opens all pages again and reads the server's memory, its helpers' included. Needs Chromium
and Playwright (requirements-dev.txt).
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from benchmarks.memory import resident_megabytes
from polydesign.commands import cli
from polydesign.core.errors import DataError
from polydesign.evaluation.machine import hardware, now, versions
from polydesign.evaluation.result import Column, Manifest, Result, Row, Table, write_results
from polydesign.evaluation.statistics import Figure

ROOT = Path(__file__).resolve().parents[1]
# What a visitor may ask of a page at once, so that its models are loaded.
ASKED = {
    "predict": "?psmiles=*CC(*)c1ccccc1",
    "polymer": "?psmiles=*CC(*)c1ccccc1",
}
_TRIAL = "compare?part=targets&target=tg_exp_c=150:30&n=20"
_FRAME = '[data-testid="stTopNav"]'
_DRAWN = '() => !document.querySelector(\'[data-testid="stStatusWidget"], [data-testid="stSkeleton"]\')'
_ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader", "--no-first-run"]
_LONGEST = 300_000  # milliseconds

COLUMNS = (
    Column("frame", "frame, s", digits=1),
    Column("drawn", "drawn to the end, s", digits=1),
    Column("frame_two", "two visitors at once: frame, s", digits=1),
    Column("drawn_two", "drawn to the end, s", digits=1),
    Column("memory", "server afterwards, MB", "count"),
)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    p = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__.split("\n")[0])
    p.add_argument("--json", type=Path, metavar="FILE", help="write every figure here")
    return p


@cli.command
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    args = parser().parse_args(argv)
    result = measure()
    print(result.markdown())
    if args.json is not None:
        write_results([result], args.json)
    return cli.OK


def measure() -> Result:
    """Open everything once and return the table."""
    rows = []
    names = ["", *(path.stem for path in sorted((ROOT / "pages").glob("*.py")) if path.stem != "design")]
    with server() as (address, pid), chromium() as browser:
        for name in names:
            print(f"/{name} ...", file=sys.stderr)
            url = f"{address}/{name}{ASKED.get(name, '')}"
            frame, drawn = opened(browser, [url])
            frame_two, drawn_two = opened(browser, [url, url])
            figures = {"frame": frame, "drawn": drawn, "frame_two": frame_two, "drawn_two": drawn_two}
            figures["memory"] = resident_megabytes(pid)
            rows.append(Row({k: Figure(v, 1) for k, v in figures.items()}, address=f"/{name}{ASKED.get(name, '')}"))
        print("every generator ...", file=sys.stderr)
        try_all(browser, f"{address}/{_TRIAL}")
        rows.append(Row(_memory(pid), question="after every generator has run once"))
        for name in names:
            opened(browser, [f"{address}/{name}{ASKED.get(name, '')}"])
        rows.append(Row(_memory(pid), question="after every page was opened again"))
    notes = (
        "Seconds from asking for the address, as a new visitor on a server that has just started (first row) or has "
        "shown the pages above: until the frame with the navigation stands, and until nothing is being drawn.",
        "Memory of the server and the processes that it has started; what they share is counted for each.",
    )
    manifest = Manifest(hardware=hardware(), date=now(), versions=versions())
    return Result("pages", [Table("pages", "page", COLUMNS, rows)], notes, manifest)


def _memory(pid: int) -> dict[str, Figure]:
    return {"memory": Figure(resident_megabytes(pid), 1)}


def opened(browser: Any, urls: Sequence[str]) -> tuple[float, float]:
    """Open addresses at once, each as a visitor of its own; return the longest seconds to the frame and to the end."""
    contexts = [browser.new_context(viewport={"width": 1440, "height": 1000}) for _ in urls]
    pages = [context.new_page() for context in contexts]
    began = time.perf_counter()
    for page, url in zip(pages, urls, strict=True):
        page.set_default_timeout(_LONGEST)
        page.goto(url, wait_until="commit")
    for page in pages:
        page.locator(_FRAME).first.wait_for()
    frame = time.perf_counter() - began
    for page in pages:
        page.locator('[data-testid="stMain"] [data-testid="stVerticalBlock"]').first.wait_for()
        page.wait_for_function(_DRAWN)
    drawn = time.perf_counter() - began
    for context in contexts:
        context.close()
    return frame, drawn


def try_all(browser: Any, url: str) -> None:
    """Send one request through every generator, on the Compare page."""
    with closing(browser.new_context(viewport={"width": 1440, "height": 1000})) as context:
        page = context.new_page()
        page.set_default_timeout(_LONGEST)
        page.goto(url)
        button = page.get_by_role("button", name="Try all")
        button.wait_for()
        n_generators = int("".join(filter(str.isdigit, button.inner_text())))
        button.click()
        page.get_by_role("link", name="All candidates in Design").nth(n_generators - 1).wait_for()
        page.wait_for_function(_DRAWN)


@contextmanager
def server() -> Iterator[tuple[str, int]]:
    """Run the app; yield its address and process."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
    command += [f"--server.port={port}", "--server.address=127.0.0.1", "--server.fileWatcherType=none"]
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "HOME": home, "HF_HUB_CACHE": f"{home}/hub"}
        with (Path(home) / "log").open("w") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait(f"http://127.0.0.1:{port}/_stcore/health", process)
            yield f"http://127.0.0.1:{port}", process.pid
        finally:
            process.terminate()
            process.wait(timeout=60)


def _wait(address: str, process: subprocess.Popen) -> None:
    while process.poll() is None:
        try:
            with urlopen(address):
                return
        except OSError:
            time.sleep(0.05)
    raise DataError("The app did not start. Run: streamlit run app.py")


@contextmanager
def chromium() -> Iterator[Any]:
    """Run a browser."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        raise DataError("Playwright is missing. Run: pip install -r requirements-dev.txt") from None
    with sync_playwright() as playwright:
        found = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=found, args=_ARGUMENTS)
        yield browser
        browser.close()


if __name__ == "__main__":
    raise SystemExit(main())
