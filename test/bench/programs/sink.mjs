// Answers every so many bytes of stdin with their SHA-256 on a line: node sink.mjs BYTES
import { createHash } from "node:crypto";

const blockBytes = Number(process.argv[2]);
let hash = createHash("sha256");
let hashed = 0;

process.stdin.on("data", (chunk) => {
  for (let rest = chunk; rest.length > 0; ) {
    const part = rest.subarray(0, blockBytes - hashed);
    rest = rest.subarray(part.length);
    hash.update(part);
    hashed += part.length;
    if (hashed < blockBytes) continue;
    process.stdout.write(`${hash.digest("hex")}\n`);
    hash = createHash("sha256");
    hashed = 0;
  }
});
