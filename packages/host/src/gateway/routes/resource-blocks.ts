import { isJsonObject } from "@fairlead/core";

/** One of the `contents` of a `resources/read`, as far as it is known. */
interface ResourceContent {
  readonly uri?: unknown;
  readonly mimeType?: unknown;
  readonly text?: unknown;
  readonly blob?: unknown;
  readonly _meta?: unknown;
}

/**
 * Turns what a resource holds into the blocks of a tool's result, in the same order: text as text, images and audio as
 * such, so that a model sees them, and everything else as an embedded resource.
 */
export function toContentBlocks(contents: readonly unknown[]): object[] {
  return contents.map((content) => toBlock(isJsonObject(content) ? content : {}));
}

/** Whether all of it is text, and so can be given as structured content too. */
export function isAllText(contents: readonly unknown[]): boolean {
  return contents.every((content) => isJsonObject(content) && typeof content["text"] === "string");
}

function toBlock(content: ResourceContent): object {
  const { text, blob, mimeType } = content;
  const meta = content._meta === undefined ? {} : { _meta: content._meta };
  if (typeof text === "string") return { type: "text", text, ...meta };
  const type =
    typeof mimeType === "string" ? /^(image|audio)\//i.exec(mimeType)?.[1]?.toLowerCase() : undefined;
  if (type !== undefined && typeof blob === "string") return { type, data: blob, mimeType, ...meta };
  return { type: "resource", resource: content };
}
