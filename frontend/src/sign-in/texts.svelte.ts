/** The texts of passkeys and of "where am I signed in", besides the main and the later ones. */
import type main from "../i18n/en.json";
import { catalogue } from "../i18n/index.svelte";
import type later from "../views/i18n/en.json";
import { maybe as laterMaybe } from "../views/texts.svelte";
import type en from "./i18n/en.json";

export const { t, tn, maybe, ready } = catalogue<typeof en, typeof main & typeof later>(
  {
    en: () => import("./i18n/en.json"), nl: () => import("./i18n/nl.json"),
    fr: () => import("./i18n/fr.json"), de: () => import("./i18n/de.json"),
  },
  { maybe: laterMaybe },
);
await ready;
