/** Whose public holidays can be chosen: ISO 3166 countries and their parts. A place's own name, the same in every language;
 *  countries are named by the browser. Called by Showroom.svelte. */
const COUNTRIES = ["NL", "BE", "LU", "DE", "FR", "AT", "CH", "GB"];
const STATES: Record<string, string> = {
  "DE-BB": "Brandenburg", "DE-BE": "Berlin", "DE-BW": "Baden-Württemberg", "DE-BY": "Bayern", "DE-HB": "Bremen", "DE-HE": "Hessen",
  "DE-HH": "Hamburg", "DE-MV": "Mecklenburg-Vorpommern", "DE-NI": "Niedersachsen", "DE-NW": "Nordrhein-Westfalen", "DE-RP": "Rheinland-Pfalz",
  "DE-SH": "Schleswig-Holstein", "DE-SL": "Saarland", "DE-SN": "Sachsen", "DE-ST": "Sachsen-Anhalt", "DE-TH": "Thüringen",
};

/** Codes and names in the order they are offered; one that is set but unknown here keeps its place at the end. */
export function placesFor(language: string, current: string | null): { code: string; name: string }[] {
  const names = new Intl.DisplayNames(language, { type: "region" });
  const country = (code: string) => names.of(code) ?? code;
  const known = COUNTRIES.flatMap((code) => [
    { code, name: country(code) },
    ...Object.entries(STATES).filter(([state]) => state.startsWith(`${code}-`)).map(([state, name]) => ({ code: state, name: `${country(code)} · ${name}` })),
  ]);
  return current && !known.some((one) => one.code === current) ? [...known, { code: current, name: current }] : known;
}
