import type { RawMessage } from "@fairlead/testkit";
import { expect } from "vitest";
import type { Face, OpenFace } from "./faces.js";

/** A member of a message, and what its very text should be. */
export type ExpectedMember = readonly [name: "result" | "error" | "params", text: string];

/**
 * Expects a member of a message to be the very text, or, over a face that keeps values only, the same values in the same
 * order.
 */
export function expectText(
  { peer, face }: Pick<OpenFace, "peer" | "face">,
  message: RawMessage,
  member: ExpectedMember,
): void {
  expectMember(face, peer.textOf(message), member);
}

/** As {@link expectText}, of a message that was seen elsewhere. @param text the very text of the whole message */
export function expectMember({ keepsBytes }: Face, text: string, [name, expected]: ExpectedMember): void {
  if (keepsBytes) expect(text).toContain(`"${name}":${expected}`);
  // Text again, so that the order of members counts.
  else expect(JSON.stringify(JSON.parse(text)[name])).toBe(JSON.stringify(JSON.parse(expected)));
}
