"""Looks at a page as a strict reader would: accessibility rules, text that is cut off, words that nobody can translate.

In: a Playwright page on which ``AXE`` is an init script. Out: lists of findings, empty when there are none. Called by
test_screens.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, Route

from tests.house import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN_AXE = """rules => axe.run(document, {runOnly: rules, resultTypes: ['violations'], preload: false, iframes: false})
  .then(({violations}) => violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target.join(' ')}`)))"""
# A text is cut off when a box that hides its overflow, or the window, ends before it does. What scrolls sideways may.
CUT_OFF = """() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    const own = node.parentElement;
    if (!node.data.trim() || own.closest('.visually-hidden, noscript, option') || !own.checkVisibility()) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const text = range.getBoundingClientRect();
    if (text.width < 1) continue;
    let free = false;
    for (let box = own; box; box = box.parentElement) {
      const style = getComputedStyle(box);
      if (style.clipPath === 'inset(50%)') { free = true; break; }
      if (/auto|scroll/.test(style.overflowX) && box.scrollWidth > box.clientWidth + 1 && box.tagName !== 'MAIN') { free = true; break; }
      const edge = box.getBoundingClientRect();
      if (/hidden|clip/.test(style.overflowX) && (text.right > edge.right + 1 || text.left < edge.left - 1)) break;
    }
    if (free) continue;
    const wide = [...function* () { for (let box = own; box; box = box.parentElement) yield box; }()]
      .some(box => /hidden|clip/.test(getComputedStyle(box).overflowX) && text.right > box.getBoundingClientRect().right + 1);
    if (wide || text.right > innerWidth + 1 || text.left < -1) found.push(node.data.trim().slice(0, 60));
  }
  const page = document.scrollingElement;
  if (page.scrollWidth > innerWidth + 1) found.push(`the page is ${page.scrollWidth} px wide`);
  return found;
}"""
TEXTS = """() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const own = walk.currentNode.parentElement;
    if (walk.currentNode.data.trim() && !own.closest('noscript') && own.checkVisibility()) found.push(walk.currentNode.data.trim());
  }
  for (const named of document.querySelectorAll('[aria-label], [placeholder], [title]'))
    for (const name of ['aria-label', 'placeholder', 'title'])
      if (named.hasAttribute(name)) found.push(named.getAttribute(name));
  return found.filter(Boolean);
}"""
# At rest is when nothing was built or changed for a moment; a running clock changes once a second.
AT_REST = """() => new Promise(done => {
  let timer;
  const watch = new MutationObserver(() => again());
  const again = () => { clearTimeout(timer); timer = setTimeout(() => { watch.disconnect(); done(); }, 80); };
  watch.observe(document, { subtree: true, childList: true, attributes: true });
  again();
})"""
CATALOGUE = re.compile(r"/assets/en-[\w-]+\.js$")
PAIR = re.compile(r'("[\w.]+":\s*)([`"\'])((?:\\.|(?!\2).)*)\2')
MARKED = re.compile("[⟦⟧àéîöûÀÉÎÖÛçñ]")
"""A sentence may stand in several pieces: each piece with a vowel carries a mark."""
MARKS = str.maketrans("aeiouAEIOUcn", "àéîöûÀÉÎÖÛçñ")


def come_to_rest(page: Page) -> None:
    """Returns once the page has stopped building itself."""
    page.evaluate(AT_REST)


def violations(page: Page) -> list[str]:
    """What axe finds wrong, one line a place, once there is something to look at."""
    page.locator("main h1").first.wait_for(state="attached")
    return list(page.evaluate(RUN_AXE, RULES))


def cut_off(page: Page) -> list[str]:
    """Texts a reader cannot see whole."""
    return list(page.evaluate(CUT_OFF))


def pseudo(text: str) -> str:
    """A text as in a language with accents that is a third longer; placeholders stay as they are."""
    parts = re.split(r"(\{\w+\})", text)
    said = "".join(part if part.startswith("{") else part.translate(MARKS) for part in parts)
    return f"⟦{said}{' öñé' * (1 + len(text) // 14)}⟧"


@contextmanager
def pseudo_language(page: Page) -> Iterator[None]:
    """The page's English catalogue is answered in the pseudo-language; at the end no answer is left half given."""

    def speak(route: Route) -> None:
        answer = route.fetch()
        body = PAIR.sub(lambda pair: f"{pair[1]}{pair[2]}{pseudo(pair[3])}{pair[2]}", answer.text())
        route.fulfill(response=answer, body=body)

    page.route(CATALOGUE, speak)
    try:
        yield
    finally:
        page.unroute_all(behavior="ignoreErrors")  # it may be on its way as the page goes


class Heard:
    """Everything the server said in JSON: what people typed is theirs and is not translated."""

    def __init__(self, page: Page) -> None:
        self.said = ""
        page.on("response", self._hear)

    def _hear(self, response: Any) -> None:
        if "json" in response.headers.get("content-type", "") and response.ok:
            with suppress(PlaywrightError):  # the page went on before its body was here
                # First the body: while it comes another answer may be heard, and must not be forgotten.
                said = json.dumps(response.json(), ensure_ascii=False).lower()
                self.said += said

    def untranslated(self, page: Page) -> list[str]:
        """Texts on the page with words that come neither from a catalogue nor from the server, however late it answers:
        what the phone kept from before is on the page at once.
        """
        end = time.monotonic() + PATIENCE
        while (found := self._unknown(page)) and time.monotonic() < end:
            page.wait_for_timeout(100)
        return found

    def _unknown(self, page: Page) -> list[str]:
        return [text for text in page.evaluate(TEXTS) if not MARKED.search(text) and not self._theirs(text)]

    def _theirs(self, text: str) -> bool:
        words = re.findall(r"[^\W\d_]{3,}", text.lower())
        return all(word in self.said or word in SAME for word in words)


SAME = frozenset(
    re.findall(
        r"\w+",
        """
    monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun tomorrow yesterday
    jan feb mar apr may jun jul aug sep oct nov dec january february march april june july august september october november december min netherlands belgium luxembourg germany france austria
    switzerland united kingdom firstcall facetime whatsapp https com join meet example xxxx apple""",
    )
)
"""Words that are not ours to translate: names, forms, and what ``Intl`` writes in English."""
