import { randomBytes } from "node:crypto";

const pattern = /^\.fairlead-[0-9a-f]{16}\.tmp$/;

/** A name for a file that is not whole yet. It is short, so that it fits wherever the file itself does. */
export function createTemporaryName(): string {
  return `.fairlead-${randomBytes(8).toString("hex")}.tmp`;
}

/** Tells such names from others. */
export function isTemporaryName(name: string): boolean {
  return pattern.test(name);
}
