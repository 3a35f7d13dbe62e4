// How much of a 100 Mbit/s line with 50 ms round trip bulk data fills, host -> executor -> child and back. Run after a build:
//   node test/bench/upload.mjs [rounds]
// Exit code 1 if the median of either direction is below the aim.
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectExecutor } from "@fairlead/link";
import { binaryCommand, spawnRawClient, startDelayProxy } from "@fairlead/testkit";

const line = { roundTripMs: 50, bitsPerSecond: 100e6 };
const aim = 0.8;
const byteCount = 32 * 1024 * 1024;
const chunkBytes = 256 * 1024;
const rounds = Number(process.argv[2] ?? 5);

const payload = Buffer.alloc(byteCount);
for (let index = 0; index < byteCount; index += 4)
  payload.writeUInt32LE((index * 2_654_435_761) >>> 0, index);
const payloadHash = createHash("sha256").update(payload).digest("hex");

const folder = await mkdtemp(join(tmpdir(), "fl-bench-"));
const daemon = await spawnRawClient([
  ...binaryCommand("fairlead-executor"),
  "serve",
  "--json",
  "--listen",
  "127.0.0.1:0",
  "--state-dir",
  folder,
]);
try {
  const { address, tokenFile } = await daemon.nextMessage(() => true);
  const file = join(folder, "payload");
  await writeFile(file, payload);
  const shares = { upload: [], download: [] };
  const proxy = await startDelayProxy({ targetPort: Number(address.split(":").at(-1)), ...line });
  const session = await connectExecutor({
    url: `grpc://127.0.0.1:${proxy.port}`,
    token: (await readFile(tokenFile, "utf8")).trim(),
    clientName: "bench",
    clientVersion: "0",
  });
  for (let round = 0; round < rounds; round += 1) {
    shares.upload.push(shareOfLine(await upload(session)));
    shares.download.push(shareOfLine(await download(session, file)));
  }
  await session.close();
  await proxy[Symbol.asyncDispose]();
  report(shares);
} finally {
  daemon.kill("SIGTERM");
  await daemon.exited;
  await daemon[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
}

/** Writes everything into a child that hashes it. @returns milliseconds until the child's pipe had taken the last byte */
async function upload(session) {
  let text = "";
  const child = await session.launcher.launch(
    { program: "sha256sum", args: [] },
    { onOutput: (_, chunk) => void (text += Buffer.from(chunk).toString()) },
  );
  const startedAtMs = performance.now();
  const writes = [];
  for (let start = 0; start < byteCount; start += chunkBytes) {
    writes.push(child.write(payload.subarray(start, start + chunkBytes)));
  }
  await Promise.all(writes);
  const durationMs = performance.now() - startedAtMs;
  await child.closeStdin();
  await child.closed;
  check(text.split(" ")[0]);
  await child.stop();
  return durationMs;
}

/** Reads a file through a child. @returns milliseconds from the first to the last byte */
async function download(session, file) {
  const hash = createHash("sha256");
  const at = { first: 0, last: 0 };
  const reader = { child: undefined };
  let owed = 0;
  const child = await session.launcher.launch(
    { program: "cat", args: [file] },
    {
      onOutput: (name, chunk) => {
        at.last = performance.now();
        at.first ||= at.last;
        hash.update(chunk);
        owed += chunk.length;
        reader.child?.consumed(name, owed);
        if (reader.child !== undefined) owed = 0;
      },
    },
  );
  reader.child = child;
  child.consumed("stdout", owed);
  owed = 0;
  await child.closed;
  check(hash.digest("hex"));
  await child.stop();
  return at.last - at.first;
}

function check(hash) {
  if (hash !== payloadHash)
    throw new Error(`The bytes were changed on the way: ${hash} instead of ${payloadHash}`);
}

function shareOfLine(durationMs) {
  return (byteCount * 8) / (durationMs / 1_000) / line.bitsPerSecond;
}

function report(shares) {
  for (const [name, values] of Object.entries(shares)) {
    const median = values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
    console.log(
      `${name.padEnd(9)} median ${percent(median)}  (${values.map(percent).join(", ")})  aim ${percent(aim)}`,
    );
    if (median < aim) process.exitCode = 1;
  }
}

function percent(share) {
  return `${(share * 100).toFixed(1)} %`;
}
