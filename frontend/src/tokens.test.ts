/** The colours can be read in the sun and at night: WCAG 2.2 contrast of every pair the screens use. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const css = readFileSync(join(import.meta.dirname, "tokens.css"), "utf8");
const pairs = new Map([...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(([, name, light, dark]) => [name!, { light: light!, dark: dark! }]));

/** WCAG relative luminance. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
function contrast(text: string, ground: string, scheme: "light" | "dark"): number {
  const [high, low] = [luminance(pairs.get(text)![scheme]), luminance(pairs.get(ground)![scheme])].sort((a, b) => b - a);
  return (high! + 0.05) / (low! + 0.05);
}
const GROUNDS = ["bg", "surface", "raised", "sunken"];
const TONES: [string, string][] = [["green-ink", "green-soft"], ["amber", "amber-soft"], ["red", "red-soft"], ["on-green", "green"], ["bar-ink", "bar"], ["face-ink", "face"], ["ink", "chosen"]];

describe.each(["light", "dark"] as const)("in the %s", (scheme) => {
  it("main and second text have 7:1 on every ground", () => {
    for (const ground of GROUNDS) {
      expect(contrast("ink", ground, scheme), `ink on ${ground}`).toBeGreaterThanOrEqual(7);
      if (ground !== "sunken") expect(contrast("ink-2", ground, scheme), `ink-2 on ${ground}`).toBeGreaterThanOrEqual(7);
    }
  });
  it("small labels and what the clock says have 4.5:1", () => {
    for (const ground of ["bg", "surface"]) expect(contrast("ink-3", ground, scheme), `ink-3 on ${ground}`).toBeGreaterThanOrEqual(4.5);
    for (const [text, ground] of TONES) expect(contrast(text, ground, scheme), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    for (const text of ["green-ink", "amber", "red"]) expect(contrast(text, "surface", scheme), text).toBeGreaterThanOrEqual(4.5);
    for (const tone of ["green-soft", "amber-soft", "red-soft"]) expect(contrast("ink-2", tone, scheme), `ink-2 on ${tone}`).toBeGreaterThanOrEqual(4.5);
  });
  it("the edge of a field has 3:1", () => {
    for (const ground of ["bg", "surface"]) expect(contrast("line-strong", ground, scheme)).toBeGreaterThanOrEqual(3);
  });
});
it("stand in one file: no component names a colour of its own but the logo", () => {
  const own = readdirSync(import.meta.dirname, { recursive: true }).map(String).filter((name) => name.endsWith(".svelte") && !name.endsWith("Logo.svelte"))
    .filter((name) => /#[0-9a-f]{3,8}\b|rgb\(/.test(/<style>[^]*<\/style>/.exec(readFileSync(join(import.meta.dirname, name), "utf8"))?.[0] ?? ""));
  expect(own).toEqual([]);
});
