/* The form that a showroom puts on its own page: <script src="https://…/form/KEY.js" async></script>
   Attributes: data-car, data-language, data-target (a selector). No cookies, no framework; its styles stay inside.
   Its look: custom properties --firstcall-color, --firstcall-text and --firstcall-font on any element around it. */
(function () {
  "use strict";
  var told = __TOLD__, tag = document.currentScript, set = (tag && tag.dataset) || {};
  var wanted = set.language || document.documentElement.lang || told.language;
  var t = told.texts[wanted.slice(0, 2).toLowerCase()] || told.texts[told.language] || told.texts.en;
  var host = set.target ? document.querySelector(set.target) : document.createElement("div");
  if (!host) return;
  if (!set.target) tag.parentNode.insertBefore(host, tag.nextSibling);
  var root = host.attachShadow({ mode: "open" });
  // the same for every try of one request: sent twice it is one
  var key = Array.from(crypto.getRandomValues(new Uint8Array(16)), function (n) { return n.toString(16); }).join("-");
  var css = ":host{display:block}*{box-sizing:border-box}form,.said{font:400 1rem/1.45 var(--firstcall-font,system-ui,sans-serif);" +
    "color:inherit;display:grid;gap:.875rem;max-width:30rem}label{display:grid;gap:.25rem}" +
    "input,textarea{font:inherit;color:#15181a;background:#fff;width:100%;min-height:3rem;padding:.625rem .75rem;border:1px solid #757b82;border-radius:10px}" +
    "textarea{min-height:6rem;resize:vertical}button,a{font:inherit;font-weight:600}button{min-height:3.25rem;border:0;border-radius:12px;cursor:pointer;" +
    "background:var(--firstcall-color,#0a7a43);color:var(--firstcall-text,#fff)}button[aria-disabled=true]{opacity:.7}" +
    "a{color:inherit;display:inline-block;padding:.75rem 0}:focus-visible{outline:3px solid #1b5fd0;outline-offset:2px}p{margin:0}";
  if ("adoptedStyleSheets" in root && "replaceSync" in CSSStyleSheet.prototype) {
    var sheet = new CSSStyleSheet(); // allowed where the page's policy forbids inline styles
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
  } else {
    root.appendChild(make("style", { textContent: css }));
  }

  function make(name, values, parts) {
    var node = Object.assign(document.createElement(name), values || {});
    (parts || []).forEach(function (part) { node.append(part); });
    return node;
  }

  function field(name, kind, autocomplete) {
    var input = make(kind === "textarea" ? kind : "input", { name: name, autocomplete: autocomplete || "off", maxLength: 4000 });
    if (kind !== "textarea") input.type = kind;
    return make("label", {}, [make("span", { textContent: t[name] }), input]);
  }

  var note = make("p", { id: "note" });
  note.setAttribute("role", "alert");
  var send = make("button", { type: "submit", textContent: t.send });
  var form = make("form", { noValidate: true }, [
    field("name", "text", "name"), field("phone", "tel", "tel"), field("email", "email", "email"),
    field("message", "textarea"), note, send
  ]);
  form.setAttribute("aria-label", t.send);
  root.appendChild(form);

  function thanks(answer) {
    var who = answer.salesperson, said = who ? t.thanks.replace("{name}", who.name) : t.thanks_nobody;
    var box = make("div", { className: "said", tabIndex: -1 }, [make("p", { textContent: said })]);
    box.setAttribute("role", "status");
    if (who && who.phone) box.append(make("a", { href: "tel:" + who.phone.replace(/[^+\d]/g, ""), textContent: t.call.replace("{name}", who.first_name) + " " + who.phone }));
    if (answer.status_url) box.append(make("a", { href: answer.status_url, textContent: t.page, rel: "noreferrer" }));
    form.replaceWith(box);
    box.focus();
  }

  form.addEventListener("submit", function (event) {
    event.preventDefault();
    if (send.getAttribute("aria-disabled") === "true") return;
    var body = { language: wanted.slice(0, 2).toLowerCase(), page: location.href.split("#")[0] };
    form.querySelectorAll("input,textarea").forEach(function (input) { body[input.name] = input.value.trim(); });
    if (set.car) body.vehicle = set.car;
    if (!body.phone && !body.email) {
      note.textContent = t.reach;
      form.elements.phone.focus();
      return;
    }
    note.textContent = "";
    send.setAttribute("aria-disabled", "true");
    send.textContent = t.sending;
    fetch(told.url, {
      method: "POST", credentials: "omit", referrerPolicy: "no-referrer", body: JSON.stringify(body),
      headers: { "Content-Type": "application/json", Accept: "application/json", "Idempotency-Key": key }
    }).then(function (answer) {
      if (!answer.ok) throw answer.status;
      return answer.json();
    }).then(thanks).catch(function () {
      note.textContent = t.failed;
      send.removeAttribute("aria-disabled");
      send.textContent = t.send;
    });
  });
})();
