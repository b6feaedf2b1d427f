/** The texts of everything that brings leads in (sources, templates, needs a look, by hand), besides those of the showroom. */
import { catalogue } from "../i18n/index.svelte";
import { maybe as houseMaybe } from "../showroom/texts.svelte";
import type main from "../i18n/en.json";
import type house from "../showroom/i18n/en.json";
import type later from "../views/i18n/en.json";
import type en from "./i18n/en.json";

export const { t, tn, maybe, ready } = catalogue<typeof en, typeof main & typeof later & typeof house>(
  {
    en: () => import("./i18n/en.json"), nl: () => import("./i18n/nl.json"),
    fr: () => import("./i18n/fr.json"), de: () => import("./i18n/de.json"),
  },
  { maybe: houseMaybe },
);
await ready;
