/** Sanne photographs a trade-in: it is kept on her phone until the server has it, once; and what she sees meanwhile. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TimelineItem } from "../api/types";
import { followUp } from "../store/fixtures";
import type { Row } from "../store/rows";
import { filesOf, notesOf } from "./things";

type Sent = { path: string; type: string; size: number };
let sent: Sent[] = [];
let answer: (one: Sent) => { status: number; body: unknown } | "unreachable";

/** The browser's XMLHttpRequest as far as an upload needs it. */
class Wire {
  static readonly names = ["onerror", "onload"];
  upload: { onprogress?: (event: object) => void } = {};
  status = 0;
  responseText = "";
  onload?: () => void;
  onerror?: () => void;
  #path = "";
  #type = "";
  open(_method: string, path: string) { this.#path = path; }
  setRequestHeader(name: string, value: string) { if (name === "Content-Type") this.#type = value; }
  send(content: Blob) {
    const one = { path: this.#path, type: this.#type, size: content.size };
    sent.push(one);
    const said = answer(one);
    setTimeout(() => {
      if (said === "unreachable") return this.onerror?.();
      this.status = said.status;
      this.responseText = JSON.stringify(said.body);
      this.onload?.();
    });
  }
}
vi.stubGlobal("XMLHttpRequest", Wire);
URL.createObjectURL = () => "blob:picture";
URL.revokeObjectURL = () => undefined;

const picture = (type = "image/jpeg") => new File(["a picture"], "photo.jpg", { type });
type App = typeof import("./queue.svelte");
const started: App[] = [];
const okay = () => ({ status: 201, body: followUp({ timeline: [] }) });
async function fresh(): Promise<App> {
  vi.resetModules();
  const app = await import("./queue.svelte");
  await app.restore();
  started.push(app);
  return app;
}

beforeEach(() => {
  sent = [];
  answer = okay;
});
// An app of an earlier test must not go on sending.
afterEach(() => started.splice(0).forEach(({ uploads, drop }) => uploads.of("f1").forEach((one) => drop(one.id))));

describe("a photo on its way", () => {
  it("is shown at once, sent under its own id, and then no longer on this phone", async () => {
    const { add, uploads } = await fresh();
    expect(await add("f1", "photo", picture())).toBeNull();
    await vi.waitFor(() => expect(uploads.of("f1")).toEqual([]));
    expect(sent).toEqual([{ path: expect.stringMatching(/^\/api\/v1\/follow-ups\/f1\/files\/[\w-]{36}$/), type: "image/jpeg", size: 9 }]);
  });

  it("waits without a network, survives the app, and goes under the same id", async () => {
    answer = () => "unreachable";
    const before = await fresh();
    await before.add("f1", "photo", picture());
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    expect(before.uploads.of("f1")).toMatchObject([{ kind: "photo", url: "blob:picture", refused: null }]);
    answer = okay;
    const after = await fresh();
    await vi.waitFor(() => expect(sent).toHaveLength(2));
    await vi.waitFor(() => expect(after.uploads.of("f1")).toEqual([]));
    expect(sent[1]?.path).toBe(sent[0]?.path);
  });

  it("is kept in order, and one that was refused does not stop the others", async () => {
    answer = (one) => (one.type === "image/png" ? { status: 422, body: { type: "about:blank#not_a_photo", detail: "no photo" } } : okay());
    const { add, uploads } = await fresh();
    await add("f1", "photo", picture("image/png"));
    await add("f1", "photo", picture());
    await vi.waitFor(() => expect(sent.map((one) => one.type)).toEqual(["image/png", "image/jpeg"]));
    await vi.waitFor(() => expect(uploads.of("f1")).toMatchObject([{ refused: { code: "not_a_photo", detail: "no photo" } }]));
  });

  it("is not taken in when it is too large or of another kind", async () => {
    const { add, uploads } = await fresh();
    const large = picture("video/mp4");
    Object.defineProperty(large, "size", { value: 51 * 1024 ** 2 });
    expect(await add("f1", "video", large)).toBe("too_large");
    expect(await add("f1", "photo", picture("application/pdf"))).toBe("unknown_type");
    expect([uploads.of("f1"), sent]).toEqual([[], []]);
  });

  it("a video says, once it is there, where the customer watches it", async () => {
    answer = (one) => ({ status: 201, body: followUp({ timeline: [added("video_added", { id: one.path.split("/").at(-1)!, page: "https://x.example/c/t/v/1" })] }) });
    const { add, uploads } = await fresh();
    await add("f1", "video", picture("video/mp4"));
    await vi.waitFor(() => expect(uploads.ready("f1")).toBe("https://x.example/c/t/v/1"));
    uploads.passedOn("f1");
    expect(uploads.ready("f1")).toBeNull();
  });
});

function added(type: string, file: { id: string; page?: string }): TimelineItem {
  return {
    id: file.id, at: "2026-11-22T10:00:00Z", type, person: { first_name: "Eva" }, params: {}, text: null,
    file: { kind: type === "video_added" ? "video" : "photo", content_type: "x", bytes: 1, width: 1, height: 1, page: null, removable: true, ...file },
  };
}
const row = (act: Row["act"], refused: Row["refused"] = null): Row => ({ id: "r", order: 1, follow_up: "f1", person: null, act, tries: 0, held_until: 0, refused });

describe("what is there", () => {
  const one = followUp({ timeline: [added("photo_added", { id: "p1" }), { ...added("photo_added", { id: "p2" }), at: "2026-11-22T11:00:00Z" }] });

  it("is the newest first, without what was just removed here, until that is undone or refused", () => {
    const removal = row({ kind: "removal", method: "POST", path: "/api/v1/files/p2/removal" });
    const undo = row({ kind: "removal", method: "DELETE", path: "/api/v1/files/p2/removal" });
    expect(filesOf(one, []).map((file) => file.id)).toEqual(["p2", "p1"]);
    expect(filesOf(one, [removal]).map((file) => file.id)).toEqual(["p1"]);
    expect(filesOf(one, [removal, undo]).map((file) => file.id)).toEqual(["p2", "p1"]);
    expect(filesOf(one, [{ ...removal, refused: { code: "x", detail: "" } }])).toHaveLength(2);
  });

  it("shows a note before the server has it, and only once when it has", () => {
    const note = row({ kind: "note", method: "POST", path: "/api/v1/follow-ups/f1/notes", body: { id: "n1", text: "Has a dog" } });
    expect(notesOf(one, [note], "Sanne", "2026-11-22T12:00:00Z")).toMatchObject([{ text: "Has a dog", by: "Sanne", waiting: true }]);
    const there = followUp({ timeline: [{ ...added("note_added", { id: "x" }), file: null, text: "Has a dog", note: { id: "n1", removable: true } }] });
    expect(notesOf(there, [note], "Sanne", "2026-11-22T12:00:00Z")).toHaveLength(1);
    expect(notesOf(there, [], "Sanne", "2026-11-22T12:00:00Z")).toMatchObject([{ text: "Has a dog", waiting: false, removable: true }]);
  });
});
