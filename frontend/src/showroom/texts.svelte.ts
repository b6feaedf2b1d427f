/** The texts of the showroom's own screens (hours, people, plan) and of "my hours", besides the main and the later ones. */
import { catalogue } from "../i18n/index.svelte";
import { maybe as laterMaybe } from "../views/texts.svelte";
import type main from "../i18n/en.json";
import type later from "../views/i18n/en.json";
import type en from "./i18n/en.json";

export const { t, tn, maybe, ready } = catalogue<typeof en, typeof main & typeof later>(
  {
    en: () => import("./i18n/en.json"), nl: () => import("./i18n/nl.json"),
    fr: () => import("./i18n/fr.json"), de: () => import("./i18n/de.json"),
  },
  { maybe: laterMaybe },
);
await ready;
