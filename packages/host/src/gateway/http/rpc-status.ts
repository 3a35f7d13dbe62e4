import { errorCodeOf } from "./message-kind.js";

/**
 * The errors that the modern era tells by the HTTP status too. All others are answers like any other: what a server says
 * about the params of a call is no failure of the exchange.
 */
const statuses: ReadonlyMap<number, number> = new Map([
  [-32_601, 404],
  [-32_020, 400],
  [-32_021, 400],
  [-32_022, 400],
]);

/** Gives the HTTP status of a JSON-RPC error code in the modern era. */
export function modernStatusOf(code: number): number {
  return statuses.get(code) ?? 200;
}

/** Gives the HTTP status of a whole answer in the modern era. @param idRaw the id of its request, as it came */
export function statusOfAnswer(answer: Buffer, idRaw: Buffer): number {
  const code = errorCodeOf(answer, idRaw);
  return code === undefined ? 200 : modernStatusOf(code);
}
