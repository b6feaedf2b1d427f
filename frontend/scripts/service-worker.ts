/** Builds dist/sw.js from sw.js: puts in the list of files to precache and a version made of their names.
 *  In: the bundle Vite has just made and public/. Out: one file at the root of dist (a worker's scope is its folder).
 *  Called by vite.config.ts. The file names are hashed, so a changed build is a changed version and nothing else is. */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import type { Plugin } from "vite";

// Not needed to show a salesperson's screen offline: by what a chunk holds, as its name may be anything.
const LAZY_MODULES = /\/src\/(board|demo|showroom|intake|design)\/|\/(socket|engine)\.io-/;
const LAZY_STYLES = /\/(Board|Demo|Screens|WeekHours|load|Design)-/;

export function serviceWorker(): Plugin {
  return {
    name: "firstcall-service-worker",
    apply: "build",
    enforce: "post",
    generateBundle(_options, bundle) {
      const built = Object.values(bundle)
        .filter((file) => file.fileName.startsWith("assets/"))
        .filter((file) =>
          file.type === "chunk" ? !file.moduleIds.some((id) => LAZY_MODULES.test(id)) : !LAZY_STYLES.test(file.fileName),
        )
        .map((file) => file.fileName);
      const icons = readdirSync("public/icons").filter((name) => name.endsWith(".png"));
      const files = [
        "/",
        "/manifest.webmanifest",
        ...built.map((name) => `/${name}`),
        ...icons.map((name) => `/icons/${name}`),
      ].sort();
      const page = bundle["index.html"];
      const hash = createHash("sha256").update(files.join("\n"));
      if (page?.type === "asset") hash.update(page.source);
      const version = hash.digest("hex").slice(0, 12);
      const source = readFileSync("sw.js", "utf8")
        .replace("__PRECACHE__", JSON.stringify(files))
        .replace("__VERSION__", version);
      this.emitFile({ type: "asset", fileName: "sw.js", source });
    },
  };
}
