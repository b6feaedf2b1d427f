/** Typed texts. In: JSON files, one a language; English is the type. Out: t() and tn(), reactive on the language.
 *  A folder that is loaded lazily (board, demo) keeps its own files and makes its own catalogue; only the
 *  language in use is fetched. Called by every view. `npm run i18n:check` fails on a missing or extra key. */
import type en from "./en.json";

export const LANGUAGES = ["en", "nl", "fr", "de"] as const;
export type Language = (typeof LANGUAGES)[number];
export type Params = Record<string, string | number>;
type Stem<Key> = Key extends `${infer Before}.other` ? Before : never;
type Loaders<M> = Record<Language, () => Promise<{ default: M }>>;

const STORED = "language";
const state = $state<{ language: Language }>({ language: guess() });
const loadAll: Array<(language: Language) => Promise<void>> = [];

function guess(): Language {
  const wished = [localStorage.getItem(STORED), ...(navigator.languages ?? [])];
  for (const one of wished) {
    const found = LANGUAGES.find((language) => one?.toLowerCase().startsWith(language));
    if (found) return found;
  }
  return "en";
}

function fill(text: string, params: Params): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

/** CLDR's form for a count, as `Intl.PluralRules` has it for our languages and counts below a million (a test compares
 *  them): the first of those objects comes in the way of the first paint. */
export const pluralForm = (language: Language, n: number): "one" | "other" =>
  n === 1 || (n < 2 && language === "fr") ? "one" : "other";

interface Parent { maybe: (key: string, params?: Params) => string | null }

/** Texts of one folder; with a parent, its texts too. `ready` resolves when the language in use is loaded; await it before the first paint. */
export function catalogue<M extends Record<string, string>, P extends Record<string, string> = Record<never, string>>(
  loaders: Loaders<M>, parent?: Parent,
) {
  type Key = (keyof M | keyof P) & string;
  type Counted = Stem<Key>;
  let texts = $state.raw<Record<string, string>>({});
  const load = async (language: Language) => {
    texts = (await loaders[language]()).default;
  };
  loadAll.push(load);
  return {
    ready: load(state.language),
    /** The text of a key, with {placeholders} filled in. */
    t: (key: Key, params: Params = {}): string => texts[key] === undefined ? (parent?.maybe(key, params) ?? key) : fill(texts[key], params),
    /** The plural form that belongs to n; the key has `.one` and `.other`. */
    tn: (stem: Counted, n: number, params: Params = {}): string => {
      return fill(texts[`${stem}.${pluralForm(state.language, n)}`] ?? texts[`${stem}.other`] ?? stem, { n, ...params });
    },
    /** A text whose key is only known at run time (a type sent by the server); null when we have none. */
    maybe: (key: string, params: Params = {}): string | null => {
      const text = texts[key];
      return text === undefined ? (parent?.maybe(key, params) ?? null) : fill(text, params);
    },
  };
}

export const language = (): Language => state.language;

/** Change the language of every catalogue in use, and remember it on this device. */
export async function setLanguage(next: Language): Promise<void> {
  localStorage.setItem(STORED, next);
  if (next !== state.language) await Promise.all(loadAll.map((load) => load(next)));
  state.language = next;
  document.documentElement.lang = next;
}

export const { t, tn, maybe, ready } = catalogue<typeof en>({
  en: () => import("./en.json"), nl: () => import("./nl.json"), fr: () => import("./fr.json"), de: () => import("./de.json"),
});
