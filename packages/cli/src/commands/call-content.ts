import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FairleadError } from "@fairlead/core";
import { plainText } from "../output/plain-text.js";
import type { Terminal } from "../output/terminal.js";
import { formatBytes } from "../output/units.js";
import { type DecodedBlock, decodeBlock } from "./decode-block.js";

/** What a tool answered with, as far as it is shown. */
export interface ToolResult {
  readonly content?: readonly unknown[] | undefined;
  readonly structuredContent?: unknown;
  readonly isError?: boolean | undefined;
}

/** Where the content of a result goes. */
export interface ContentOptions {
  readonly terminal: Terminal;
  /** Folder that pictures and other data are written into, which is made if need be; undefined: they are only named. */
  readonly outputDir: string | undefined;
  /** Whether stdout has the result as it is already, so that people are told on stderr alone. */
  readonly isQuiet: boolean;
}

/**
 * Shows each block of a result in order: texts as they are, data by kind and size, or by the file that it was saved in.
 * A block whose data cannot be used is told with its index, counted from 0, and spoils no other.
 * @throws FairleadError `usage`, reason `argument_invalid`, where nothing can be written into the folder
 */
export async function showContent(result: ToolResult, options: ContentOptions): Promise<void> {
  const { terminal, isQuiet } = options;
  const blocks = result.content ?? [];
  const show = (line: string): void => {
    if (!isQuiet) terminal.print(line);
  };
  for (const [index, block] of blocks.entries()) {
    const decoded = decodeBlock(block);
    if (decoded.kind === "text") show(decoded.text);
    else if (decoded.kind === "other") show(`[${decoded.what}]`);
    else if (decoded.kind === "broken") {
      terminal.tell(
        plainText(`fairlead: content block ${index} (${decoded.what}) cannot be used: ${decoded.problem}`),
      );
    } else {
      const saved = await save(index, decoded, options.outputDir);
      if (saved !== undefined && isQuiet) terminal.tell(plainText(`fairlead: ${saved}`));
      const what = `${decoded.mimeType}, ${formatBytes(decoded.data.length)}`;
      show(saved === undefined ? what : `${what}, saved as ${saved}`);
    }
  }
  if (blocks.length === 0 && result.structuredContent !== undefined && !isQuiet) {
    terminal.printJson(result.structuredContent);
  }
}

/** @throws FairleadError `usage` where the folder cannot be one, before anything is called */
export async function checkOutputDir(folder: string | undefined): Promise<void> {
  if (folder === undefined) return;
  // What is not there yet is made when there is something to save.
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined || found.isDirectory()) return;
  throw new FairleadError("usage", `--output-dir ${folder} is a file, not a folder; nothing was called`, {
    reason: "argument_invalid",
    effect: "none",
    details: { folder },
  });
}

type Data = Extract<DecodedBlock, { readonly kind: "data" }>;

/** Writes one file that was not there before. @returns its path; undefined if nothing is to be saved */
async function save(
  index: number,
  { data, extension }: Data,
  folder: string | undefined,
): Promise<string | undefined> {
  if (folder === undefined) return undefined;
  try {
    await mkdir(folder, { recursive: true });
    for (let copy = 1; ; copy += 1) {
      const path = join(folder, `${index}${copy === 1 ? "" : `-${copy}`}.${extension}`);
      if (await writeNew(path, data)) return path;
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FairleadError("usage", `Content block ${index} cannot be saved. ${why}`, {
      cause,
      reason: "argument_invalid",
      details: { folder, block: index },
    });
  }
}

/** @returns false if there is such a file already, which stays as it is */
async function writeNew(path: string, data: Buffer): Promise<boolean> {
  try {
    await writeFile(path, data, { flag: "wx" });
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST") return false;
    throw thrown;
  }
}
