/** The 8-character code of a device link, as people type and paste it. Pure. */

/** "7k3m-9qpd " → "7K3M9QPD"; a pasted sentence keeps only its letters and digits, at most 8. */
export const tidyCode = (typed: string): string => typed.toUpperCase().replace(/[^A-Z0-9]/g, "").slice(0, 8);

/** "7K3M9" → "7K3M-9" */
export const grouped = (typed: string): string => {
  const code = tidyCode(typed);
  return code.length > 4 ? `${code.slice(0, 4)}-${code.slice(4)}` : code;
};
