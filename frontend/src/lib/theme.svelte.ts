/** Light outdoors, dark by the system, or by hand. Kept on this device; a data attribute switches the tokens. */
export type Theme = "system" | "light" | "dark";

const stored = localStorage.getItem("theme");
const state = $state<{ now: Theme }>({ now: stored === "light" || stored === "dark" ? stored : "system" });

export const theme = {
  get now() { return state.now; },
};

export function setTheme(next: Theme): void {
  state.now = next;
  localStorage.setItem("theme", next);
  apply();
}

function apply(): void {
  if (state.now === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = state.now;
}
apply();
