// One page under Lighthouse's phone, several times. In: JSON as the only argument: chrome, flags, url, cookie, runs, warm.
// Out: JSON, one object a run: the scores (0–100), layout shift, ms to first paint and to everything painted, what is not
// accessible, and the bytes of script. Called by tests/bench/lighthouse_runs.py.
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";
import puppeteer from "puppeteer-core";

const { chrome, flags, url, cookie, runs, warm } = JSON.parse(process.argv[2]);
// Everything but the session's cookie is forgotten before a cold run: no cache, no worker, nothing on the phone's disk.
const EVERYTHING = ["file_systems", "shader_cache", "service_workers", "cache_storage", "indexeddb", "local_storage"];

async function once() {
  const browser = await launch({ chromePath: chrome, chromeFlags: flags, logLevel: "error" });
  try {
    const remote = await puppeteer.connect({ browserURL: `http://127.0.0.1:${browser.port}` });
    if (cookie) await remote.setCookie({ ...cookie, domain: "localhost", path: "/" });
    if (warm) {
      const page = await remote.newPage();
      await page.goto(url);
      await page.evaluate(() => navigator.serviceWorker.ready.then(() => null));
      await new Promise((done) => setTimeout(done, 2000));
      await page.close();
    }
    await remote.disconnect();
    const { lhr } = await lighthouse(url, {
      port: browser.port, output: "json", logLevel: "error", onlyCategories: ["performance", "accessibility"],
      clearStorageTypes: EVERYTHING, disableStorageReset: warm,
    });
    const figure = (name) => lhr.audits[name].numericValue ?? 0;
    return {
      url: lhr.finalDisplayedUrl, error: lhr.runtimeError?.message ?? null,
      performance: Math.round((lhr.categories.performance.score ?? 0) * 100),
      accessibility: Math.round((lhr.categories.accessibility.score ?? 0) * 100),
      first_paint: figure("first-contentful-paint"), largest_paint: figure("largest-contentful-paint"),
      blocking: figure("total-blocking-time"), shift: figure("cumulative-layout-shift"), speed: figure("speed-index"),
      bytes: figure("total-byte-weight"),
      not_accessible: lhr.categories.accessibility.auditRefs
        .filter(({ id, weight }) => weight > 0 && lhr.audits[id].score !== null && lhr.audits[id].score < 1).map(({ id }) => id),
    };
  } finally {
    browser.kill();
  }
}

/** Now and then Chromium's trace comes without its beginning; Lighthouse then asks to be run again. */
async function read() {
  for (let left = 2; ; left--) {
    const one = await once();
    if (!one.error || !left) return one;
  }
}

const found = [];
for (let run = 0; run < runs; run++) found.push(await read());
console.log(JSON.stringify(found));
