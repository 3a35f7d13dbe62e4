import { createHash } from "node:crypto";

const intro = "Written by fairlead-executor install, ";
const unknown = "0".repeat(16);
const pattern = /Written by fairlead-executor install, ([0-9a-f]{16})/;

/** Whose a file is: `own`: as we wrote it; `changed`: ours, and edited since; `foreign`: somebody else's. */
export type FileOwner = "own" | "changed" | "foreign";

/**
 * Makes a text that says that it is ours, and by a digest whether it was changed later.
 * @param render puts the mark into the text as it is, once
 */
export function markText(render: (mark: string) => string): string {
  const text = render(`${intro}${unknown}`);
  return text.replace(unknown, digestOf(text));
}

/** Tells whose a text is. */
export function judgeOwner(text: string): FileOwner {
  const digest = pattern.exec(text)?.[1];
  if (digest === undefined) return "foreign";
  return digestOf(text.replace(digest, unknown)) === digest ? "own" : "changed";
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, unknown.length);
}
