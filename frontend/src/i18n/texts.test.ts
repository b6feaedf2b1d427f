/** What people read. Every word comes from the catalogues, so that a language is never half; no word judges a customer
 *  (product.md rule 3); counts and times are written the way each language does. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "svelte/compiler";
import { describe, expect, it } from "vitest";
import { elapsed, hourMinute, when } from "../lib/format";
import { LANGUAGES, pluralForm, setLanguage, tn } from "./index.svelte";

const SRC = join(import.meta.dirname, "..");
const files = readdirSync(SRC, { recursive: true }).map(String);
const catalogues = files.filter((name) => /i18n[\\/](en|nl|fr|de)\.json$/.test(name));
const read = (name: string) => JSON.parse(readFileSync(join(SRC, name), "utf8")) as Record<string, string>;
const languageOf = (name: string) => name.slice(-7, -5) as (typeof LANGUAGES)[number];

/** Words that stand in a component itself: text between tags, and attributes that are read out or shown. */
const SHOWN = new Set(["aria-label", "aria-description", "title", "placeholder", "alt", "label"]);
// Names and forms that are the same everywhere: a code's shape, example addresses, a shell command.
const SAME_EVERYWHERE = /^(Firstcall|POST|FaceTime|XXXX-XXXX|https:\/\/\S+|flask --app wsgi demo-remove|HH:MM)$/;

type Node = { type: string; [more: string]: unknown };
function words(node: unknown, found: string[] = []): string[] {
  if (Array.isArray(node)) node.forEach((one) => words(one, found));
  else if (node && typeof node === "object") {
    const one = node as Node;
    if (one.type === "Text" && typeof one["data"] === "string") found.push(one["data"].trim());
    if (one.type === "Attribute") {
      const value = one["value"];
      if (SHOWN.has(String(one["name"]))) words(value, found);
      return found;
    }
    if (one.type === "ExpressionTag" && (one["expression"] as Node).type === "Literal") found.push(String((one["expression"] as Node)["value"]).trim());
    Object.entries(one).filter(([key]) => !["expression", "css", "instance", "module"].includes(key)).forEach(([, value]) => words(value, found));
  }
  return found.filter((text) => /\p{L}{2}/u.test(text) && !SAME_EVERYWHERE.test(text));
}
const hardCoded = (source: string) => words((parse(source, { modern: true }) as unknown as { fragment: unknown }).fragment);

/** A verdict on a customer or on what they typed. Whole words, so that "falsche Nummer" (the wrong one) may stand. */
const VERDICTS: Record<(typeof LANGUAGES)[number], RegExp> = {
  en: /\b(invalid|fake|bogus|junk|worthless|unqualified|not serious|time.?waster|bad lead|cold lead|hot lead|score of|low quality|suspicious)\b/i,
  nl: /\b(ongeldige?|nep\w*|onzin|waardeloos|onserieus|niet serieus|tijdverspiller|slechte lead|koude lead|verdachte?|fake)\b/i,
  fr: /\b(invalides?|faux|fausses?|bidon|pas sérieux|sans valeur|mauvais lead|lead froid|douteux|suspects?)\b/i,
  de: /\b(ungültig\w*|gefälscht\w*|fake|unseriös\w*|nicht ernst|wertlos\w*|schlechter lead|kalter lead|verdächtig\w*)\b/i,
};

describe("the words on the screens", () => {
  it("come from the catalogues: none stands in a component", () => {
    const found = files.filter((name) => name.endsWith(".svelte") && !name.startsWith("design"))
      .flatMap((name) => hardCoded(readFileSync(join(SRC, name), "utf8")).map((text) => `${name}: ${text}`));
    expect(found).toEqual([]);
  });
  it("would be found when one stood there", () => {
    expect(hardCoded('<p class="quiet">Call now</p><img alt="Sanne" src={x} />{t("a.b")}')).toEqual(["Call now", "Sanne"]);
  });
  it("never judge a customer", () => {
    const verdicts = catalogues.flatMap((name) => Object.entries(read(name)).filter(([, text]) => VERDICTS[languageOf(name)].test(text)).map(([key, text]) => `${name} ${key}: ${text}`));
    expect(verdicts).toEqual([]);
    expect(VERDICTS.nl.test("Ongeldig nummer") && VERDICTS.fr.test("numéro invalide") && VERDICTS.de.test("Ungültige Nummer") && VERDICTS.en.test("Fake number")).toBe(true);
  });
  it("are there in all four languages, by meaning: the long ones are never left in English", () => {
    const folders = [...new Set(catalogues.map((name) => name.slice(0, -7)))];
    expect(folders.flatMap((folder) => LANGUAGES.filter((one) => !catalogues.includes(`${folder}${one}.json`)))).toEqual([]);
    const left = folders.flatMap((folder) => {
      const english = read(`${folder}en.json`);
      return ["nl", "fr", "de"].flatMap((one) => Object.entries(read(`${folder}${one}.json`)).filter(([key, text]) => text.replace(/\{\w+\}/g, "").length > 24 && text === english[key]).map(([key]) => `${folder}${one} ${key}`));
    });
    expect(left).toEqual([]);
  });
  it("have every plural form their language counts with", () => {
    const missing = catalogues.flatMap((name) => {
      const keys = Object.keys(read(name));
      const forms = new Set(Array.from({ length: 200 }, (_, n) => new Intl.PluralRules(languageOf(name)).select(n)));
      return keys.filter((key) => key.endsWith(".other") && keys.includes(key.replace(/other$/, "one"))).map((key) => key.slice(0, -6))
        .flatMap((stem) => [...forms].filter((form) => !keys.includes(`${stem}.${form}`)).map((form) => `${name} ${stem}.${form}`));
    });
    expect(missing).toEqual([]);
  });
});

describe("counts and times", () => {
  it("count as the world's own plural rules do", () => {
    const wrong = LANGUAGES.flatMap((one) => {
      const rules = new Intl.PluralRules(one);
      return Array.from({ length: 10_000 }, (_, n) => n).filter((n) => pluralForm(one, n) !== rules.select(n)).map((n) => `${one} ${n}`);
    });
    expect(wrong).toEqual([]);
  });
  const NOW = new Date(2026, 10, 22, 10, 0).getTime();
  it("follow the language: French counts nothing as one, and its days are jours", async () => {
    await setLanguage("fr");
    expect([0, 1, 2].map((n) => tn("list.open", n))).toEqual(["0 ouvert", "1 ouvert", "2 ouverts"]);
    expect(elapsed(2 * 86_400)).toBe("2 j");
    await setLanguage("de");
    expect(when(NOW + 86_400_000, NOW)).toBe("morgen 10:00");
    expect(elapsed(2 * 86_400)).toBe("2 T");
    await setLanguage("nl");
    expect(when(NOW - 86_400_000, NOW)).toBe("gisteren 10:00");
    await setLanguage("en");
    expect(when(new Date(2026, 11, 28, 14, 20).getTime(), NOW)).toBe("28 Dec 14:20");
    expect(hourMinute(new Date(2026, 10, 22, 0, 5).getTime())).toBe("00:05");
  });
});
