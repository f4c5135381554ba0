"""What can be measured of a page's looks: that it fits, that it can be read, that everything has a name."""

from chromium import Failed

# Foreground, background, least contrast (WCAG 2.2: 4.5 for text, 3 for what is no text).
PAIRS = [(text, ground, 4.5) for text in ("text", "quiet") for ground in ("ground", "card", "raised")]
PAIRS += [(ink, ground, 4.5) for ink in ("accent", "done", "refused", "unknown") for ground in ("card", "raised", f"{ink}-soft")]
PAIRS += [("news", ground, 3) for ground in ("card", "raised")]
PAIRS += [("accent-ink", "accent", 4.5), ("quiet", "accent-soft", 4.5), ("strong", "card", 3), ("strong", "raised", 3), ("text", "refused-soft", 4.5),
          ("quiet", "refused-soft", 4.5), ("card", "refused", 4.5)]

COLOUR = """(name) => {
    const probe = document.createElement('i');
    probe.style.color = `var(--${name})`;
    document.body.append(probe);
    const colour = getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map(Number);
    probe.remove();
    return colour;
}"""


def light(colour):
    parts = [part / 255 for part in colour]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


async def contrast(page, theme):
    names = sorted({name for ink, ground, _ in PAIRS for name in (ink, ground)})
    colours = dict(zip(names, await page.value(f"{names!r}.map({COLOUR})"), strict=True))
    for ink, ground, least in PAIRS:
        high, low = sorted((light(colours[ink]), light(colours[ground])), reverse=True)
        ratio = (high + 0.05) / (low + 0.05)
        if ratio < least:
            raise Failed(f"{theme}: {ink} on {ground} has a contrast of {ratio:.2f}; the least is {least}")


async def fits(page, width):
    """Nothing makes the page wider than the screen, and no button is cut off by its own edge."""
    wide = await page.value("document.documentElement.scrollWidth")
    if wide > width:
        raise Failed(f"the page is {wide} wide on a screen of {width}")
    cut = await page.value("""[...document.querySelectorAll('button, .tile dd, .chip')]
        .filter((node) => node.offsetParent && node.scrollWidth > node.clientWidth + 1 && !node.matches('.link, .span'))
        .map((node) => node.textContent)""")
    if cut:
        raise Failed(f"on a screen of {width} these do not fit: {cut}")


async def names(page):
    """Whatever can have the focus says what it is."""
    tree = await page.call("Accessibility.getFullAXTree")
    for node in tree["nodes"]:
        role = node.get("role", {}).get("value")
        if role in ("button", "combobox", "slider", "searchbox", "textbox", "link") and not node.get("name", {}).get("value"):
            raise Failed(f"a {role} has no name")
