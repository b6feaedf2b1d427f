/** Fails when a language misses a key or has one too many, when a placeholder differs, and when the code asks for a key
 *  that is not there. In: every folder under src with an en.json (its texts serve that folder's code, besides the main
 *  ones). Out: one line a finding, exit code 1. Keys built at run time, t(`sla.${level}`), must match at least one key. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";

const root = process.argv[2] ?? "src";
const MAIN = join(root, "i18n");
const files = readdirSync(root, { recursive: true }).map((name) => join(root, String(name)));
const read = (path) => JSON.parse(readFileSync(path, "utf8"));
const findings = [];
const holes = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort().join();

const folders = files.filter((path) => path.endsWith(`${sep}en.json`)).map(dirname);
for (const folder of folders) {
  const english = read(join(folder, "en.json"));
  for (const name of readdirSync(folder).filter((one) => /^[a-z]{2}\.json$/.test(one) && one !== "en.json")) {
    const other = read(join(folder, name));
    for (const key of Object.keys(english)) {
      if (!(key in other)) findings.push(`${folder}/${name}: missing "${key}"`);
      else if (other[key].trim() === "" || english[key].trim() === "") findings.push(`${folder}/${name}: empty "${key}"`);
      else if (holes(other[key]) !== holes(english[key])) findings.push(`${folder}/${name}: placeholders of "${key}" differ`);
    }
    for (const key of Object.keys(other)) if (!(key in english)) findings.push(`${folder}/${name}: extra "${key}"`);
  }
}
if (!existsSync(join(MAIN, "nl.json"))) findings.push("no Dutch");

/** Areas whose texts an area may use besides its own: those its texts.svelte.ts names as parent. */
function areasOf(area) {
  const texts = join(area, "texts.svelte.ts");
  const parent = existsSync(texts) ? /from "\.\.\/(\w+)\/texts\.svelte"/.exec(readFileSync(texts, "utf8"))?.[1] : null;
  return parent ? [area, ...areasOf(join(root, parent))] : [area];
}

/** Texts a file may use: the main ones and those of its own area (src/board, src/demo). */
function keysFor(path) {
  const areas = areasOf(path.split(sep).slice(0, 2).join(sep));
  return folders
    .filter((folder) => folder === MAIN || areas.some((area) => folder.startsWith(area + sep) || folder === area))
    .flatMap((folder) => Object.keys(read(join(folder, "en.json"))));
}
const used = new Set();
for (const path of files.filter((one) => /\.(ts|svelte)$/.test(one) && !/\.test\.ts$/.test(one))) {
  const keys = new Set(keysFor(path));
  const source = readFileSync(path, "utf8");
  for (const [, name, quote, key] of source.matchAll(/\b(t|tn|maybe|tb|td)\(\s*(["'`])([^"'`]+)\2/g)) {
    const dynamic = quote === "`" && key.includes("${");
    const pattern = new RegExp(`^${key.split(/\$\{[^}]*\}/).map((part) => part.replaceAll(".", "\\.")).join("[\\w]+")}${name === "tn" ? "\\.\\w+" : ""}$`);
    const found = [...keys].filter((one) => pattern.test(one));
    found.forEach((one) => used.add(one));
    if (found.length === 0) findings.push(`${path}: no text for ${dynamic ? "any of " : ""}"${key}"`);
  }
}
findings.forEach((line) => console.error(line));
console.log(`i18n: ${folders.length} catalogue(s), ${used.size} keys used, ${findings.length} finding(s)`);
process.exit(findings.length ? 1 : 0);
