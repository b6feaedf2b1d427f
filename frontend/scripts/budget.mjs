/** Fails when the first screen costs more than its budget. In: dist (after a build). Out: the figures, exit code 1 when
 *  over. Counted: the entry and the lead screen, everything they load before the first paint (static imports, one language) and all its CSS. */
import { readFileSync, readdirSync } from "node:fs";
import { gzipSync } from "node:zlib";

const SCRIPT = 40 * 1024;
const STYLE = 8 * 1024;
const html = readFileSync("dist/index.html", "utf8");
const files = readdirSync("dist/assets");
const source = (name) => readFileSync(`dist/assets/${name}`, "utf8");
const gz = (name) => gzipSync(readFileSync(`dist/assets/${name}`), { level: 9 }).length;

/** Static imports only: `import"./a.js"`, `from"./a.js"`; a dynamic import() has a bracket. */
function closure(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const [, next] of source(name).matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)) closure(next, seen);
  return seen;
}
const entry = /src="\/assets\/([\w.-]+\.js)"/.exec(html)[1];
// The lead screen is the first screen that counts: the entry preloads it by path.
const lead = files.find((name) => /^Lead-.*\.js$/.test(name));
const scripts = [...closure(lead, closure(entry))];
// The dearest language's main texts; those of later screens, the board and the demo load with them.
const texts = files.filter((name) => /^[a-z]{2}-.*\.js$/.test(name) && source(name).includes('"app.name"'));
if (texts.length !== 4) throw new Error(`main texts of ${texts.length} languages instead of 4`);
scripts.push(texts.sort((a, b) => gz(b) - gz(a))[0]);
const styles = [files.find((name) => /^Lead-.*\.css$/.test(name)), ...[...html.matchAll(/href="\/assets\/([\w.-]+\.css)"/g)].map((match) => match[1])].filter(Boolean);

const sum = (names) => names.reduce((total, name) => total + gz(name), 0);
const rows = scripts.map((name) => [name, gz(name)]).sort((a, b) => b[1] - a[1]);
rows.forEach(([name, bytes]) => console.log(`${String(bytes).padStart(8)}  ${name}`));
console.log(`${String(sum(scripts)).padStart(8)}  script, gzip (budget ${SCRIPT})`);
console.log(`${String(sum(styles)).padStart(8)}  style, gzip (budget ${STYLE})`);
if (scripts.some((name) => source(name).includes("EIO"))) throw new Error("socket.io-client is in the first screen");
const hinted = ["core", "Lead", "sheets"].map((name) => files.find((file) => file.startsWith(`${name}-`) && gz(file) > 500));
const unhinted = hinted.filter((name) => !source(name).startsWith("//# allFunctionsCalledOnLoad"));
if (unhinted.length) throw new Error(`without the compile hint of vite.config.ts: ${unhinted.join(" ")}`);
process.exit(sum(scripts) > SCRIPT || sum(styles) > STYLE ? 1 : 0);
