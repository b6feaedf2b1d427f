/** Starts the app: the language and what this phone remembers, then the first paint; the network comes after, when there is
 *  anything to paint without it. */
import { mount } from "svelte";
import "./tokens.css";
import "./app.css";
import "./lib/theme.svelte";
import "./lib/typed";
import App from "./App.svelte";
import { language, ready } from "./i18n/index.svelte";
import { remember } from "./remember";
import { inbox } from "./store/inbox.svelte";
import { drain } from "./store/outbox.svelte";
import { session } from "./store/session.svelte";
import { preloadAll, screenOf, screens } from "./views/screens";

// A disk that does not answer must not keep the screen white.
const patience = new Promise((resolve) => setTimeout(resolve, 400));
const screen = screenOf(location.pathname, session.state === "signed_out");
let begun: Promise<void> | undefined;
const begin = () => (begun ??= import("./start").then((start) => start.begin()));
const memory = remember();
const remembered = Promise.race([memory, patience]);
// A phone that remembers nothing has nothing to paint before the server has answered: it asks while the screen is fetched.
void remembered.then(() => inbox.loaded || void begin());
await Promise.all([ready, screen && screens[screen].preload(), remembered]);
document.documentElement.lang = language();
mount(App, { target: document.getElementById("app")! });
const answered = begin();
// What a slower disk still had to send.
void Promise.all([answered, memory]).then(() => drain());
if (screen !== "board" && screen !== "demo" && screen !== "design") setTimeout(() => void preloadAll(answered), 0);
