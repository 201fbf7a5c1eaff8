"""The container's own command on a checkout that it may only read, without any network but its port."""

from __future__ import annotations

import http.server
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 240
PARTS = ("app.py", "pages", "polydesign", "checkpoints", "static", ".streamlit", "benchmarks", "docs")
# Loaded by Python when it starts: refuses whatever leaves the machine, and writes it down.
NO_NETWORK = """
import os, sys

def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        host = arguments[1][0] if event == "socket.connect" and isinstance(arguments[1], tuple) else arguments[0]
        if isinstance(host, str) and host not in ("127.0.0.1", "localhost", "0.0.0.0", "::1"):
            with open(os.environ["HOME"] + "/outside.txt", "a") as file:
                file.write(f"{event} {host}\\n")
            raise OSError(101, "Network is unreachable")

sys.addaudithook(watch)
"""


@dataclass(frozen=True)
class Container:
    """What stands for the container: where it answers, and its folders."""

    address: str
    home: Path
    seconds: float


@pytest.fixture(scope="module")
def container() -> Iterator[Container]:
    """Run CMD with the ENV of the Dockerfile; /app and /home/user become folders of this machine."""
    base = Path(tempfile.mkdtemp(prefix="space-"))
    app, home = base / "app", base / "home"
    for part in PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        app.mkdir(exist_ok=True)
        copy(ROOT / part, app / part)
    (home / "tmp").mkdir(parents=True)
    hook = base / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(NO_NETWORK)
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    command = [sys.executable, *json.loads(text[text.rindex("CMD [") + 4 :])[1:]]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [part.replace("port=7860", f"port={port}") for part in command]
    variables = dict(re.findall(r"(\w+)=(\S+)", re.search(r"^ENV (.*)$", text, re.MULTILINE)[1]))
    environment = {name: value.replace("/home/user", str(home)) for name, value in variables.items()}
    environment |= {"PATH": os.environ["PATH"], "PYTHONPATH": str(hook), "OMP_NUM_THREADS": "1"}
    subprocess.run(["chmod", "-R", "a-w", str(app)], check=True)
    if os.geteuid() == 0:  # permissions bind root too when it gives up its right to pass them over
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner", *command]
    before = listing(app)
    log = (base / "log.txt").open("w")
    started = time.monotonic()
    process = subprocess.Popen(command, cwd=app, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        while not healthy(f"http://127.0.0.1:{port}"):
            late = time.monotonic() - started > SECONDS
            assert process.poll() is None and not late, (base / "log.txt").read_text()
            time.sleep(0.05)
        seconds = time.monotonic() - started
        print(f"\nseconds to health: {seconds:.2f}")
        yield Container(f"http://127.0.0.1:{port}", home, seconds)
        assert listing(app) == before, "the app wrote into its own folder"
        assert not (home / "outside.txt").exists(), (home / "outside.txt").read_text()
        assert "Traceback" not in (base / "log.txt").read_text(), (base / "log.txt").read_text()
    finally:
        process.terminate()
        process.wait(timeout=60)
        subprocess.run(["chmod", "-R", "u+w", str(base)], check=True)
        shutil.rmtree(base)


def healthy(address: str) -> bool:
    try:
        with urlopen(f"{address}/_stcore/health", timeout=5) as answer:
            return answer.status == 200 and answer.read() == b"ok"
    except OSError:
        return False


def listing(folder: Path) -> dict[str, tuple[int, int]]:
    """Return path -> time of change and size of everything below a folder."""
    return {str(path): (path.lstat().st_mtime_ns, path.lstat().st_size) for path in sorted(folder.rglob("*"))}


@pytest.fixture
def frame(browser, container):
    """Return a function that opens a page of the app in a frame of another site, as the Hub shows a Space."""

    class Around(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            src = container.address + self.path
            body = f'<iframe src="{src}" title="Space" style="width: 1300px; height: 1000px"></iframe>'.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Around)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    context = browser.new_context(viewport={"width": 1400, "height": 1100})
    context.set_default_timeout(SECONDS * 1000)
    page = context.new_page()

    def open_(path: str):
        page.goto(f"http://localhost:{server.server_port}{path}")  # localhost and 127.0.0.1 are two sites
        return page.frame_locator("iframe")

    yield open_
    context.close()
    server.shutdown()
    server.server_close()


def test_it_starts_alone_and_the_first_deep_link_gives_the_framed_app(container, visit):
    page = visit(f"{container.address}/models?model=guide", ready=("button", "Load from the Hub"))
    expect(page.locator(".st-key-model-detail .pd-name")).to_contain_text("Guide")
    for title in ("Design", "Predict", "Shortlist", "Models"):
        expect(page.get_by_role("link", name=title, exact=True).first).to_be_visible()
    assert page.locator(".pd-title").evaluate("e => getComputedStyle(e).display") == "flex"  # the app's own style


def test_a_file_is_taken_in_a_frame_of_another_site(frame, tmp_path):
    app = frame("/predict")
    app.get_by_text("Upload a file", exact=True).click()
    given = tmp_path / "polymers.csv"
    given.write_text("psmiles\n*CC*\n*CC(*)c1ccccc1\n")
    app.locator('input[type="file"]').set_input_files(given)
    expect(app.locator(".st-key-bar")).to_contain_text("polymers.csv")
