"""Looks at the built site in headless Chromium: `make docs-browser`. Only this machine is reached.

Each page must load without an error in the console and without a request to another host, must not scroll sideways on a
narrow screen, and must have nothing that axe calls serious. Search must find ten words at the right page. Pictures of
five pages, light, dark and narrow, are written to `build/screenshots`.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import json
import sys
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[2]
SITE = ROOT / "build/site"
SCREENSHOTS = ROOT / "build/screenshots"

NARROW = (360, 800)
WIDE = (1280, 900)

SEARCHES = {
    "with_raw_response": "reference/",
    "rate limit": "guides/errors/",
    "RefusalError": "reference/exceptions/",
    "trio": "guides/async/",
    "proxy": "guides/client/",
    "Retry-After": "guides/errors/",
    "instructor": "guides/libraries/",
    "Celery": "guides/frameworks/",
    "grounding": "predictions/",
    "SKILL.md": "guides/skills/",
    "cassette": "testing/",
}
"""Words, and where one of the first three pages leads."""

PICTURED = ["", "start/", "guides/messages/", "reference/files/", "how/once/"]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


@contextmanager
def _served() -> Generator[str, None, None]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@contextmanager
def _browser() -> Generator[Any, None, None]:
    webdriver: Any = importlib.import_module("selenium.webdriver")  # `Any`: it is installed only where this runs
    options = webdriver.ChromeOptions()
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
    try:
        yield driver
    finally:
        driver.quit()


def _resize(driver: Any, size: tuple[int, int]) -> None:
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == NARROW}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def _scheme(driver: Any, scheme: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def _loaded(driver: Any, host: str) -> Iterator[str]:
    """What the console and the network say against the page that was just loaded."""
    for entry in driver.get_log("browser"):
        if entry["level"] in {"SEVERE", "WARNING"}:
            yield f"console: {entry['message']}"
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            url = str(message["params"]["request"]["url"])
            if urlsplit(url).scheme in {"http", "https"} and not url.startswith(host):
                yield f"requests {url}"


def _axe() -> str:
    spec = importlib.util.find_spec("axe_selenium_python")
    if spec is None or spec.origin is None:
        sys.exit("axe-selenium-python is missing: use make docs-browser")
    (script,) = Path(spec.origin).parent.rglob("axe.min.js")
    return script.read_text(encoding="utf-8")


def _violations(driver: Any, axe: str) -> Iterator[str]:
    driver.execute_script(axe)
    found = driver.execute_async_script(
        "const done = arguments[0];"
        "axe.run(document, {resultTypes: ['violations']}).then(r => done(r.violations), e => done([{id: String(e),"
        " impact: 'serious', nodes: []}]))"
    )
    for violation in found:
        if violation["impact"] in {"serious", "critical"}:
            nodes = [node["html"][:160] for node in violation["nodes"]]
            yield f"axe: {violation['id']} ({len(nodes)}): {nodes[:2]}"


def _searched(driver: Any, host: str) -> Iterator[str]:
    for words, page in SEARCHES.items():
        driver.get(f"{host}?q={words.replace(' ', '+')}")
        links: list[str] = []
        for _ in range(100):
            found = driver.find_elements("css selector", ".md-search-result__link")
            links = [str(link.get_attribute("href")) for link in found]
            if links:
                break
            time.sleep(0.1)
        paths = list(dict.fromkeys(urlsplit(link).path for link in links))[:3]
        if not any(path.startswith(f"/{page}") for path in paths):
            yield f"search: {words!r} finds {paths}, not {page}"


def main(only: list[str]) -> int:
    """Look at every page, or at those that are named; print what is wrong."""
    axe = _axe()
    wrong: list[str] = []
    pages = sorted(path.parent.relative_to(SITE).as_posix() for path in SITE.rglob("index.html"))
    addresses = ["" if page == "." else f"{page}/" for page in pages]
    addresses = [address for address in addresses if not only or address in only]
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with _served() as host, _browser() as driver:
        driver.set_script_timeout(120)
        for scheme in ("light", "dark"):
            _scheme(driver, scheme)
            driver.get(host)
            driver.execute_script("localStorage.clear()")  # the theme keeps what was chosen
            for address in addresses:
                _resize(driver, WIDE)
                driver.get(host + address)
                found = list(_loaded(driver, host))
                shown = driver.execute_script("return document.body.dataset.mdColorScheme")
                if shown != {"light": "default", "dark": "slate"}[scheme]:
                    found.append(f"is shown in the colours {shown}")
                if scheme == "light" or address in PICTURED:
                    found += _violations(driver, axe)
                if scheme == "light":
                    _resize(driver, NARROW)
                    width = driver.execute_script("return document.documentElement.scrollWidth")
                    if width > NARROW[0]:
                        found.append(f"is {width} pixels wide on a screen of {NARROW[0]}")
                wrong += [f"/{address} ({scheme}): {what}" for what in found]
                if address in PICTURED:
                    name = address.strip("/").replace("/", "-") or "index"
                    if scheme == "light":
                        driver.save_screenshot(str(SCREENSHOTS / f"{name}-narrow.png"))
                    _resize(driver, WIDE)
                    driver.save_screenshot(str(SCREENSHOTS / f"{name}-{scheme}.png"))
        _resize(driver, WIDE)
        wrong += _searched(driver, host)
    print("\n".join(wrong) or f"{len(addresses)} pages and {len(SEARCHES)} searches are as they should be")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
