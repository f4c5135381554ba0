"""Chromium without a window, over its DevTools protocol: as much of it as a person at a keyboard needs."""

import asyncio
import base64
import itertools
import json
import pathlib
import subprocess
import tempfile
import time
import urllib.request

import websockets

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-port=0",
]
PATIENCE = 30.0
KEYS = {"Tab": 9, "Enter": 13, "Home": 36, "ArrowRight": 39, "ArrowLeft": 37, "ArrowUp": 38, "ArrowDown": 40, " ": 32}


class Failed(Exception):
    """What should have come has not."""


class Page:
    """One page; what goes wrong in it, by its own console, is kept in `complaints`."""

    def __init__(self, socket):
        self.socket = socket
        self.numbers = itertools.count(1)
        self.waiting = {}
        self.complaints = []
        self.foreign = []
        self.reader = asyncio.create_task(self._read())

    async def _read(self):
        async for text in self.socket:
            said = json.loads(text)
            if said.get("id") in self.waiting:
                self.waiting.pop(said["id"]).set_result(said)
            elif said.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening"):
                self.complaints.append(json.dumps(said["params"]))
            elif said.get("method") == "Network.requestWillBeSent":
                self.foreign.append(said["params"]["request"]["url"])

    async def call(self, method, **params):
        number = next(self.numbers)
        self.waiting[number] = asyncio.get_running_loop().create_future()
        await self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        answer = await asyncio.wait_for(self.waiting[number], PATIENCE)
        if "error" in answer:
            raise Failed(f"{method}: {answer['error']}")
        return answer["result"]

    async def value(self, expression):
        """What an expression of the page is worth; a promise is waited for."""
        answer = await self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise Failed(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    async def until(self, what, expression, within=PATIENCE):
        """Waits until an expression is true, and answers its value."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            if found := await self.value(expression):
                return found
            await asyncio.sleep(0.1)
        raise Failed(f"{what} has not come within {within} s")

    async def open(self, url):
        await self.call("Page.navigate", url=url)

    async def screen(self, width, height, theme="light", still=False):
        await self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                        mobile=width < 600)
        features = [{"name": "prefers-color-scheme", "value": theme},
                    {"name": "prefers-reduced-motion", "value": "reduce" if still else "no-preference"}]
        await self.call("Emulation.setEmulatedMedia", features=features)

    async def press(self, key):
        code = KEYS[key]
        text = {"Enter": "\r", " ": " "}.get(key)
        down = {"type": "keyDown" if text else "rawKeyDown", "key": key, "windowsVirtualKeyCode": code}
        if text:
            down["text"] = text
        await self.call("Input.dispatchKeyEvent", **down)
        await self.call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    async def write(self, text):
        await self.call("Input.insertText", text=text)

    async def click(self, selector):
        """Clicks the middle of an element with the mouse, which must be there for it."""
        place = f"""(() => {{
            const node = document.querySelector({json.dumps(selector)});
            node.scrollIntoView({{ block: "center", behavior: "instant" }});
            const box = node.getBoundingClientRect();
            const at = [box.x + box.width / 2, box.y + box.height / 2];
            const hit = document.elementFromPoint(...at);
            return node.contains(hit) || hit?.contains(node) ? at : String(hit?.outerHTML).slice(0, 200);
        }})()"""
        at = await self.value(place)
        if isinstance(at, str):
            raise Failed(f"{selector} is covered by {at}")
        for kind in ("mousePressed", "mouseReleased"):
            await self.call("Input.dispatchMouseEvent", type=kind, x=at[0], y=at[1], button="left", clickCount=1)

    async def picture(self, path):
        shot = await self.call("Page.captureScreenshot", format="png")
        pathlib.Path(path).write_bytes(base64.b64decode(shot["data"]))


class Chromium:
    """The browser, with a profile of its own, which goes with it."""

    async def __aenter__(self):
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        command = ["chromium", *FLAGS, f"--user-data-dir={self.profile.name}", "about:blank"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port = (await self._port()).split()[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=PATIENCE) as answer:
            pages = [target for target in json.load(answer) if target["type"] == "page"]
        self.socket = await websockets.connect(pages[0]["webSocketDebuggerUrl"], max_size=None)
        page = Page(self.socket)
        for domain in ("Runtime", "Log", "Page", "Network"):
            await page.call(f"{domain}.enable")
        return page

    async def _port(self):
        file = pathlib.Path(self.profile.name, "DevToolsActivePort")
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if file.exists() and (text := file.read_text()).strip():
                return text
            await asyncio.sleep(0.05)
        raise Failed("chromium does not listen")

    async def __aexit__(self, *_):
        await self.socket.close()
        self.process.kill()
        self.process.wait()
        self.profile.cleanup()
