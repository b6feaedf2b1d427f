/** The demo's own texts; whoever imports this has them loaded. */
import { catalogue } from "../i18n/index.svelte";
import type en from "./i18n/en.json";

export const { t, tn, maybe, ready } = catalogue<typeof en>({
  en: () => import("./i18n/en.json"), nl: () => import("./i18n/nl.json"),
  fr: () => import("./i18n/fr.json"), de: () => import("./i18n/de.json"),
});
await ready;
