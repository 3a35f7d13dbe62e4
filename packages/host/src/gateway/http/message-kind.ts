import { findMember, parseRange, scanMessage } from "@fairlead/mcp";

/** What a message towards an agent is, seen from one of its requests. */
export type MessageKind =
  /** The answer to that request. */
  | "answer"
  /** Something that somebody waits for: a question of ours, or another answer. */
  | "awaited"
  | "notification";

const idHead = Buffer.from('{"jsonrpc":"2.0","id":');
const methodHead = Buffer.from('{"jsonrpc":"2.0","method":');
const resultTail = Buffer.from(',"result":');
const errorTail = Buffer.from(',"error":');

/**
 * Tells what a message of ours is. Those built in the usual way are known by their first bytes, however long they are.
 * @param idRaw the id of the request, as it came. @default no request at all
 */
export function messageKind(message: Buffer, idRaw?: Buffer): MessageKind {
  if (startsWith(message, 0, methodHead)) return "notification";
  if (startsWith(message, 0, idHead)) {
    if (idRaw === undefined) return "awaited";
    const isAnswer = hasTail(message, idRaw, resultTail) || hasTail(message, idRaw, errorTail);
    return isAnswer ? "answer" : "awaited";
  }
  const scanned = scanMessage(message);
  if (scanned.kind === "notification") return "notification";
  const isAnswer = scanned.kind === "result" || scanned.kind === "error";
  const isOurs = isAnswer && idRaw !== undefined && scanned.id?.raw.equals(idRaw) === true;
  return isOurs ? "answer" : "awaited";
}

/**
 * Gives the code of a failed answer; undefined for everything else.
 * @param idRaw the id of the request, as it came, by which results built in the usual way are known however long they are
 */
export function errorCodeOf(answer: Buffer, idRaw: Buffer): number | undefined {
  if (hasTail(answer, idRaw, resultTail)) return undefined;
  const scanned = scanMessage(answer);
  if (scanned.kind !== "error") return undefined;
  const range = findMember(scanned.line, scanned.error, "code");
  const code = range === undefined ? undefined : parseRange(scanned.line, range);
  return typeof code === "number" ? code : undefined;
}

/** Tells whether a message begins as those built here do, with this id and this after it. */
function hasTail(message: Buffer, idRaw: Buffer, tail: Buffer): boolean {
  const after = idHead.length + idRaw.length;
  return (
    startsWith(message, 0, idHead) &&
    startsWith(message, idHead.length, idRaw) &&
    startsWith(message, after, tail)
  );
}

function startsWith(bytes: Buffer, at: number, head: Buffer): boolean {
  return bytes.length >= at + head.length && bytes.compare(head, 0, head.length, at, at + head.length) === 0;
}
