import { FairleadError } from "../errors/fairlead-error.js";

/** A path that cannot be used as it is given. @param what continues "The path X …" */
export function pathError(path: string, what: string, cause?: unknown): FairleadError {
  return new FairleadError("usage", `The path ${quotePath(path)} ${what}`, {
    cause,
    reason: "path_invalid",
    effect: "none",
    details: { path },
  });
}

/**
 * A path between quotes for a message. It is shown as it is typed, with single backslashes, unless it holds a quote, or
 * something that would not be seen or would turn the text round.
 */
export function quotePath(path: string): string {
  if (!/["\p{C}\p{Zl}\p{Zp}]/u.test(path)) return `"${path}"`;
  const unseen = /[\p{C}\p{Zl}\p{Zp}]/gu;
  return JSON.stringify(path).replace(unseen, (each) => `\\u{${each.codePointAt(0)?.toString(16)}}`);
}
