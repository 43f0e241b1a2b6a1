import { Problem } from "#console/api/problem.ts";
import type { Reply } from "#console/api/call.ts";
import { signInAgain } from "#console/api/sign-in-again.ts";

/**
 * Uploads a file and tells how far it is, which `fetch` cannot.
 *
 * @param tell is told the share that is sent, 0 to 1
 * @throws Problem for every refusal and when no answer comes
 */
export async function sendFile(file: File, tell: (share: number) => void): Promise<Reply<"uploadImport">> {
  return await new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/v1/imports?${new URLSearchParams({ name: file.name.slice(0, 255) }).toString()}`);
    request.setRequestHeader("accept", "application/json");
    request.setRequestHeader("accept-language", document.documentElement.lang);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.addEventListener("progress", ({ loaded, total }) => tell(total === 0 ? 1 : loaded / total));
    request.addEventListener("error", () => reject(new Problem({ code: "console.unreachable" })));
    request.addEventListener("load", () => {
      const { status, responseText } = request;
      const requestId = request.getResponseHeader("x-request-id") ?? "";
      try {
        const wire = JSON.parse(responseText) as unknown;
        if (status === 201) return resolve(wire as Reply<"uploadImport">);
        if (status === 401) signInAgain();
        const isProblem = typeof wire === "object" && wire !== null && "code" in wire && typeof wire.code === "string";
        if (isProblem) return reject(new Problem({ requestId, status, ...(wire as { code: string }) }));
      } catch {
        // Not JSON: a proxy in between answered.
      }
      reject(new Problem({ code: "console.garbled", status, requestId }));
    });
    request.send(file);
  });
}
