/** What a screen reader is told besides the screen itself: only changes of the SLA level, never a running clock. */
const state = $state({ text: "" });

export const announced = {
  get text() { return state.text; },
};

export function announce(text: string): void {
  state.text = text;
}
