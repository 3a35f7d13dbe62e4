import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { checkReadOptions, type FileReading, type ReadOptions } from "@fairlead/core";
import { type FileTask, refusal, toFileError } from "./file-errors.js";
import { toFileKind } from "./file-facts.js";
import type { FileSpace } from "./file-space.js";
import type { Held } from "./held.js";
import { canceledHere, throwIfAborted } from "./throw-if-aborted.js";

/** One read of the disk, and so one chunk of the body. */
const chunkBytes = 256 * 1024;

/** Opens a file for reading. The file stays open until its body was read, cancelled, or failed. */
export async function readFile(
  space: FileSpace,
  path: string,
  options: ReadOptions = {},
): Promise<FileReading> {
  const task: FileTask = { doing: "read", path };
  const { signal, lengthBytes = Infinity } = options;
  checkReadOptions(options);
  await using held = await space.hold(task);
  const file = await openHeld(held, task);
  try {
    const facts = space.factsOf(held);
    const { offsetBytes: wished = 0 } = options;
    const offsetBytes = wished < 0 ? Math.max(0, facts.sizeBytes + wished) : wished;
    throwIfAborted(signal, task);
    const range = { offsetBytes, lengthBytes };
    return { file: facts, offsetBytes, body: createBody(file, range, { task, signal }) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openHeld(held: Held, task: FileTask): Promise<FileHandle> {
  const kind = toFileKind(held.facts);
  if (kind === "directory") throw refusal("EISDIR", task);
  if (kind !== "file") throw refusal("ENXIO", task);
  try {
    // Without O_NONBLOCK a pipe that has taken the file's place would keep a thread for ever.
    const file = await open(held.handle, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      await held.confirm();
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  } catch (error) {
    throw toFileError(error, task);
  }
}

function createBody(
  file: FileHandle,
  range: { readonly offsetBytes: number; readonly lengthBytes: number },
  { task, signal }: { readonly task: FileTask; readonly signal: AbortSignal | undefined },
): ReadableStream<Uint8Array> {
  let at = range.offsetBytes;
  const end = range.offsetBytes + range.lengthBytes;
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const finish = async (): Promise<void> => {
    signal?.removeEventListener("abort", onAbort);
    await file.close();
  };
  const onAbort = (): void => {
    if (signal === undefined) return;
    controller?.error(canceledHere(signal, task));
    finish().catch(() => {});
  };
  return new ReadableStream<Uint8Array>(
    {
      start: (started) => {
        controller = started;
        signal?.addEventListener("abort", onAbort, { once: true });
      },
      pull: async (pulled) => {
        try {
          const wanted = Math.min(chunkBytes, end - at);
          const buffer = Buffer.allocUnsafeSlow(wanted);
          const { bytesRead } = wanted > 0 ? await file.read(buffer, 0, wanted, at) : { bytesRead: 0 };
          if (signal?.aborted === true) return;
          at += bytesRead;
          if (bytesRead > 0) pulled.enqueue(buffer.subarray(0, bytesRead));
          if (bytesRead > 0 && at < end) return;
          await finish();
          pulled.close();
        } catch (error) {
          if (signal?.aborted === true) return;
          await finish().catch(() => {});
          throw toFileError(error, task);
        }
      },
      cancel: finish,
    },
    { highWaterMark: 0 },
  );
}
