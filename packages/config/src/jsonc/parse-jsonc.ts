import { FairleadError } from "@fairlead/core";
import { type JsoncNode, jsoncValue, scanJsonc } from "./scan-jsonc.js";

/**
 * Reads a JSON text that may have comments and commas behind the last item; undefined if there is nothing in it.
 * @param file shown in errors
 * @throws FairleadError `usage`, reason `config_invalid`, with file, line and column; it never quotes the text, which may
 * hold a secret
 */
export function parseJsonc(text: string, file: string): unknown {
  const root = readJsonc(text, file);
  return root === undefined ? undefined : jsoncValue(root);
}

/** As {@link parseJsonc}, but tells where each value stands. */
export function readJsonc(text: string, file: string): JsoncNode | undefined {
  const scanned = scanJsonc(text);
  if ("root" in scanned) return scanned.root;
  const before = text.slice(0, scanned.mistakeAt).split("\n");
  const line = before.length;
  const column = (before.at(-1)?.length ?? 0) + 1;
  throw new FairleadError("usage", `${file}:${line}:${column} is not valid JSON`, {
    reason: "config_invalid",
    effect: "none",
    details: { file, line, column },
  });
}
