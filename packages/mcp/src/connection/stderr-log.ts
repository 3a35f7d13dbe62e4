/** Bytes of stderr that are remembered. */
const keptBytes = 64 * 1024;
/** A longer line is told in pieces, so that a program without line ends cannot fill the memory. */
const maxLineCharacters = 8 * 1024;
/** What an error carries unless asked for more: enough for a stack trace, little enough for a status message. */
const defaultTailBytes = 4 * 1024;

/** What a server says on stderr. */
export interface StderrLog {
  push(chunk: Uint8Array): void;
  /** Tells a last line that has no end. */
  end(): void;
  /**
   * The last bytes as text; bytes that are not UTF-8 become U+FFFD. What was cut off at the front begins with a whole line,
   * unless that would leave less than half.
   */
  tail(maxBytes?: number): string;
}

/** Makes a log that remembers the last 64 KiB and tells each line as it comes, without its end. */
export function createStderrLog(onLine: (line: string) => void): StderrLog {
  const decoder = new TextDecoder();
  let ring: Buffer | undefined;
  let totalBytes = 0;
  let partial = "";

  const remember = (chunk: Uint8Array): void => {
    ring ??= Buffer.alloc(keptBytes);
    for (
      let rest = chunk.subarray(-keptBytes), at = totalBytes + chunk.length - rest.length;
      rest.length > 0;
    ) {
      const offset = at % keptBytes;
      const part = rest.subarray(0, keptBytes - offset);
      ring.set(part, offset);
      at += part.length;
      rest = rest.subarray(part.length);
    }
    totalBytes += chunk.length;
  };
  const tellLines = (text: string): void => {
    const lines = (partial + text).split("\n");
    partial = lines.pop() ?? "";
    for (const line of lines) tell(line);
    while (partial.length >= maxLineCharacters) {
      tell(partial.slice(0, maxLineCharacters));
      partial = partial.slice(maxLineCharacters);
    }
  };
  const tell = (line: string): void => {
    const text = line.replace(/\r+$/, "");
    if (text !== "") onLine(text);
  };

  return {
    push: (chunk) => {
      remember(chunk);
      tellLines(decoder.decode(chunk, { stream: true }));
    },
    end: () => {
      tellLines(decoder.decode());
      tell(partial);
      partial = "";
    },
    tail: (maxBytes = defaultTailBytes) => {
      if (ring === undefined) return "";
      const length = Math.min(maxBytes, totalBytes, keptBytes);
      const end = totalBytes % keptBytes;
      const unrolled = Buffer.concat([ring.subarray(end), ring.subarray(0, end)]);
      const start = keptBytes - length;
      return unrolled.toString("utf8", length < totalBytes ? findStart(unrolled, start) : start);
    },
  };
}

/** Where a text that was cut off at the front is shown from. */
function findStart(bytes: Buffer, cut: number): number {
  // The newline just before the cut may be gone already; then a whole line is given up, which does no harm.
  const lineEnd = bytes.indexOf("\n", Math.max(0, cut - 1));
  if (lineEnd >= 0 && lineEnd + 1 <= (cut + bytes.length) / 2) return lineEnd + 1;
  // A character that was cut in half is left out rather than shown broken.
  let start = cut;
  while (start < cut + 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return start;
}
