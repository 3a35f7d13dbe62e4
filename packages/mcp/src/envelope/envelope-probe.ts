import { type MessageId, readMessageId } from "./message-id.js";

/** What can be told of a message that is too large to keep, or broken. */
export interface ProbedEnvelope {
  readonly id: MessageId | undefined;
  readonly hasMethod: boolean;
}

/** Reads a message in pieces and forgets them. */
export interface EnvelopeProbe {
  push(bytes: Uint8Array): void;
  /** What was seen up to here. */
  end(): ProbedEnvelope;
}

/** A longer id is nobody's; a longer key is none of ours. */
const maxTokenBytes = 1024;

/**
 * Makes a reader that finds the top-level `id` and `method` of one message wherever they stand, in constant memory.
 * It checks nothing: what it is fed was refused already, and only its sender is looked for.
 */
export function createEnvelopeProbe(): EnvelopeProbe {
  let depth = 0;
  let isObject = false;
  let inString = false;
  let escaped = false;
  let inValue = false;
  let key = "";
  let token: number[] = [];
  let id: MessageId | undefined;
  let hasMethod = false;

  const endMember = (): void => {
    if (inValue && key === "id") id = readToken(token);
    if (inValue && key === "method") hasMethod = true;
    inValue = false;
    token = [];
  };
  const throughString = (byte: number): void => {
    if (escaped) escaped = false;
    else if (byte === 0x5c) escaped = true;
    else if (byte === 0x22) inString = false;
  };
  const keep = (byte: number): void => {
    // One byte more than allowed is kept, so that a cut token can be told from a whole one.
    if (depth === 1 && token.length <= maxTokenBytes) token.push(byte);
  };
  const open = (byte: number): void => {
    if (depth === 0) isObject = byte === 0x7b;
    // A container is no id: its bracket alone makes the token unreadable.
    else keep(byte);
    depth += 1;
  };
  const close = (): void => {
    if (depth === 1) endMember();
    depth -= 1;
  };
  const structure = (byte: number): void => {
    if (byte === 0x22) inString = true;
    if (byte === 0x7b || byte === 0x5b) open(byte);
    else if (byte === 0x7d || byte === 0x5d) close();
    else if (depth !== 1) return;
    else if (byte === 0x2c) endMember();
    else if (byte === 0x3a && !inValue) {
      const name = readToken(token)?.value;
      key = typeof name === "string" ? name : "";
      token = [];
      inValue = true;
    } else if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) keep(byte);
  };

  return {
    push: (bytes) => {
      for (let pos = 0; pos < bytes.length; pos += 1) {
        if (inString && !escaped && (depth !== 1 || token.length > maxTokenBytes))
          pos = skipPlain(bytes, pos);
        if (pos >= bytes.length) return;
        const byte = bytes[pos] as number;
        if (inString) {
          keep(byte);
          throughString(byte);
        } else {
          structure(byte);
        }
      }
    },
    end: () => ({ id: isObject ? id : undefined, hasMethod: isObject && hasMethod }),
  };
}

/** Gives the next position whose byte means something inside a string. */
function skipPlain(bytes: Uint8Array, pos: number): number {
  let at = pos;
  while (at < bytes.length && bytes[at] !== 0x22 && bytes[at] !== 0x5c) at += 1;
  return at;
}

function readToken(token: readonly number[]): MessageId | undefined {
  return token.length > maxTokenBytes ? undefined : readMessageId(Buffer.from(token));
}
