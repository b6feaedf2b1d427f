"""How soon the phone answers a thumb: the browser's own event timing, with the processor slowed down four times.

In: a page of Sanne's phone. Out: ms from a tap to the next paint (the longest event of the tap), and the longest frame
of a scroll. Called by ``tests.bench.phone``. A tap that is faster than the browser reports counts as 16 ms.

No locator is used: Playwright would put its own listeners, which no phone has, on every event of a finger, and their
time would be the app's.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import CDPSession, Page

SLOWER = 4
LEAST = 16.0
PATIENCE = 30.0
"""Seconds for something to appear."""
WATCH = """
window.seen = { taps: [], frames: [], shift: 0 };
const watch = (type, more, each) => new PerformanceObserver(list => list.getEntries().forEach(each))
  .observe({ type, buffered: true, ...more });
watch('event', { durationThreshold: 16 }, e => e.interactionId && seen.taps.push(e.duration));
watch('long-animation-frame', {}, e => seen.frames.push(e.duration));
watch('layout-shift', {}, e => { if (!e.hadRecentInput) seen.shift += e.value; });
"""
FIND = """([what, name]) => {
  const named = (one) => (one.getAttribute("aria-label") ?? one.textContent).trim() === name;
  const seen = (one) => one.checkVisibility({ visibilityProperty: true });
  const found = [...document.querySelectorAll(what)].find((one) => (name === null || named(one)) && seen(one));
  if (!found) return null;
  const { x, y, width, height } = found.getBoundingClientRect();
  return [x + width / 2, y + height / 2];
}"""
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

    def find(self, what: str, name: str | None = None) -> tuple[float, float]:
        """The middle of the first element in sight that the selector ``what`` means, called ``name`` if that is said.
        Raises ``TimeoutError`` when none came."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if at := self.page.evaluate(FIND, [what, name]):
                return at[0], at[1]
            self.page.wait_for_timeout(50)
        raise TimeoutError(f"nothing to be seen of {what} {name or ''}")

    def tap(self, what: str, name: str | None = None) -> float:
        """ms from a finger on the middle of what ``find`` finds to the next paint."""
        at = self.find(what, name)
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
