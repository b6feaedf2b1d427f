/** The order of texts that a program wrote: instants, times of day, ids. Pure. Their letters are in their order already;
 *  `localeCompare` is for names, and its first call costs a slow phone a third of a second. */
export const byLetter = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A copy, newest first, by instants as the server writes them. */
export const newestFirst = <T>(items: readonly T[], at: (one: T) => string): T[] => [...items].sort((a, b) => byLetter(at(b), at(a)));
