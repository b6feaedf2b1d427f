/** The texts of what is loaded after the first paint (sign-in, onboarding, me, sheets, timeline), besides the main ones. */
import type main from "../i18n/en.json";
import { catalogue, maybe as mainMaybe } from "../i18n/index.svelte";
import type en from "./i18n/en.json";

export const { t, tn, maybe, ready } = catalogue<typeof en, typeof main>(
  {
    en: () => import("./i18n/en.json"), nl: () => import("./i18n/nl.json"),
    fr: () => import("./i18n/fr.json"), de: () => import("./i18n/de.json"),
  },
  { maybe: mainMaybe },
);
await ready;
