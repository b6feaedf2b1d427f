/** Writes src/lib/icons.ts and icons-more.ts: the lucide icons we use, each as the data of one <path>. Run by hand after adding a name:
 *  `node scripts/icon-paths.mjs`. One string an icon is smaller than SVG files and needs no innerHTML (Trusted Types). */
import { readFileSync, writeFileSync } from "node:fs";

const NAMES = `phone phone-call phone-missed phone-off voicemail message-circle message-square mail video ellipsis
  ellipsis-vertical chevron-left chevron-right x check circle-check circle-dot circle clock clock-alert calendar calendar-clock calendar-check
  triangle-alert bell bell-ring bell-off smartphone share square-plus pencil send user user-check users arrow-right-left undo-2 car
  repeat wifi-off wifi refresh-cw log-out languages hand zap timer hourglass flag octagon-x ban heart-handshake reply phone-incoming
  list circle-user coffee moon history copy download info play power inbox megaphone circle-alert skull rocket external-link eye mail-check
  circle-help file-text sun sun-moon search settings plus trash-2 store list-checks calendar-off id-card user-minus plane qr-code plug flask-conical link camera sticky-note fingerprint-pattern monitor`.split(/\s+/).filter(Boolean);

const n = (value) => Number(value ?? 0);
const shapes = {
  path: (a) => a.d,
  line: (a) => `M${a.x1} ${a.y1}L${a.x2} ${a.y2}`,
  // After the first point further pairs are lines: "M22 12 16 12" is enough.
  polyline: (a) => `M${a.points.trim()}`,
  polygon: (a) => `M${a.points.trim()}Z`,
  circle: (a) => `M${n(a.cx) - n(a.r)} ${a.cy}a${a.r} ${a.r} 0 1 0 ${2 * n(a.r)} 0a${a.r} ${a.r} 0 1 0 ${-2 * n(a.r)} 0`,
  ellipse: (a) => `M${n(a.cx) - n(a.rx)} ${a.cy}a${a.rx} ${a.ry} 0 1 0 ${2 * n(a.rx)} 0a${a.rx} ${a.ry} 0 1 0 ${-2 * n(a.rx)} 0`,
  rect: (a) => {
    const [x, y, w, h, r] = [n(a.x), n(a.y), n(a.width), n(a.height), n(a.rx ?? a.ry)];
    const corner = (dx, dy) => (r ? `a${r} ${r} 0 0 1 ${dx} ${dy}` : "");
    return `M${x + r} ${y}h${w - 2 * r}${corner(r, r)}v${h - 2 * r}${corner(-r, r)}h${2 * r - w}${corner(-r, -r)}v${2 * r - h}${corner(r, -r)}Z`;
  },
};

function pathData(name) {
  const svg = readFileSync(`node_modules/lucide-static/icons/${name}.svg`, "utf8").replace(/<svg[^>]*>/s, "");
  return [...svg.matchAll(/<(\w+)\s([^>]*?)\/?>/gs)]
    .map(([, tag, text]) => {
      const attributes = Object.fromEntries([...text.matchAll(/([\w-]+)="([^"]*)"/g)].map((m) => [m[1], m[2]]));
      if (!shapes[tag]) throw new Error(`${name}: no rule for <${tag}>`);
      // A relative first "m" of a later path would start where the one before ended.
      return shapes[tag](attributes).replace(/^m/, "M0 0m");
    })
    .join("");
}

// What the first screens show; the rest is loaded when the first icon of it is asked for.
const CORE = new Set(`phone phone-call message-circle message-square mail video ellipsis chevron-left chevron-right zap timer clock
  clock-alert triangle-alert circle-check refresh-cw calendar-clock bell hand reply phone-incoming send wifi-off eye circle-alert x
  inbox circle-user list users coffee moon bell-off`.split(/\s+/));

function write(file, about, names, constant, more = "") {
  const rows = names.map((name) => `  "${name}": "${pathData(name)}",`);
  writeFileSync(
    file,
    `/** Made by scripts/icon-paths.mjs from lucide-static (ISC licence, © Lucide contributors). ${about} */\n` +
      `export const ${constant} = {\n${rows.join("\n")}\n} as const;\n${more}`,
  );
}
const all = [...new Set(NAMES)].sort();
write("src/lib/icons.ts", "Icons of the first screens, one <path> each, 24 × 24.", all.filter((name) => CORE.has(name)), "icons",
  `export type { IconName } from "./icon-name.svelte";\n`);
write("src/lib/icons-more.ts", "The other icons, loaded when one is needed.", all.filter((name) => !CORE.has(name)), "more");
