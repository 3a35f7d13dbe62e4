import { createRequire } from "node:module";
import { sessionFor } from "./fairlead-line.mjs";
import { repeatedBlock, seededLines } from "./seeded-lines.mjs";

// The package that uses it brings it; this folder has no dependency on it of its own.
const { Agent, fetch } = createRequire(new URL("../../../packages/machine/package.json", import.meta.url))(
  "undici",
);

/** So many bodies are told apart before they repeat. */
const distinctBodies = 4_096;
const bodyBytes = 100;
const mebibyte = 2 ** 20;

/**
 * Opens a way to an HTTP server.
 * @param spec `origin` of the server as it is called there, and the `target` of an executor, or none: then undici asks from
 * here
 * @returns `fetch` and `close`
 */
export async function openHttp({ origin, target }) {
  if (target !== undefined) {
    const session = await sessionFor(target);
    return { origin, fetch: session.fetch, close: async () => {} };
  }
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  return {
    origin,
    fetch: (url, init) => fetch(url, { ...init, dispatcher }),
    close: () => dispatcher.close(),
  };
}

/** Makes small requests and compares each answer with its body. @returns how long each took, in milliseconds */
export async function measureRequests(http, { requests, inFlight = 1 }) {
  const bodies = seededLines(distinctBodies, bodyBytes);
  const durationsMs = new Float64Array(requests);
  let next = 0;
  const work = async () => {
    while (next < requests) {
      const index = next;
      next += 1;
      const start = (index % distinctBodies) * bodyBytes;
      const startedAtMs = performance.now();
      await echo(http, bodies.subarray(start, start + bodyBytes));
      durationsMs[index] = performance.now() - startedAtMs;
    }
  };
  const startedAtMs = performance.now();
  await Promise.all(Array.from({ length: inFlight }, work));
  return { durationsMs, perSecond: requests / ((performance.now() - startedAtMs) / 1_000) };
}

/** Reads streamed responses at the same time and compares every byte at its place. @returns MiB per second of all */
export async function measureStreams(http, { byteCount, streams = 1 }) {
  const startedAtMs = performance.now();
  await Promise.all(Array.from({ length: streams }, () => readStream(http, byteCount / streams)));
  return { mebibytesPerSecond: byteCount / mebibyte / ((performance.now() - startedAtMs) / 1_000) };
}

async function echo({ fetch: ask, origin }, body) {
  const headers = { "content-type": "application/json" };
  const response = await ask(`${origin}/echo`, { method: "POST", headers, body });
  const answer = Buffer.from(await response.arrayBuffer());
  if (response.status !== 200 || !answer.equals(body)) {
    throw new Error(`An answer came back changed: status ${response.status}, ${answer.length} bytes`);
  }
}

async function readStream({ fetch: ask, origin }, byteCount) {
  const response = await ask(`${origin}/stream?bytes=${byteCount}`);
  let received = 0;
  for await (const chunk of response.body) {
    for (let done = 0; done < chunk.length; done += mebibyte) {
      const part = chunk.subarray(done, done + mebibyte);
      if (repeatedBlock(received, part.length).compare(part) !== 0) {
        throw new Error(`Bytes from ${received} on came changed, lost or twice`);
      }
      received += part.length;
    }
  }
  if (received !== byteCount) throw new Error(`${received} bytes came instead of ${byteCount}`);
}
