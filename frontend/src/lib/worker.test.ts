/** Which worker is an update: every one but the first, in whatever order a browser tells of its states. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";

class Registration extends EventTarget {
  installing: EventTarget | null = null;
  waiting: EventTarget | null = null;
  active: EventTarget | null = null;
  update = () => Promise.resolve();
}
class Container extends EventTarget {
  controller: EventTarget | null = null;
  ready = new Promise(() => undefined);
  constructor(private registration: Registration) { super(); }
  register = () => Promise.resolve(this.registration);
}

let registration: Registration;
let container: Container;
const tell = (target: EventTarget, what: string) => target.dispatchEvent(new Event(what));

beforeEach(() => {
  vi.resetModules();
  vi.stubEnv("PROD", true);
  registration = new Registration();
  container = new Container(registration);
  Object.defineProperty(navigator, "serviceWorker", { value: container, configurable: true });
});
afterEach(() => {
  vi.unstubAllEnvs();
  Reflect.deleteProperty(navigator, "serviceWorker");
});

/** One that was installing waits now, and the page is told. */
function installed(one: EventTarget) {
  Object.assign(registration, { installing: null, waiting: one });
  tell(one, "statechange");
}

test("the first worker is no update, also when it has the page before its states were told", async () => {
  const first = (registration.installing = new EventTarget());
  const { registerWorker, worker } = await import("./worker.svelte");
  await registerWorker();
  tell(registration, "updatefound");
  container.controller = first;
  installed(first);
  expect(worker.update).toBe(false);
});

test("the one after it is, in the same page as in a later one", async () => {
  const first = (registration.installing = new EventTarget());
  const { registerWorker, worker } = await import("./worker.svelte");
  await registerWorker();
  tell(registration, "updatefound");
  installed(first);
  Object.assign(registration, { waiting: null, active: first });
  const second = (registration.installing = new EventTarget());
  tell(registration, "updatefound");
  installed(second);
  expect(worker.update).toBe(true);
});

test("one that waited before this page was opened is", async () => {
  Object.assign(registration, { active: new EventTarget(), waiting: new EventTarget() });
  const { registerWorker, worker } = await import("./worker.svelte");
  await registerWorker();
  expect(worker.update).toBe(true);
});

test("an update that another window took before this page heard of it reloads it, when nobody is busy", async () => {
  container.controller = new EventTarget();
  const { neverDuring } = await import("./worker.svelte");
  const asked = vi.fn(() => true);
  neverDuring(asked);
  container.controller = new EventTarget();
  tell(container, "controllerchange");
  expect(asked).toHaveBeenCalledOnce();
});

test("the first worker that takes a page over does not reload it", async () => {
  const { neverDuring } = await import("./worker.svelte");
  const asked = vi.fn(() => true);
  neverDuring(asked);
  container.controller = new EventTarget();
  tell(container, "controllerchange");
  expect(asked).not.toHaveBeenCalled();
});
