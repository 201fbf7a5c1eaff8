"""The app as a visitor meets it: a server of its own, Chromium, and an ear for everything that goes wrong."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
WAIT = 240_000  # milliseconds; generous for a busy machine
expect.set_options(timeout=WAIT)
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@dataclass(frozen=True)
class Server:
    """A running app."""

    address: str
    pid: int

    def answers(self) -> bool:
        """Say whether the server is up."""
        try:
            with urlopen(f"{self.address}/_stcore/health") as answer:
                return answer.status == 200
        except OSError:
            return False

    def resident_mb(self) -> float:
        """Return the memory that the server holds, in MB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1000

    def has_loaded(self, library: str) -> bool:
        """Say whether a library of this name is mapped into the server's memory."""
        return library in Path(f"/proc/{self.pid}/maps").read_text()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium; without it these tests fail rather than be skipped."""
    with sync_playwright() as playwright:
        bundled = playwright.chromium.executable_path
    found = shutil.which("chromium") or shutil.which("chromium-browser") or (bundled if Path(bundled).exists() else "")
    if not found:
        pytest.fail("Chromium is missing. Install it: apt-get install chromium, or: playwright install chromium")
    return found


@pytest.fixture(scope="session")
def browser(chromium) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def serve(tmp_path_factory) -> Iterator[Callable[[Path | None], Server]]:
    """Return a function that starts the app on the checkpoints of a folder, the shipped ones when None."""
    started: list[subprocess.Popen] = []

    def start(checkpoints: Path | None = None) -> Server:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        home = tmp_path_factory.mktemp("server")
        environment = {**os.environ, "HF_HUB_CACHE": str(home / "hub"), "HOME": str(home)}
        environment.pop("POLYDESIGN_CHECKPOINTS", None)
        if checkpoints is not None:
            environment["POLYDESIGN_CHECKPOINTS"] = str(checkpoints)
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
        command += [f"--server.port={port}", "--server.address=127.0.0.1", "--server.fileWatcherType=none"]
        log = home / "server.log"
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log.open("w"), stderr=subprocess.STDOUT)
        started.append(process)
        server = Server(f"http://127.0.0.1:{port}", process.pid)
        deadline = time.monotonic() + WAIT / 1000
        while not server.answers():
            assert process.poll() is None and time.monotonic() < deadline, f"No server:\n{log.read_text()}"
            time.sleep(0.1)
        return server

    yield start
    for process in started:
        process.terminate()
    for process in started:
        process.wait(timeout=60)


@pytest.fixture(scope="session")
def toy_app(serve, toy_generator, tmp_path_factory) -> Server:
    """The app with the toy generator ``ngram``; the shipped guide and checker stand beside it."""
    folder = tmp_path_factory.mktemp("toys")
    shutil.copytree(toy_generator, folder / "ngram")
    for role in ("guide", "checker"):
        (folder / role).symlink_to(ROOT / "checkpoints" / role, target_is_directory=True)
    return serve(folder)


@pytest.fixture
def visit(browser) -> Iterator[Callable[..., Page]]:
    """Return a function that opens an address as a new visitor; at the end nothing may have gone wrong unseen.

    It returns once an element with the role and name `ready` is there.

    Every error on the console, every uncaught exception, every failed answer and every request to another
    machine fails the test.
    """
    contexts, problems = [], []

    def open_(
        address: str, *, width: int = 1440, height: int = 1000, scheme: str = "light", scale: float = 1,
        ready: tuple[str, str] = ("button", "Generate"),
    ) -> Page:  # fmt: skip
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=scale,
            accept_downloads=True,
        )  # fmt: skip
        context.set_default_timeout(WAIT)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console",
            lambda m: (
                problems.append(f"console: {m.text}")
                if m.type == "error" and not is_probe(m.location.get("url", ""))
                else None
            ),
        )
        page.on("pageerror", lambda error: problems.append(f"exception: {error}"))
        page.on(
            "response",
            lambda r: problems.append(f"{r.status}: {r.url}") if r.status >= 400 and not is_probe(r.url) else None,
        )
        page.on("request", lambda r: problems.append(f"outside: {r.url}") if is_outside(r.url) else None)
        page.goto(address)
        page.get_by_role(ready[0], name=ready[1]).first.wait_for()
        return page

    yield open_
    for context in contexts:
        context.close()
    assert problems == []


def is_outside(url: str) -> bool:
    """Say whether a request would leave this machine."""
    return not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:", "about:"))


def is_probe(url: str) -> bool:
    """Say whether this is Streamlit's search for its server below the address of a page, which lies above it."""
    return re.search(r"127\.0\.0\.1:\d+/\w+/_stcore/(health|host-config)$", url) is not None
