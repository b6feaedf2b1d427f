/** The one line at the bottom that says what just happened, with an undo for 8 seconds (never "are you sure?"). */
export interface Snack { text: string; undo?: () => void; label?: string }

const SECONDS = 8;
const state = $state<{ snack: Snack | null }>({ snack: null });
let timer: ReturnType<typeof setTimeout> | undefined;

export const snack = {
  get now() { return state.snack; },
};

export function say(text: string, undo?: () => void): void {
  clearTimeout(timer);
  state.snack = undo ? { text, undo } : { text };
  timer = setTimeout(hush, SECONDS * 1000);
}

export function hush(): void {
  clearTimeout(timer);
  state.snack = null;
}
