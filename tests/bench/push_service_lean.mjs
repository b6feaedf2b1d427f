// A push service that does nothing but answer, so that a benchmark measures the sender. With a certificate it speaks
// HTTP/2 to whoever asks for it and HTTP/1.1 to the others, as push services do; without one, HTTP/1.1.
// In: JSON as the only argument: host, delay (seconds until the 201), hang (never answer), tls (certificate, its key
// beside it). Out: the port on standard output; GET /times gives the epoch seconds at which each POST came in and was
// answered, with its Topic; POST /forget clears them. Called by push_service_lean.py.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createSecureServer } from "node:http2";

const { host, delay, hang, tls } = JSON.parse(process.argv[2]);
const CREATED = { ttl: "60", location: "/m/1" };
const now = () => (performance.timeOrigin + performance.now()) / 1000;
let times = [];

/** `answer(status, headers, body)` for one request that is here whole. */
function take(method, path, topic, answer) {
  if (method === "GET") return answer(200, {}, JSON.stringify(times));
  if (path === "/forget") times = [];
  if (path === "/forget") return answer(201, {}, "");
  const entry = [now(), null, topic ?? ""];
  times.push(entry);
  if (hang) return;
  setTimeout(() => {
    entry[1] = now();
    answer(201, CREATED, "");
  }, delay * 1000);
}

function one(request, response) {
  if (request.httpVersionMajor === 2) return; // as a stream, below: half the cost
  request.resume().on("end", () => take(request.method, request.url, request.headers.topic, (status, headers, body) =>
    response.writeHead(status, { ...headers, "content-length": body.length }).end(body)));
}

function stream(opened, headers) {
  opened.on("error", () => undefined); // whoever asked has gone
  opened.resume().on("end", () => take(headers[":method"], headers[":path"], headers.topic, (status, more, body) => {
    if (opened.destroyed) return;
    opened.respond({ ":status": status, ...more }, { endStream: !body });
    if (body) opened.end(body);
  }));
}

const server = tls
  ? createSecureServer({ cert: readFileSync(tls), key: readFileSync(tls.replace(/\.[^.]+$/, ".key")), allowHTTP1: true }, one).on("stream", stream)
  : createServer({ keepAliveTimeout: 60_000 }, one);
server.listen(0, host, 2048, () => console.log(server.address().port));
