import { FairleadError } from "@fairlead/core";
import { flagArgument, numberArgument, requireTextArgument, textArgument } from "../arguments.js";
import type { BuiltInTool, ToolAnnotations } from "../tool-methods.js";
import { type DevboxMachine, toPath, toUri } from "./devbox-machine.js";
import type { DevboxPolicy } from "./devbox-policy.js";
import { decodeText, readAll } from "./read-all.js";

const reading: ToolAnnotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

const maxReadBytes = 8 * 1024 * 1024;
const imageTypes: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
};
const pathSchema = { type: "string", description: "Absolute, or from the working folder." };

/** The tools of a devbox that read and write files, and look for them. */
export function createFileTools(machine: DevboxMachine, policy: DevboxPolicy): readonly BuiltInTool[] {
  return [readTool(machine), writeTool(machine, policy), listTool(machine), findTool(machine)];
}

function readTool(machine: DevboxMachine): BuiltInTool {
  return {
    name: "read_file",
    title: "Read a file",
    description: "Reads a text file, or a part of it, or an image.",
    inputSchema: {
      type: "object",
      properties: {
        path: pathSchema,
        offset_bytes: {
          type: "integer",
          description: "Where to begin; from the end if negative. Default 0.",
        },
        length_bytes: { type: "integer", description: "Bytes at most. Default 256 KiB." },
      },
      required: ["path"],
      additionalProperties: false,
    },
    annotations: reading,
    async call(args, { signal }) {
      const path = requireTextArgument(args, "path");
      const imageType = imageTypes[/\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? ""];
      const { MAX_SAFE_INTEGER: max } = Number;
      const read = await readAll(machine, toUri(machine, path), {
        offsetBytes: numberArgument(args, "offset_bytes", { min: -max, max }),
        lengthBytes:
          numberArgument(args, "length_bytes", { min: 1, max: maxReadBytes }) ??
          (imageType === undefined ? 256 * 1024 : maxReadBytes),
        signal,
      });
      const { bytes, sizeBytes, offsetBytes, version } = read;
      const isWhole = bytes.length === sizeBytes;
      if (imageType !== undefined && isWhole) {
        return { content: [{ type: "image", data: bytes.toString("base64"), mimeType: imageType }] };
      }
      // A part may begin or end amid a character.
      const text = isWhole || bytes.includes(0) ? decodeText(bytes) : bytes.toString("utf8");
      if (text === undefined) {
        throw new FairleadError("usage", `${path} is no text: it has ${sizeBytes} bytes`, { effect: "none" });
      }
      return {
        content: [{ type: "text", text }],
        structuredContent: { text, sizeBytes, offsetBytes, isWhole, version },
      };
    },
  };
}

function writeTool(machine: DevboxMachine, policy: DevboxPolicy): BuiltInTool {
  return {
    name: "write_file",
    title: "Write a file",
    description:
      "Writes a whole text file, in one step: nobody ever sees half of it. Missing folders above it are made.",
    inputSchema: {
      type: "object",
      properties: {
        path: pathSchema,
        content: { type: "string" },
        create_only: { type: "boolean", description: "Fails if something is there. Default false." },
        if_version: {
          type: "string",
          description: "Fails unless the file still has this version, as read_file gave it.",
        },
      },
      required: ["path", "content"],
      additionalProperties: false,
    },
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    async call(args, { signal }) {
      const uri = toUri(machine, requireTextArgument(args, "path"));
      await policy.checkWrite(uri);
      const content = Buffer.from(requireTextArgument(args, "content"));
      const { sizeBytes, version } = await machine.files.write(uri, content, {
        signal,
        makeFolders: true,
        createOnly: flagArgument(args, "create_only"),
        ifVersion: textArgument(args, "if_version"),
      });
      const text = `Wrote ${sizeBytes} bytes to ${toPath(machine, uri)}`;
      return { content: [{ type: "text", text }], structuredContent: { sizeBytes, version } };
    },
  };
}

function listTool(machine: DevboxMachine): BuiltInTool {
  return {
    name: "list_dir",
    title: "List a folder",
    description: "Lists the entries of a folder. Folders end in a slash.",
    inputSchema: {
      type: "object",
      properties: {
        path: pathSchema,
        limit: { type: "integer", description: "Entries at most. Default 1000." },
      },
      additionalProperties: false,
    },
    annotations: reading,
    async call(args, { signal }) {
      const uri = toUri(machine, textArgument(args, "path") ?? ".");
      const limit = numberArgument(args, "limit", { min: 1, max: 10_000 }) ?? 1_000;
      const { entries, isTruncated } = await machine.files.list(uri, { limit, signal });
      const lines = entries.map(({ name, kind }) => (kind === "directory" ? `${name}/` : name));
      const rest = isTruncated ? [`(more than ${limit} entries)`] : [];
      return {
        content: [{ type: "text", text: [...lines, ...rest].join("\n") }],
        structuredContent: { entries: entries.map(({ name, kind }) => ({ name, kind })), isTruncated },
      };
    },
  };
}

function findTool(machine: DevboxMachine): BuiltInTool {
  return {
    name: "find_files",
    title: "Find files",
    description:
      "Looks for files by a part of their path: its characters in their order are enough. Leaves out what .gitignore says.",
    inputSchema: {
      type: "object",
      properties: {
        query: { type: "string" },
        path: { type: "string", description: "Folder to look in. Default: the working folder." },
        limit: { type: "integer", description: "Matches at most. Default 50." },
        include_ignored: { type: "boolean", description: "Also what .gitignore says. Default false." },
      },
      required: ["query"],
      additionalProperties: false,
    },
    annotations: reading,
    async call(args, { signal, progress }) {
      const uri = toUri(machine, textArgument(args, "path") ?? ".");
      let matches: readonly { readonly path: string; readonly kind: string }[] = [];
      let isTruncated = false;
      const search = machine.files.search(uri, {
        query: requireTextArgument(args, "query"),
        limit: numberArgument(args, "limit", { min: 1, max: 1_000 }) ?? 50,
        includeIgnored: flagArgument(args, "include_ignored"),
        signal,
      });
      for await (const update of search) {
        ({ matches, isTruncated } = update);
        progress(update.scannedCount, { message: `${update.scannedCount} entries looked at` });
      }
      const found = matches.map(({ path, kind }) => ({ path, kind }));
      const lines = found.length === 0 ? ["Nothing found"] : found.map(({ path }) => path);
      return {
        content: [{ type: "text", text: lines.join("\n") }],
        structuredContent: { matches: found, isTruncated },
      };
    },
  };
}
