"""Opens a report and other files in headless Chromium and says what is wrong with them.

report_browser.py FILE ...: an HTML file is a report and gets every check, others are opened. Writes
screenshots and the print beside the first file. Exit code 0: nothing is wrong; 1: what is wrong
stands on the output; 77: there is no Chromium here. Speaks the DevTools protocol over a pipe, so
that Python needs no package.
"""

import base64
import json
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import time

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
WIDTHS = {"wide": 1280, "narrow": 390}
SECONDS = 60  # for one answer

IMAGES_LOADED = """Promise.all(
  [...document.querySelectorAll('image, img')].map(async element => {
    const image = new Image();
    image.src = element.getAttribute('href') ?? element.src;
    await image.decode();
    return image.naturalWidth;
  }))"""

INK = "getComputedStyle(document.body).color"

# What is wider than the page and not within a box that scrolls.
OVERFLOWING = """[...document.querySelectorAll('body *')].filter(element =>
  element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5 &&
  !element.closest('.scroll, .drawing, pre, svg, .skip')).map(e => e.outerHTML.slice(0, 80))"""

# Rows of the first table: their first cells, after a click on the head of a column.
SORTED = """(column => {
  const table = document.querySelector('table');
  const head = table.tHead.rows[0].cells[column];
  head.querySelector('button').click();
  return [head.getAttribute('aria-sort'),
    ...[...table.tBodies[0].rows].map(row => row.cells[column].textContent)];
})(%d)"""


class Browser:
    """A Chromium with one page."""

    def __init__(self, program, folder):
        to_read, self.write_end = os.pipe()
        self.read_end, to_write = os.pipe()
        command = [
            *("bash", "-c", f'exec "$@" 3<&{to_read} 4>&{to_write}', "bash", program),
            *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--hide-scrollbars"),
            *("--disable-dev-shm-usage", f"--user-data-dir={folder}", "--remote-debugging-pipe"),
        ]
        self.process = subprocess.Popen(
            command,
            pass_fds=(to_read, to_write),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(to_write)
        self.pending, self.events, self.number, self.session = b"", [], 0, None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "DOM"):
            self.call(domain + ".enable")

    def close(self):
        self.process.kill()
        self.process.wait()

    def message(self):
        end = time.monotonic() + SECONDS
        while b"\0" not in self.pending:
            if not select.select([self.read_end], [], [], max(0, end - time.monotonic()))[0]:
                raise TimeoutError("the browser does not answer")
            block = os.read(self.read_end, 1 << 20)
            if not block:
                raise ConnectionError("the browser ended")
            self.pending += block
        text, self.pending = self.pending.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **parameters):
        self.number += 1
        request = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.write_end, json.dumps(request).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def open(self, url):
        self.call("Page.navigate", url=url)
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
            self.events.append(self.message())

    def value(self, expression):
        answer = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression[:60]}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def look(self, width, scheme, media="screen"):
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def press(self, key, code):
        text = {"text": "\r"} if key == "Enter" else {}
        event = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", **event, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **event)

    def screenshot(self, path):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(shot["data"]))


def complaints(browser):
    """What the console says, and every request that is not for a file."""
    found = []
    for event in browser.events:
        method, parameters = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            found.append("exception: " + json.dumps(parameters["exceptionDetails"])[:300])
        elif method == "Runtime.consoleAPICalled":
            found.append("console: " + json.dumps(parameters["args"])[:300])
        elif method == "Log.entryAdded":
            found.append("log: " + parameters["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            url = parameters["request"]["url"]
            if not url.startswith(("file:", "data:")):
                found.append("request: " + url)
    browser.events.clear()
    return found


def background(browser):
    return browser.value("getComputedStyle(document.body).backgroundColor")


def is_dark(colour):
    return sum(int(part) for part in colour.strip("rgb()").split(",")) < 3 * 128


def check_look(browser, folder, name, width, scheme):
    browser.look(width, scheme)
    found = []
    if is_dark(background(browser)) != (scheme == "dark"):
        found.append(f"its background is {background(browser)}")
    seen = browser.value("document.documentElement.scrollWidth")
    if seen > width:
        found.append(f"the page is {seen} wide in {width}")
    found += ["overflows: " + element for element in browser.value(OVERFLOWING)]
    browser.screenshot(folder / f"{name}-{scheme}.png")
    return [f"{name}, {scheme}: {what}" for what in found]


def check_images(browser):
    widths = browser.value(IMAGES_LOADED)
    return [] if widths and min(widths) > 0 else [f"images that do not load: {widths}"]


def check_keyboard(browser):
    """From the top, Tab comes to the skip link and, after the sections, to the toggle."""
    browser.look(1280, "light")
    browser.press("Tab", 9)
    found = []
    if browser.value("document.activeElement.className") != "skip":
        found.append("the first Tab does not come to the skip link")
    if browser.value("document.activeElement.getBoundingClientRect().left") < 0:
        found.append("the skip link is not seen when it has the focus")
    for _ in range(20):
        if browser.value("document.activeElement.id") == "theme":
            break
        browser.press("Tab", 9)
    else:
        return [*found, "Tab does not come to the toggle"]
    if browser.value("getComputedStyle(document.activeElement).outlineStyle") == "none":
        found.append("the focus is not seen")
    for dark in (True, False):
        browser.press("Enter", 13)
        pressed = browser.value("document.activeElement.getAttribute('aria-pressed')")
        if is_dark(background(browser)) != dark or pressed != str(dark).lower():
            found.append(f"Enter on the toggle: {background(browser)}, pressed {pressed}")
    return found


def check_sorting(browser):
    """Numbers by value, both ways; what is infinite is the largest, what is none the last."""

    def key(text):
        return float("inf") if text == "inf" else float(text)

    found = []
    for way in ("ascending", "descending"):
        answer, *cells = browser.value(SORTED % 1)
        numbers = [key(text) for text in cells if text != "absent"]
        right = sorted(numbers, reverse=way == "descending")
        if answer != way or numbers != right or cells[-1] != "absent":
            found.append(f"sorted {way}: {answer}, {cells}")
    return found


def check_print(browser, folder):
    browser.look(1280, "dark", "print")
    found = []
    browser.value("document.documentElement.dataset.theme = 'dark'")
    if is_dark(background(browser)) or not is_dark(browser.value(INK)):
        found.append(f"the print is {browser.value(INK)} on {background(browser)}")
    browser.value("delete document.documentElement.dataset.theme")
    if browser.value("getComputedStyle(document.getElementById('theme')).display") != "none":
        found.append("the toggle is printed")
    printed = browser.call("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
    (folder / "print.pdf").write_bytes(base64.b64decode(printed["data"]))
    return found


def check_report(browser, folder):
    found = []
    for name, width in WIDTHS.items():
        for scheme in ("light", "dark"):
            found += check_look(browser, folder, name, width, scheme)
    for check in (check_images, check_keyboard, check_sorting):
        try:
            found += check(browser)
        except RuntimeError as error:
            found.append(f"{check.__name__}: {error}"[:600])
    return found + check_print(browser, folder)


def main(files):
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        print("no Chromium here")
        return 77
    found = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(program, folder)
        try:
            for file in map(pathlib.Path, files):
                browser.open(file.resolve().as_uri())
                if file.suffix == ".html":
                    found += check_report(browser, file.parent)
                else:
                    browser.look(1280, "light")
                    browser.screenshot(file.with_suffix(".png"))
                found += [f"{file.name}: {what}" for what in complaints(browser)]
        finally:
            browser.close()
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
