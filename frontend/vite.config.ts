/** Build, development server and tests of the phone app and the board. */
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { serviceWorker } from "./scripts/service-worker.ts";

/** Nearly all of what these hold is called within the first seconds: a browser that can (V8) makes it ready while it is
 *  fetched, beside the page, instead of when a thumb waits for it (explicit compile hints). To every other browser it is a comment. */
const EAGER = new Set(["core", "Lead", "Leads", "OutcomeSheet", "Modal", "Sheet", "sheets"]);

const server = process.env["FIRSTCALL_SERVER"] ?? "http://localhost:8000";

export default defineConfig(({ mode }) => ({
  plugins: [svelte(), serviceWorker()],
  // Svelte's server build has no lifecycle: component tests need the browser's one.
  resolve: mode === "test" ? { conditions: ["browser"] } : {},
  build: {
    target: "es2022",
    // Inline data: scripts and styles would need an exception in the content security policy.
    assetsInlineLimit: 0,
    // The server says what the first screen needs (app/api/ahead.py). A screen that is fetched later needs no links in
    // the page for what it imports: making them cost more than the file.
    manifest: true,
    modulePreload: { polyfill: false, resolveDependencies: (_file, all, { hostType }) => (hostType === "html" ? all : all.filter((one) => one.endsWith(".css"))) },
    rolldownOptions: {
      // Nothing of Svelte runs by being imported; without this the first chunk would load "later" for its order's sake.
      treeshake: { moduleSideEffects: [{ test: /svelte\/src\/internal\/(?!disclose)/, sideEffects: false }] },
      output: {
        postBanner: (chunk) => (EAGER.has(chunk.name) ? "//# allFunctionsCalledOnLoad" : ""),
        codeSplitting: {
          groups: [
            // What a salesperson sees first, in the page's own sheet: each sheet that comes later makes the phone work out
            // the look of everything once more.
            { name: "look", test: /src\/((tokens|app)\.css|(App|files\/.*|views\/(Lead|Leads|LeadRow|Rows|Finder|DoneToday|TabBar|AvailabilityChoice|HealthBanner|Bars|lead\/.*|sheets\/.*|DateChoice)|lib\/(Icon|Modal|Sheet))\.svelte\?.*type=style)/ },
            // The design page shows parts of these two as well: that must not break them into pieces.
            { name: "Lead", test: /src\/views\/(Lead|lead\/(Dock|StatusBand))\.svelte/, includeDependenciesRecursively: false },
            { name: "Leads", test: /src\/views\/(Leads|LeadRow|Rows|Finder|DoneToday|TabBar|AvailabilityChoice|HealthBanner)\.svelte/, includeDependenciesRecursively: false },
            // They are preloaded together anyway: one file instead of eleven, and eleven names less in the first one.
            { name: "sheets", test: /src\/views\/(sheets\/(?!Outcome)|DateChoice)/, includeDependenciesRecursively: false },
            // Forms and animations belong to later screens; by itself the bundler puts all of Svelte in the first.
            { name: "later", test: /svelte\/src\/internal\/client\/dom\/elements\/(transitions|bindings\/(?!this|shared))/, includeDependenciesRecursively: false },
            // What every screen needs, in one file: many small ones compress worse.
            { name: "core", test: /svelte\/src|node_modules\/idb|src\/(api|lib\/(clock|Icon|icon-name|icons\.|router|platform|format|links|sla|status|lazy|announce|theme)|store\/(db|rows|session|outbox|inbox|inflight|snack)|i18n\/index|actions\/attempt)/, includeDependenciesRecursively: false },
          ],
        },
      },
    },
  },
  server: {
    proxy: Object.fromEntries(
      ["/api", "/demo/", "/in", "/c"].map((path) => [path, { target: server, changeOrigin: false }]),
    ),
  },
  test: { environment: "jsdom", include: ["src/**/*.test.ts"], setupFiles: ["src/lib/test-setup.ts"], hookTimeout: 60_000, testTimeout: 60_000 },
}));
