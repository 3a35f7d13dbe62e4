import { createEnvelopeProbe, type EnvelopeProbe, type ProbedEnvelope } from "../envelope/envelope-probe.js";

/** The longest message that is read unless told otherwise, in bytes: the default of `max_message_bytes`. */
export const defaultMaxMessageBytes = 64 * 1024 * 1024;

/** How a byte stream is cut into lines. */
export interface LineSplitterOptions {
  /** Longest line, in bytes without its end. @default 64 MiB, see {@link defaultMaxMessageBytes} */
  readonly maxLineBytes?: number | undefined;
  /** Takes each line that is not blank, without its end; it may be a view into the pushed chunk. Must not throw. */
  onLine(line: Buffer): void;
  /** Told at the end of a line that was too long to keep. Must not throw. */
  onOversize(info: OversizeLine): void;
}

/** A line that was read past and not kept. */
export interface OversizeLine extends ProbedEnvelope {
  readonly sizeBytes: number;
}

/** Cuts a byte stream into lines. */
export interface LineSplitter {
  /** Takes the next bytes; they are the splitter's to keep. */
  push(chunk: Uint8Array): void;
  /** The stream is over: delivers a last line that has no end. */
  end(): void;
}

/**
 * Makes a splitter for newline-delimited messages. Every byte is looked at once and copied at most once; a line above
 * the limit is read past in constant memory, while its id is looked for.
 */
export function createLineSplitter(options: LineSplitterOptions): LineSplitter {
  const maxLineBytes = options.maxLineBytes ?? defaultMaxMessageBytes;
  const partial = createPartialMessage();
  let oversize: { readonly probe: EnvelopeProbe; sizeBytes: number } | undefined;

  const add = (part: Buffer): void => {
    if (oversize === undefined && partial.sizeBytes() + part.length > maxLineBytes) {
      oversize = { probe: createEnvelopeProbe(), sizeBytes: partial.sizeBytes() };
      for (const piece of partial.take()) oversize.probe.push(piece);
    }
    if (oversize === undefined) {
      partial.add(part);
    } else {
      oversize.probe.push(part);
      oversize.sizeBytes += part.length;
    }
  };
  const finish = (): void => {
    if (oversize !== undefined) {
      const { probe, sizeBytes } = oversize;
      oversize = undefined;
      options.onOversize({ ...probe.end(), sizeBytes });
      return;
    }
    const [first, ...more] = partial.take();
    if (first !== undefined) deliver(more.length === 0 ? first : Buffer.concat([first, ...more]));
  };
  const deliver = (line: Buffer): void => {
    let end = line.length;
    while (end > 0 && line[end - 1] === 0x0d) end -= 1;
    let start = 0;
    while (start < end && (line[start] === 0x20 || line[start] === 0x09)) start += 1;
    if (start < end) options.onLine(line.subarray(0, end));
  };

  return {
    push: (chunk) => {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      let pos = 0;
      while (pos < bytes.length) {
        const newline = bytes.indexOf(0x0a, pos);
        const lineEnd = newline === -1 ? bytes.length : newline;
        add(bytes.subarray(pos, lineEnd));
        if (newline === -1) return;
        finish();
        pos = newline + 1;
      }
    },
    end: finish,
  };
}

/** Parts below this are gathered into blocks: a million one-byte parts would cost a hundred times their size. */
const smallPartBytes = 4 * 1024;
const blockBytes = 64 * 1024;

/** The beginning of a message whose end has not come yet. */
export interface PartialMessage {
  sizeBytes(): number;
  /** The part is kept, not copied, if it is the first one or large. */
  add(part: Buffer): void;
  /** Gives what was added, in order, and begins anew. */
  take(): Buffer[];
}

/** Makes an empty beginning. However small its parts are, it takes about as much memory as they have bytes. */
export function createPartialMessage(): PartialMessage {
  let pieces: Buffer[] = [];
  let sizeBytes = 0;
  let block: Buffer | undefined;
  let used = 0;

  const closeBlock = (): void => {
    if (block === undefined || used === 0) return;
    pieces.push(block.subarray(0, used));
    block = undefined;
    used = 0;
  };
  const gather = (part: Buffer): void => {
    if (block !== undefined && used + part.length > block.length) closeBlock();
    block ??= Buffer.allocUnsafe(blockBytes);
    used += part.copy(block, used);
  };
  return {
    sizeBytes: () => sizeBytes,
    add: (part: Buffer): void => {
      if (part.length === 0) return;
      // A line that came whole in its chunk, the usual case, is not copied.
      const isFirst = sizeBytes === 0;
      sizeBytes += part.length;
      if (isFirst || part.length >= smallPartBytes) {
        closeBlock();
        pieces.push(part);
      } else {
        gather(part);
      }
    },
    take: (): Buffer[] => {
      closeBlock();
      const taken = pieces;
      pieces = [];
      sizeBytes = 0;
      return taken;
    },
  };
}
