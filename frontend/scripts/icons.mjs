/** Draws public/icons/*.png from scripts/icon.svg with a headless Chromium (CHROMIUM, default "chromium").
 *  Run by hand after a change of the drawing; the PNGs are part of the sources. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const mark = readFileSync("scripts/icon.svg", "utf8").replace(/<\/?svg[^>]*>/g, "");
const GREEN = "#0f6b40";
/** name, pixels, corner radius of 64, part of the square the mark fills, background */
const ICONS = [
  ["icon-192.png", 192, 15, 1, GREEN],
  ["icon-512.png", 512, 15, 1, GREEN],
  ["maskable-512.png", 512, 0, 0.8, GREEN], // the safe zone is a circle of 80 %
  ["apple-touch-icon.png", 180, 0, 0.96, GREEN],
  ["badge-96.png", 96, 0, 1.25, null], // Android paints it in one colour: only its transparency counts
];

const folder = mkdtempSync(join(tmpdir(), "icons-"));
for (const [name, size, radius, fill, background] of ICONS) {
  const shift = 32 - 32 * fill;
  const square = background ? `<rect width="64" height="64" rx="${radius}" fill="${background}"/>` : "";
  const drawn = background ? mark : mark.replaceAll(/#[0-9a-f]{6}/g, "#fff");
  const page = join(folder, "icon.html");
  writeFileSync(page, `<style>*{margin:0}svg{display:block}</style><svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 64 64">${square}<g transform="translate(${shift} ${shift}) scale(${fill})">${drawn}</g></svg>`);
  execFileSync(process.env.CHROMIUM ?? "chromium", [
    "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--default-background-color=00000000",
    `--window-size=${size},${size}`, `--screenshot=public/icons/${name}`, `file://${page}`,
  ], { stdio: "ignore" });
}
rmSync(folder, { recursive: true });
