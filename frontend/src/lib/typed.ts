/** Whether somebody has typed on this screen: what must not take it away asks here. Imported by main.ts, so that it listens
 *  before there is anything to type in. */
let where: string | null = null;
window.addEventListener("input", () => (where = location.pathname));

export const typedHere = (): boolean => where === location.pathname;
