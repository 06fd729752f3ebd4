/** Where the page finds its worker, the engine and the digits: inside itself, or beside it. */

import type { Source } from "./bytes";

/** The worker: text in the page, which becomes a file of its own, or a file beside it. */
export function startWorker(): Worker {
  const inside = document.getElementById("worker-source");
  if (!inside?.textContent) return new Worker("worker.js");
  return new Worker(URL.createObjectURL(new Blob([inside.textContent], { type: "text/javascript" })));
}

/** The bytes that the page was built with under this name. */
export function source(name: "engine" | "digits"): Source {
  const inside = document.getElementById(`${name}-bytes`);
  if (inside?.textContent) return { base64: inside.textContent };
  return { url: new URL(name === "engine" ? "engine.wasm.gz" : "digits.gz", location.href).href };
}
