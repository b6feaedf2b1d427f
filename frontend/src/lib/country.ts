/** Which country a number belongs to, by its prefix, as far as our showrooms meet them. In: E.164. Out: ISO 3166, or null. */
const PREFIX: Record<string, string> = {
  "31": "NL", "32": "BE", "33": "FR", "34": "ES", "39": "IT", "41": "CH", "43": "AT", "44": "GB", "45": "DK", "48": "PL", "49": "DE", "351": "PT", "352": "LU", "420": "CZ",
};

export const countryOf = (e164: string): string | null => PREFIX[e164.slice(1, 3)] ?? PREFIX[e164.slice(1, 4)] ?? null;
