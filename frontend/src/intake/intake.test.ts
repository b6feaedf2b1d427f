/** Bram connects a portal, reads what nobody could, and makes a template of it; Sanne shows her code. */
import { describe, expect, it } from "vitest";
import { countryOf } from "../lib/country";
import type { Source, Submission } from "./api";
import { asImage } from "./code";
import en from "./i18n/en.json";
import { noteKey, rowsOf } from "./read";
import { enteredSecrets, enteredSettings, healthOf, inNeed, resultOf, scriptTag, wrongOf } from "./source";
import { toData, toDraft, unknownFields } from "./template";

const asked: Submission = {
  id: "1", source_id: "s", at: "2026-11-22T09:00:00Z", state: "read", result: "lead", note: null, took_ms: 20, bytes: 80, content_type: "application/json",
  test: false, lead_ids: ["l"], follow_up_id: "f", raw: true,
};
const source = (more: Partial<Source> = {}): Source => ({
  id: more.name ?? "Website", name: "Website", kind: "form", showroom: { id: "d", name: "Doesburg" }, key: "KEY", address: "https://firstcall.example/in/KEY",
  settings: {}, secrets: {}, ready: true, missing: [], paste: [], trouble: null, closed_at: null, last: asked, count_24h: 1, ...more,
});

describe("Bram's sources", () => {
  it("stand in the order in which he has to do something about them", () => {
    const list = [
      source({ name: "Old", closed_at: "2026-11-01T09:00:00Z", trouble: { text: "no", at: "2026-11-01T09:00:00Z" } }), source({ name: "New", last: null }), source({ name: "Website" }),
      source({ name: "Google", ready: false, missing: ["google_key"] }), source({ name: "Facebook", trouble: { text: "Meta does not accept the access token.", at: "2026-11-22T09:00:00Z" } }),
    ];
    expect(inNeed(list).map((one) => [one.name, healthOf(one)])).toEqual([
      ["Facebook", "trouble"], ["Google", "missing"], ["Website", "well"], ["New", "quiet"], ["Old", "closed"],
    ]);
  });
  it("say what became of a request, also where the vendor was told nothing", () => {
    expect(resultOf({ ...asked, result: "reply" })).toBe("reply");
    expect(resultOf({ ...asked, result: null })).toBe("lead");
    expect(resultOf({ ...asked, result: null, state: "ignored" })).toBe("ignored");
  });
  it("give the website its script at the same key", () => {
    expect(scriptTag("https://firstcall.example/in/KEY")).toBe('<script src="https://firstcall.example/form/KEY.js" async></script>');
  });
  it("send only what was typed: an empty secret stays, an emptied setting is forgotten", () => {
    expect(enteredSecrets({ app_secret: " s3cret ", access_token: "" })).toEqual({ app_secret: "s3cret" });
    expect(enteredSettings({ page_id: "", ring: "+31313123456" }, { page_id: "12" })).toEqual({ page_id: null, ring: "+31313123456" });
    expect(enteredSettings({ page_id: "12" }, { page_id: "12" })).toEqual({});
    expect(wrongOf({ "secrets.app_secret": "Enter it as the vendor shows it." }, "secrets", "app_secret")).toContain("vendor");
  });
});

describe("a mail template", () => {
  const data = { name: "Garage-net", senders: ["garagenet.example"], subject: ["Aanvraag {lead_id} over {car}"], labels: { Wie: "name", "a = b": "phone" }, lines: [], message_after: ["bericht:"], message_before: [], call: false };
  it("comes back from its fields as it went in", () => {
    expect(toData(toDraft(data))).toEqual(data);
  });
  it("takes one pattern a line, senders with commas too, and says which labels mean nothing", () => {
    const typed = { ...toDraft(data), senders: "a.example, b.example\n", labels: "Wie = name\nKleur = colour" };
    expect(toData(typed).senders).toEqual(["a.example", "b.example"]);
    expect(unknownFields(toData(typed), ["name", "phone"])).toEqual(["colour"]);
  });
});

describe("what was read", () => {
  it("is shown in rows, with the number that would be dialled", () => {
    const lead = { display_name: "Piet Jansen", email: null, phones: [{ raw: "06 12345678", e164: "+31612345678" }, { raw: "0000", e164: null }], comments: "Zaterdag?", vehicles_of_interest: [{ make: "VW", model: "Golf", year: "2022" }], trade_ins: [] };
    expect(rowsOf(lead).map((row) => [row.key, row.value])).toEqual([
      ["read.name", "Piet Jansen"], ["read.phone", "+31612345678, 0000"], ["read.car", "VW Golf 2022"], ["read.question", "Zaterdag?"],
    ]);
  });
  it("is told in the reader's language: the server's notes have a text", () => {
    expect(`note.${noteKey("an automatic reply, by its subject")}` in en).toBe(true);
    expect(`note.${noteKey("no phone number and no e-mail address")}` in en).toBe(true);
  });
});

describe("numbers and codes", () => {
  it("name the country of each reading", () => {
    expect(["+31475123456", "+32475123456", "+352621123456", "+15551234567"].map(countryOf)).toEqual(["NL", "BE", "LU", null]);
  });
  it("become an image that scales, and in which nothing runs", () => {
    const image = decodeURIComponent(asImage('<svg width="132" height="132" class="segno"><path d="M2 2.5h7"/></svg>'));
    expect(image).toContain('data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 132 132" width="132"');
  });
});
