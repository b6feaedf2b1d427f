/** The browser's own offer to install (Chromium): kept until the salesperson asks for it. */
interface Offer extends Event { prompt(): Promise<{ outcome: string }> }

let offer: Offer | null = null;
let shown = $state(false);

export const installable = {
  get now() { return shown; },
};

window.addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offer = event as Offer;
  shown = true;
});
window.addEventListener("appinstalled", () => (shown = false));

export async function install(): Promise<void> {
  await offer?.prompt();
  shown = false;
}
