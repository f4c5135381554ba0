"""Drives the console of a platform of processes as somebody who watches it would: drive.py PAYMENTS [--keep]."""

import asyncio
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

from PIL import Image

import checks
from chromium import Chromium, Failed

LAPTOP, PHONE = (1280, 860), (390, 844)
PICTURES = pathlib.Path("docs/console")
# As many as a picture needs, so that it stays small.
COLOURS = 256
HOSTILE = "<img src=x onerror=alert(1)>"
BREAKER_OPEN = "[...document.querySelectorAll('.badge.open')].some((badge) => badge.style.display !== 'none')"
BREAKER_SHOWN = "[...document.querySelectorAll('.badge')].some((badge) => badge.style.display !== 'none')"


class Platform:
    """`payments up --processes`, in a folder of its own."""

    def __init__(self, program, folder):
        command = [program, "up", "--processes", "--ports", "auto", "--dir", f"{folder}/run"]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.lines = []

    def url(self):
        """Where its console is."""
        for line in self.process.stderr:
            self.lines.append(line)
            if found := re.match(r"console (http://127\.0\.0\.1:\d+)$", line.strip()):
                threading.Thread(target=self.process.stderr.read, daemon=True).start()
                return found[1]
        raise Failed("the platform has ended: " + "".join(self.lines))

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        if (code := self.process.wait(60)) != 0:
            raise Failed(f"the platform has ended with {code}: {''.join(self.lines[-5:])}")

    def end(self):
        """Ends it whatever has happened: asked first, since who is killed leaves its processes behind."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()


def said(text):
    return f"[...document.querySelectorAll('#log li')].some((line) => line.textContent.includes({json.dumps(text)}))"


def card(name, text):
    return f"document.querySelector('[data-name=\"{name}\"]').textContent.includes({json.dumps(text)})"


async def choose(page, name):
    """Chooses a service on the map, as the one that is broken."""
    await page.click(f'[data-name="{name}"]')
    await page.until(f"{name} as the target", f"document.querySelector('#target').value === '{name}'")


async def deed(page, deed):
    selector = f'[data-deed="{deed}"]'
    await page.until(f"that {deed} may be pressed", f"!document.querySelector('{selector}').disabled")
    await page.click(selector)


async def pays(page, _):
    """Pays once, sees the payment appear, and opens its story with its trace."""
    await page.click("#pay")
    await page.until("a payment", "document.querySelector('#payments .tag.good')?.textContent === 'paid'", 60)
    await page.click("#payments .link")
    await page.until("its story", "document.querySelectorAll('#story .steps li').length > 5")
    # Spans arrive a moment after what they tell of.
    await asyncio.sleep(2)
    await page.value("document.querySelector('#story h2').dataset.old = ''")
    await page.click("#story .story-head .plain")
    await page.until("a second look", "!document.querySelector('#story h2').matches('[data-old]')")
    spans = await page.until("its trace", "document.querySelectorAll('#story .span').length > 8 && document.querySelector('#story .spans').innerText")
    for service in ("Console shop", "Gateway", "Risk", "Order", "Channel adapter", "Channel"):
        if service not in spans:
            raise Failed(f"no span of {service} in the trace: {spans}")
    await page.click("#story .span")
    await page.until("what is known of a span", "document.querySelector('#story .attributes:not([hidden]) dd') !== null")


async def breaks(page, keep):
    """Cuts a service off while payments go on: a breaker opens, and closes when the weather is fair again."""
    await page.click("#steady")
    await page.until("that payments go on", "!document.querySelector('#stop').disabled")
    await page.until("calls that move", "document.querySelectorAll('.dots .dot').length > 3")
    if keep:
        await asyncio.sleep(14)
        await pictures(page, "well", "light")
    await choose(page, "risk")
    await deed(page, "cut")
    await page.until("that it is cut off", card("risk", "cut off"), 10)
    await page.until("a breaker that opens", BREAKER_OPEN)
    await page.until("that it is told", said("before risk-service has opened"))
    if keep:
        await pictures(page, "broken", "dark")
    await deed(page, "fair")
    await page.until("that it is told", said("before risk-service has closed"))
    await page.until("that every breaker is closed", f"!({BREAKER_SHOWN})")
    await page.click("#stop")


async def kills(page, _):
    """Kills a service, which stays dead until it is started."""
    await choose(page, "kyc")
    await deed(page, "kill")
    await page.until("that it is dead", card("kyc", "killed"), 10)
    await deed(page, "start")
    await page.until("that it lives", f"!{card('kyc', 'killed')} && {said('kyc was started again')}")
    await page.click("#webhook")
    await page.until("a webhook that is said again", said("once more"))
    before = await page.value("document.querySelector('#clock').textContent")
    await page.click('[data-clock="86400000"]')
    await page.until("another day", f"document.querySelector('#clock').textContent.slice(0, 10) > {json.dumps(before[:10])}")


async def hostile(page, _):
    """A text that looks like markup is shown as the text that it is."""
    await page.click("#number")
    await page.write(HOSTILE)
    await page.press("Enter")
    await page.until("that there is no such payment", f"document.querySelector('#story').textContent.includes({json.dumps(HOSTILE)})")
    await page.value(f"""fetch('/api/setting').then((answer) => answer.json()).then(({{ token }}) =>
        fetch('/api/services/' + encodeURIComponent({json.dumps(HOSTILE)}) + '/kill', {{ method: 'POST', headers: {{ 'x-console-token': token }} }})
            .then((answer) => answer.status))""")
    await page.until("the hostile name in the log", said(HOSTILE))
    if await page.value("document.querySelectorAll('#story img, #log img').length"):
        raise Failed("a hostile text was taken for markup")


async def by_keyboard(page, _):
    """Everything without a mouse: past the map to the controls, a payment, and a service on the map."""
    await page.value("document.querySelector('#story .plain:last-child')?.click()")
    await page.value("window.scrollTo(0, 0); document.activeElement.blur()")
    await page.press("Tab")
    await page.until("the way past the map", "document.activeElement.className === 'skip'")
    await page.press("Enter")
    await page.until("the controls", "document.activeElement.id === 'controls'")
    await page.press("Tab")
    await page.press("Tab")
    await page.until("the button that pays", "document.activeElement.id === 'pay'")
    taken = "Number(document.querySelector('#takings').textContent.split(' ')[0])"
    before = await page.value(taken)
    await page.press("Enter")
    await page.until("one more payment", f"{taken} === {before} + 1")
    await page.value("document.querySelector('.tab[data-view=calls]').focus()")
    await page.press("Tab")
    await page.until("the map", "document.activeElement.matches('.node')")
    await page.press("Home")
    await page.until("the shop", "document.activeElement.dataset.name === 'console'")
    await page.press("ArrowRight")
    await page.until("the gateway", "document.activeElement.dataset.name === 'payment-gateway'")
    await page.until("its figures", "!document.querySelector('#tip').hidden")
    await page.press("Enter")
    await page.until("its details", "document.activeElement.id === 'details' && document.querySelectorAll('#details .lines li').length > 2")


async def looks(page, _):
    """It fits, it can be read, and its colours can be chosen."""
    for view in ("services", "calls", "map"):
        await page.click(f'.tab[data-view="{view}"]')
        await page.until(f"the view {view}", f"!document.querySelector('#view-{view}').hidden")
    for theme in ("light", "dark"):
        await page.screen(*PHONE, theme=theme)
        await checks.fits(page, PHONE[0])
        await checks.contrast(page, theme)
    await page.screen(*LAPTOP)
    await checks.fits(page, LAPTOP[0])
    await checks.names(page)
    await page.click("#theme")
    await page.click("#theme")
    await page.until("dark colours", "getComputedStyle(document.documentElement).colorScheme === 'dark'")
    await page.click("#theme")
    await page.screen(*LAPTOP, still=True)
    await asyncio.sleep(2)
    if await page.value("document.querySelectorAll('.dots .dot').length"):
        raise Failed("something moves for whoever wants less motion")


async def pictures(page, name, theme):
    PICTURES.mkdir(parents=True, exist_ok=True)
    for screen, (width, height) in (("laptop", LAPTOP), ("phone", PHONE)):
        await page.screen(width, height, theme)
        await page.value("window.scrollTo(0, innerWidth < 600 ? document.querySelector('.map-card').offsetTop - 110 : 0)")
        await asyncio.sleep(2.5)
        path = PICTURES / f"{name}-{screen}-{theme}.png"
        await page.picture(path)
        Image.open(path).convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(path, optimize=True)
    await page.screen(*LAPTOP)


STEPS = {"pays": pays, "breaks and mends": breaks, "kills, repeats, moves the clock": kills, "hostile names": hostile,
         "keyboard": by_keyboard, "looks": looks}


async def drive(url, keep):
    async with Chromium() as page:
        await page.screen(*LAPTOP)
        await page.open(url)
        await page.until("a live page", "document.querySelector('#live-text')?.textContent === 'live'")
        for name, step in STEPS.items():
            begun = time.monotonic()
            try:
                await step(page, keep)
            except Exception:
                await page.picture("target/console-failed.png")
                print(f"console: {name} failed; target/console-failed.png shows the page", file=sys.stderr)
                raise
            print(f"console: {name}: ok, {time.monotonic() - begun:.1f} s")
        foreign = [seen for seen in page.foreign if not seen.startswith((url, "data:"))]
        complaints = [text for text in page.complaints if "404" not in text]
        if foreign or complaints:
            raise Failed(f"the page asked {foreign} and complained: {complaints}")


def main():
    program, keep = sys.argv[1], "--keep" in sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        platform = Platform(program, folder)
        try:
            asyncio.run(drive(platform.url(), keep))
            platform.stop()
        except Failed as failed:
            sys.exit(f"console: {failed}")
        finally:
            platform.end()


if __name__ == "__main__":
    main()
