import { describe, expect, it } from "vitest";
import { deaf, invent, onThreePortals } from "./customers";
import en from "./i18n/en.json";
import nl from "./i18n/nl.json";

/** Chance that repeats itself: mulberry32. */
function dice(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
const digits = (phone: string) => phone.replace(/\D/g, "").replace(/^0031|^31|^0/, "");

describe("invented customers", () => {
  it("are new at every click", () => {
    const used = new Set<string>();
    const all = Array.from({ length: 80 }, () => invent(used, dice(used.size + 1)));
    expect(new Set(all.map((one) => one.name)).size).toBe(80);
    expect(new Set(all.map((one) => one.phone)).size).toBe(80);
  });

  it("have numbers that can be dialled, from ranges nobody is called on", () => {
    const chance = dice(7);
    for (let n = 0; n < 200; n += 1) expect(invent(new Set(), chance).phone).toMatch(/^(06 1234 \d{4}|\+49 171 39200\d{2})$/);
  });

  it("have an address at example.com, which receives no mail, also with odd letters in the name", () => {
    const chance = dice(3);
    for (let n = 0; n < 200; n += 1) expect(invent(new Set(), chance).email).toMatch(/^[a-z]+(\.[a-z]+)+\.\d{3}@example\.com$/);
  });

  it("write in their own language", () => {
    expect(invent(new Set(), dice(1), "de").message).toMatch(/[A-ZÄÖÜ].*(Wagen|Probefahrt|Winterreifen)/);
  });

  it("still come when every name is taken", () => {
    const used = new Set<string>();
    const chance = dice(9);
    for (let n = 0; n < 300; n += 1) invent(used, chance, "en");
    expect(invent(used, chance, "en").name).toMatch(/\w+ \w+/);
  });

  it("include one who cannot telephone: zeros for a number, an address, and a question like any other", () => {
    const one = deaf(new Set(), dice(2));
    expect(one.phone).toMatch(/^0+$/);
    expect(one.email).toContain("@");
    expect(one.message).toContain("?");
  });

  it("include one who asks on three portals: one number written three ways, three cars", () => {
    const three = onThreePortals(new Set(), dice(5));
    expect(new Set(three.map((one) => digits(one.phone))).size).toBe(1);
    expect(new Set(three.map((one) => one.phone)).size).toBe(3);
    expect(new Set(three.map((one) => one.vehicle.model)).size).toBe(3);
    expect(new Set(three.map((one) => one.name)).size).toBe(1);
  });

  it("are shown in Dutch as fully as in English", () => {
    expect(Object.keys(nl)).toEqual(Object.keys(en));
  });
});
