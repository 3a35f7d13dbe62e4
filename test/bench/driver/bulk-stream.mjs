import { createHash } from "node:crypto";
import { measureLatency } from "./echo.mjs";
import { repeatedBlock } from "./seeded-lines.mjs";

const chunkBytes = 256 * 1024;

/**
 * Sends bytes to a child that hashes them (programs/sink.mjs) or takes them from one that makes them (programs/source.mjs).
 * @returns milliseconds from the first byte to the last, the answer that confirms it included
 */
async function measureTransfer(line, { direction, byteCount }) {
  return direction === "up" ? upload(line, byteCount) : download(line, byteCount);
}

/** Runs a transfer on one line while the other one echoes. @returns its duration, and how long each echo took */
export async function measureEchoDuringTransfer(echoLine, bulkLine, transfer) {
  const state = { running: true };
  const durationsMs = [];
  const echoes = (async () => {
    while (state.running) durationsMs.push(...(await measureLatency(echoLine, { messages: 1 })));
  })();
  try {
    return { transferMs: await measureTransfer(bulkLine, transfer), durationsMs };
  } finally {
    state.running = false;
    await echoes;
  }
}

function upload(line, byteCount) {
  const wanted = createHash("sha256");
  const chunks = [];
  for (let offset = 0; offset < byteCount; offset += chunkBytes) {
    chunks.push(repeatedBlock(offset, Math.min(chunkBytes, byteCount - offset)));
    wanted.update(chunks.at(-1));
  }
  const expected = wanted.digest("hex");
  return new Promise((resolve, reject) => {
    let answer = "";
    line.onFailure = reject;
    line.onBytes = (chunk) => {
      answer += Buffer.from(chunk).toString("latin1");
      if (!answer.endsWith("\n")) return;
      if (answer.trim() === expected) resolve(performance.now() - startedAtMs);
      else reject(new Error(`The child got other bytes: ${answer.trim()} instead of ${expected}`));
    };
    const startedAtMs = performance.now();
    for (const chunk of chunks) line.write(chunk);
  });
}

function download(line, byteCount) {
  return new Promise((resolve, reject) => {
    let received = 0;
    line.onFailure = reject;
    line.onBytes = (chunk) => {
      if (!repeatedBlock(received, chunk.length).equals(chunk)) {
        return reject(new Error(`Bytes from ${received} on came changed, lost or twice`));
      }
      received += chunk.length;
      if (received === byteCount) resolve(performance.now() - startedAtMs);
    };
    const startedAtMs = performance.now();
    line.write(Buffer.from(`${byteCount}\n`));
  });
}
