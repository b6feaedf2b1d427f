/** Which icons there are, and the drawing of one. Those of the first screens come with them, the others when asked for. */
import { icons } from "./icons";
import type { more } from "./icons-more";

export type IconName = keyof typeof icons | keyof typeof more;

let others = $state.raw<Partial<Record<string, string>> | null>(null);
let loading = false;

function loadOthers(): void {
  if (loading) return;
  loading = true;
  import("./icons-more").then(
    ({ more }) => (others = more),
    () => (loading = false),
  );
}

/** Path data; empty while it is on its way. Reactive. */
export function drawing(name: IconName): string {
  const known = (icons as Partial<Record<string, string>>)[name];
  if (known) return known;
  if (!others) loadOthers();
  return others?.[name] ?? "";
}
