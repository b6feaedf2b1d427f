/** Starts the app: the language and what this phone remembers, then the first paint; the network comes after. */
import { mount } from "svelte";
import "./tokens.css";
import "./app.css";
import "./lib/theme.svelte";
import App from "./App.svelte";
import { language, ready } from "./i18n/index.svelte";
import { remember } from "./remember";
import { session } from "./store/session.svelte";
import { preloadAll, screenOf, screens } from "./views/screens";

// A disk that does not answer must not keep the screen white.
const patience = new Promise((resolve) => setTimeout(resolve, 400));
const screen = screenOf(location.pathname, session.state === "signed_out");
await Promise.all([ready, screen && screens[screen].preload(), Promise.race([remember(), patience])]);
document.documentElement.lang = language();
mount(App, { target: document.getElementById("app")! });
void import("./start").then(({ begin }) => begin());
if (screen !== "board" && screen !== "demo" && screen !== "design") setTimeout(() => void preloadAll(), 0);
