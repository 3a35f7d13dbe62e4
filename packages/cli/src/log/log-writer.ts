import { mkdir, open } from "node:fs/promises";
import { defaultLogLimits, type LogLimits, logPath } from "./log-files.js";
import { putAside, removeOldest } from "./rotate-log.js";

/** Lines of one server that may wait for the disk, in characters. What comes meanwhile is counted and left out. */
const mostWaiting = 1024 * 1024;

/** Written at once, in characters: one call of the system appends it whole, whoever else appends. */
const batchSize = 64 * 1024;

/** Appends lines to the logs of servers, beside other processes that do the same. */
export interface LogWriter {
  /** Takes a line and returns at once. */
  append(server: string, line: string): void;
  /** Settles when everything that was taken is written, or could not be. Never rejects. */
  flushed(): Promise<void>;
}

/** What a writer works with. */
export interface LogWriterOptions {
  /** Made, for its owner alone, when there is something to write. */
  readonly folder: string;
  /** Makes the line that tells of lines left out. */
  readonly describeDropped: (server: string, count: number) => string;
  /** Told once that a log cannot be written; the next try comes with the next line. */
  readonly onProblem: (server: string, cause: unknown) => void;
  /** @default {@link defaultLogLimits} */
  readonly limits?: LogLimits;
}

interface Queue {
  lines: string[];
  size: number;
  dropped: number;
  writing: Promise<void> | undefined;
  hasFailed: boolean;
}

/** Makes a writer; it touches nothing before the first line. */
export function createLogWriter(options: LogWriterOptions): LogWriter {
  const { folder, describeDropped, onProblem, limits = defaultLogLimits } = options;
  const queues = new Map<string, Queue>();
  const drain = async (server: string, queue: Queue, path: string): Promise<void> => {
    // Lines that come together are written together.
    await new Promise(setImmediate);
    while (queue.lines.length > 0 || queue.dropped > 0) {
      const text = takeBatch(server, queue, { describeDropped, limits });
      try {
        await appendTo(path, text, { folder, limits });
        queue.hasFailed = false;
      } catch (cause) {
        if (!queue.hasFailed) onProblem(server, cause);
        queue.hasFailed = true;
      }
    }
    queue.writing = undefined;
  };
  return {
    append(server, line) {
      const path = logPath(folder, server);
      if (path === undefined) return;
      const queue = queues.get(server) ?? emptyQueue();
      queues.set(server, queue);
      if (queue.size > mostWaiting) queue.dropped += 1;
      else {
        queue.lines.push(line);
        queue.size += line.length;
      }
      queue.writing ??= drain(server, queue, path);
    },
    async flushed() {
      await Promise.all([...queues.values()].map(({ writing }) => writing ?? Promise.resolve()));
    },
  };
}

function emptyQueue(): Queue {
  return { lines: [], size: 0, dropped: 0, writing: undefined, hasFailed: false };
}

function takeBatch(
  server: string,
  queue: Queue,
  { describeDropped, limits }: Pick<LogWriterOptions, "describeDropped"> & { readonly limits: LogLimits },
): string {
  const most = Math.min(batchSize, limits.fileBytes);
  let count = 0;
  let size = 0;
  for (const line of queue.lines) {
    if (count > 0 && size + line.length > most) break;
    size += line.length + 1;
    count += 1;
  }
  const batch = queue.lines.splice(0, count);
  queue.size -= size - count;
  if (queue.lines.length === 0 && queue.dropped > 0) {
    batch.push(describeDropped(server, queue.dropped));
    queue.dropped = 0;
  }
  return `${batch.join("\n")}\n`;
}

/** Opened anew for each batch, so that it is always the file of that name, whoever put the one before aside. */
async function appendTo(
  path: string,
  text: string,
  { folder, limits }: { readonly folder: string; readonly limits: LogLimits },
): Promise<void> {
  const bytes = Buffer.from(text);
  let file = await openToAppend(path, folder);
  let isRotated = false;
  try {
    const { size } = await file.stat();
    if (size > 0 && size + bytes.length > limits.fileBytes) {
      isRotated = await putAside(path, size);
      await file.close();
      file = await openToAppend(path, folder);
    }
    await file.appendFile(bytes);
  } finally {
    await file.close();
  }
  // Only now, so that no number of a removed file can be that of the new one, by which readers know them.
  if (isRotated) await removeOldest(path, limits);
}

async function openToAppend(path: string, folder: string): Promise<Awaited<ReturnType<typeof open>>> {
  const opened = open(path, "a", 0o600);
  return opened.catch(async (thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== "ENOENT") throw thrown;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return open(path, "a", 0o600);
  });
}
