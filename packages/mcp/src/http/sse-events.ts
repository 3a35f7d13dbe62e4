import { createEnvelopeProbe, type EnvelopeProbe } from "../envelope/envelope-probe.js";
import { createPartialMessage, defaultMaxMessageBytes, type OversizeLine } from "../framing/line-splitter.js";

/** How an event stream is read. */
export interface SseScannerOptions {
  /** Longest data of one event, in bytes. @default 64 MiB */
  readonly maxDataBytes?: number | undefined;
  /** Takes each event that has data. Must not throw. */
  onEvent(event: SseEvent): void;
  /** Told at the end of an event whose data was too long to keep. Must not throw. */
  onOversize(info: OversizeLine): void;
  /** Told the id of each event that has one, whether or not it has data: where a reader may go on. */
  onId?(id: string): void;
  /** Told how many milliseconds the server wants a reader to wait before it comes back. */
  onRetry?(retryMs: number): void;
}

/** One event with data. */
export interface SseEvent {
  /** @default "message" */
  readonly name: string;
  /** As it came, more lines of data joined by a line feed. May be a view into a pushed chunk. */
  readonly data: Buffer;
}

/** Reads an event stream. What follows the last blank line is no event and is dropped with the scanner. */
export interface SseScanner {
  /** Takes the next bytes; they are the scanner's to keep. */
  push(chunk: Uint8Array): void;
  /** Data so far of an event that is too long to keep and has not ended yet, in bytes; else 0. */
  readonly unendedBytes: number;
}

/** Field names and the values of all fields but `data` are cut off here: nothing that we use is longer. */
const maxShortBytes = 4 * 1024;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const colon = 0x3a;
const space = 0x20;
const newline = Buffer.from("\n");

/**
 * Makes a scanner for `text/event-stream` that keeps the bytes of the data. Every byte is looked at once or twice and copied
 * at most once; data above the limit is read past in constant memory, while the id of its message is looked for.
 */
export function createSseScanner(options: SseScannerOptions): SseScanner {
  const maxDataBytes = options.maxDataBytes ?? defaultMaxMessageBytes;
  const data = createPartialMessage();
  let oversize: { readonly probe: EnvelopeProbe; sizeBytes: number } | undefined;
  let dataLines = 0;
  let eventName = "";
  let eventId: string | undefined;
  let line = emptyLine();
  let isFirstLine = true;
  let skipsLineFeed = false;

  const addData = (part: Buffer): void => {
    if (oversize === undefined && data.sizeBytes() + part.length > maxDataBytes) {
      oversize = { probe: createEnvelopeProbe(), sizeBytes: data.sizeBytes() };
      for (const piece of data.take()) oversize.probe.push(piece);
    }
    if (oversize === undefined) {
      data.add(part);
    } else {
      oversize.probe.push(part);
      oversize.sizeBytes += part.length;
    }
  };
  const beginValue = (): void => {
    line.field = fieldName(line.short, isFirstLine);
    line.short = "";
    line.isAtValueStart = true;
    if (line.field !== "data") return;
    dataLines += 1;
    if (dataLines > 1) addData(newline);
  };
  const addPart = (part: Buffer): void => {
    let rest = part;
    if (line.field === undefined) {
      const end = rest.indexOf(colon);
      line.short = addShort(line.short, end === -1 ? rest : rest.subarray(0, end));
      if (rest.length > 0) line.isBlank = false;
      if (end === -1) return;
      beginValue();
      rest = rest.subarray(end + 1);
    }
    if (rest.length === 0) return;
    if (line.isAtValueStart && rest[0] === space) rest = rest.subarray(1);
    line.isAtValueStart = false;
    if (line.field === "data") addData(rest);
    else line.short = addShort(line.short, rest);
  };
  const endLine = (): void => {
    if (line.isBlank) {
      endEvent();
    } else {
      if (line.field === undefined) beginValue();
      // The text was kept byte for byte.
      const value = Buffer.from(line.short, "latin1").toString("utf8");
      if (line.field === "event") eventName = value;
      else if (line.field === "id" && !value.includes("\0")) eventId = value;
      else if (line.field === "retry" && /^[0-9]+$/.test(value)) options.onRetry?.(Number(value));
    }
    line = emptyLine();
    isFirstLine = false;
  };
  const endEvent = (): void => {
    const name = eventName === "" ? "message" : eventName;
    const [first, ...more] = data.take();
    const tooLong = oversize;
    const id = eventId;
    oversize = undefined;
    eventName = "";
    eventId = undefined;
    dataLines = 0;
    if (id !== undefined) options.onId?.(id);
    if (tooLong !== undefined) options.onOversize({ ...tooLong.probe.end(), sizeBytes: tooLong.sizeBytes });
    else if (first !== undefined) {
      options.onEvent({ name, data: more.length === 0 ? first : Buffer.concat([first, ...more]) });
    }
  };

  return {
    get unendedBytes() {
      return oversize?.sizeBytes ?? 0;
    },
    push: (chunk) => {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const findEnd = createLineEndFinder(bytes);
      let pos = 0;
      while (pos < bytes.length) {
        if (skipsLineFeed) {
          skipsLineFeed = false;
          if (bytes[pos] === lineFeed) {
            pos += 1;
            continue;
          }
        }
        const end = findEnd(pos);
        if (end > pos) addPart(bytes.subarray(pos, end));
        if (end === bytes.length) return;
        endLine();
        skipsLineFeed = bytes[end] === carriageReturn;
        pos = end + 1;
      }
    },
  };
}

/** The line that is being read. */
interface SseLine {
  isBlank: boolean;
  /** Known from its colon on. */
  field: string | undefined;
  isAtValueStart: boolean;
  /** The field name, later the value of a field other than `data`; one character a byte. */
  short: string;
}

function emptyLine(): SseLine {
  return { isBlank: true, field: undefined, isAtValueStart: false, short: "" };
}

function addShort(text: string, part: Buffer): string {
  return text + part.toString("latin1", 0, Math.max(0, maxShortBytes - text.length));
}

function fieldName(short: string, isFirstLine: boolean): string {
  const byteOrderMark = "\u00ef\u00bb\u00bf";
  return isFirstLine && short.startsWith(byteOrderMark) ? short.slice(byteOrderMark.length) : short;
}

/** Finds line ends in ascending order. Each kind is searched once per byte, also in a chunk that has only the other. */
function createLineEndFinder(bytes: Buffer): (from: number) => number {
  const next = (byte: number, from: number): number => {
    const at = bytes.indexOf(byte, from);
    return at === -1 ? bytes.length : at;
  };
  let nextLineFeed = -1;
  let nextReturn = -1;
  return (from) => {
    if (nextLineFeed < from) nextLineFeed = next(lineFeed, from);
    if (nextReturn < from) nextReturn = next(carriageReturn, from);
    return Math.min(nextLineFeed, nextReturn);
  };
}
