"""How soon the phone answers a thumb: the browser's own event timing, with the processor slowed down four times.

In: a page of Sanne's phone. Out: ms from a tap to the next paint (the longest event of the tap), and the longest frame
of a scroll. Called by ``tests.bench.phone``. A tap that is faster than the browser reports counts as 16 ms.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import CDPSession, Locator, Page

SLOWER = 4
LEAST = 16.0
WATCH = """
window.seen = { taps: [], frames: [], shift: 0 };
const watch = (type, more, each) => new PerformanceObserver(list => list.getEntries().forEach(each))
  .observe({ type, buffered: true, ...more });
watch('event', { durationThreshold: 16 }, e => e.interactionId && seen.taps.push(e.duration));
watch('long-animation-frame', {}, e => seen.frames.push(e.duration));
watch('layout-shift', {}, e => { if (!e.hadRecentInput) seen.shift += e.value; });
"""
# Two frames later everything that the tap began has been painted and reported.
AT_REST = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 120))))"


class Thumb:
    """Measures what happens on one page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._chrome: CDPSession = page.context.new_cdp_session(page)

    @contextmanager
    def _slowed(self) -> Iterator[None]:
        """Inside, the page has a quarter of this processor."""
        self._chrome.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        try:
            yield
        finally:
            self._chrome.send("Emulation.setCPUThrottlingRate", {"rate": 1})

    def tap(self, what: Locator) -> float:
        """ms from a finger on the middle of ``what`` to the next paint. Playwright's own tap would look, within the
        events, whether it hit what it was to hit: no finger does.
        """
        box = what.bounding_box()
        assert box, "nothing there to tap on"
        at = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        return self.press(lambda: self.page.touchscreen.tap(*at))

    def press(self, act: Callable[[], Any]) -> float:
        """ms from the tap or key that ``act`` makes to the next paint."""
        with self._slowed():
            self.page.evaluate(AT_REST)
            self.page.evaluate("seen.taps.length = 0")
            act()
            self.page.evaluate(AT_REST)
        return float(self.page.evaluate("Math.max(16, ...seen.taps)"))

    def scroll(self, by: int) -> float:
        """ms of the longest frame while a finger moves the list ``by`` px up; 16 when none was long."""
        with self._slowed():
            self.page.evaluate("seen.frames.length = 0")
            swipe = {"x": 195, "y": 600, "yDistance": -by, "speed": 2400, "gestureSourceType": "touch"}
            self._chrome.send("Input.synthesizeScrollGesture", swipe)
            self.page.evaluate(AT_REST)
        return float(self.page.evaluate("Math.max(16, ...seen.frames)"))

    def shift(self) -> float:
        """The layout shift since the page was opened."""
        return float(self.page.evaluate("seen.shift"))
