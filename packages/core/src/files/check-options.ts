import { FairleadError } from "../errors/fairlead-error.js";
import type { ListOptions, ReadOptions, SearchOptions } from "../ports/files.js";

const mostQueryUnits = 256;

/** @throws FairleadError `usage` `argument_invalid` for a limit that is none */
export function checkListOptions({ limit = 1 }: ListOptions): void {
  checkCount("limit of a listing", limit);
}

/** @throws FairleadError `usage` `argument_invalid` for a range that is none */
export function checkReadOptions({ offsetBytes = 0, lengthBytes = 0 }: ReadOptions): void {
  if (!Number.isSafeInteger(offsetBytes)) throw invalid(`A file cannot be read from ${offsetBytes}`);
  if (!Number.isSafeInteger(lengthBytes) || lengthBytes < 0)
    throw invalid(`There is no reading ${lengthBytes} bytes of a file`);
}

/** @throws FairleadError `usage` `argument_invalid` for a query or a limit that cannot be used */
export function checkSearchOptions({ query, limit = 1, entryLimit = 1 }: SearchOptions): void {
  if (query.length > mostQueryUnits)
    throw invalid(`The query of a search has ${query.length} characters; it may have ${mostQueryUnits}`);
  checkCount("limit of a search", limit);
  checkCount("entry limit of a search", entryLimit);
}

function checkCount(what: string, value: number): void {
  if (Number.isInteger(value) && value >= 1 && value < 2 ** 32) return;
  throw invalid(`The ${what} is ${value}; it must be a whole number from 1 on`);
}

function invalid(message: string): FairleadError {
  return new FairleadError("usage", message, { reason: "argument_invalid", effect: "none" });
}
