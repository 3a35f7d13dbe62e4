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
  /** The last bytes as text; bytes that are not UTF-8 become U+FFFD. */
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
      let start = keptBytes - length;
      // A character that was cut in half at the front is left out rather than shown broken.
      const limit = start + 3;
      if (length < totalBytes) while (start < limit && ((unrolled[start] ?? 0) & 0xc0) === 0x80) start += 1;
      return unrolled.toString("utf8", start);
    },
  };
}
