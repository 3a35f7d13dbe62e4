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
const answerTails = [Buffer.from(',"result":'), Buffer.from(',"error":')];

/**
 * Tells what a message of ours is. Those built in the usual way are known by their first bytes, however long they are.
 * @param idRaw the id of the request, as it came. @default no request at all
 */
export function messageKind(message: Buffer, idRaw?: Buffer): MessageKind {
  if (startsWith(message, 0, methodHead)) return "notification";
  if (startsWith(message, 0, idHead)) {
    if (idRaw === undefined || !startsWith(message, idHead.length, idRaw)) return "awaited";
    const after = idHead.length + idRaw.length;
    return answerTails.some((tail) => startsWith(message, after, tail)) ? "answer" : "awaited";
  }
  const scanned = scanMessage(message);
  if (scanned.kind === "notification") return "notification";
  const isAnswer = scanned.kind === "result" || scanned.kind === "error";
  const isOurs = isAnswer && idRaw !== undefined && scanned.id?.raw.equals(idRaw) === true;
  return isOurs ? "answer" : "awaited";
}

/** Gives the code of a failed answer; undefined for everything else. */
export function errorCodeOf(answer: Buffer): number | undefined {
  const scanned = scanMessage(answer);
  if (scanned.kind !== "error") return undefined;
  const range = findMember(scanned.line, scanned.error, "code");
  const code = range === undefined ? undefined : parseRange(scanned.line, range);
  return typeof code === "number" ? code : undefined;
}

function startsWith(bytes: Buffer, at: number, head: Buffer): boolean {
  return bytes.length >= at + head.length && bytes.compare(head, 0, head.length, at, at + head.length) === 0;
}
