/** One file over HTTP, with its progress: `fetch` cannot tell how much has left. In: path, content. Out: the follow-up as
 *  the server then shows it; or Problem (it said no) or Unreachable (nobody answered). Called by queue.svelte.ts. */
import { Problem, Unreachable } from "../api/http";
import type { FollowUp } from "../api/types";

export function upload(path: string, content: Blob, type: string, progress: (part: number) => void): Promise<FollowUp> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("PUT", path);
    request.setRequestHeader("Content-Type", type);
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onerror = request.ontimeout = request.onabort = () => failed(new Unreachable("the connection broke"));
    request.onload = () => {
      const said = read(request.responseText);
      if (request.status < 400) done(said as unknown as FollowUp);
      else failed(new Problem(request.status, String(said["type"] ?? "").split("#")[1] ?? "", String(said["title"] ?? ""), String(said["detail"] ?? "")));
    };
    request.send(content);
  });
}

function read(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {}; // a proxy's own page
  }
}
