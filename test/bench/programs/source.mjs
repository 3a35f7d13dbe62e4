// Answers a line with a number by so many bytes, as fast as they are taken.
import { createInterface } from "node:readline";
import { repeatedBlock } from "../driver/seeded-lines.mjs";

const chunkBytes = 64 * 1024;

for await (const line of createInterface({ input: process.stdin })) {
  const byteCount = Number(line);
  for (let offset = 0; offset < byteCount; offset += chunkBytes) {
    const chunk = repeatedBlock(offset, Math.min(chunkBytes, byteCount - offset));
    if (!process.stdout.write(chunk)) await new Promise((resolve) => process.stdout.once("drain", resolve));
  }
}
