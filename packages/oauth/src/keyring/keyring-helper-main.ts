import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { formatAnswers, parseRequest } from "./helper-protocol.js";
import { runOperations } from "./run-operations.js";

// The program that asks the keyring. A second thread does so and may hang there; this one can always end the process.

/** Longer than anybody waits: should our parent be stopped, we do not stay for ever. */
const longestMs = 30_000;

if (isMainThread) await main();
else parentPort?.postMessage(formatAnswers(await runOperations(parseRequest(String(workerData)) ?? [])), []);

async function main(): Promise<void> {
  setTimeout(endNow, longestMs).unref();
  const request = await readLine();
  // The end of our input tells that the parent is gone.
  process.stdin.on("end", endNow).on("error", endNow).resume();
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: request });
  worker.once("message", (answer) => {
    process.stdout.write(String(answer), () => process.exit(0));
  });
  worker.once("error", () => process.exit(1));
}

/** Nothing gentler ends a process of which a thread hangs in the library. */
function endNow(): void {
  process.kill(process.pid, "SIGKILL");
}

function readLine(): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const onData = (chunk: string): void => {
      text += chunk;
      if (!text.includes("\n")) return;
      process.stdin.off("data", onData).off("end", endNow).off("error", endNow);
      resolve(text);
    };
    process.stdin.setEncoding("utf8").on("data", onData).on("end", endNow).on("error", endNow);
  });
}
