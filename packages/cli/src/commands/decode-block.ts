import { isJsonObject } from "@fairlead/core";
/** What one content block of a tool's result holds. */
export type DecodedBlock =
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "data";
      readonly mimeType: string;
      readonly data: Buffer;
      /** For the name of a file, without a dot. */
      readonly extension: string;
    }
  /** It should hold data, but what is there is none. */
  | { readonly kind: "broken"; readonly what: string; readonly problem: string }
  /** Nothing that could be shown; `what` names it. */
  | { readonly kind: "other"; readonly what: string };

/** Reads a block: texts, pictures, sounds and embedded resources, as MCP has them. */
export function decodeBlock(block: unknown): DecodedBlock {
  if (!isJsonObject(block)) return { kind: "broken", what: "no type", problem: "it is no object" };
  const { type, text, data, mimeType, resource, uri } = block;
  if (type === "text" && typeof text === "string") return { kind: "text", text };
  if (type === "image" || type === "audio") return decodeData(type, mimeType, data);
  if (type === "resource" && isJsonObject(resource)) {
    if (typeof resource["text"] === "string") return { kind: "text", text: resource["text"] };
    if ("blob" in resource) return decodeData("resource", resource["mimeType"], resource["blob"]);
  }
  if (type === "resource_link" && typeof uri === "string")
    return { kind: "other", what: `resource_link ${uri}` };
  return { kind: "other", what: String(type) };
}

function decodeData(type: string, mimeType: unknown, encoded: unknown): DecodedBlock {
  const named = typeof mimeType === "string" ? mimeType : "application/octet-stream";
  const what = type === "resource" ? named : `${type}, ${named}`;
  if (typeof encoded !== "string") return { kind: "broken", what, problem: "it has no data" };
  if (!isBase64(encoded)) return { kind: "broken", what, problem: "its data is not base64" };
  const data = Buffer.from(encoded, "base64");
  const essence = named.replace(/\s*;.*$/s, "").toLowerCase();
  const format = formats.find((known) => known.mimeType === essence);
  if (format !== undefined && !format.begins(data)) {
    return { kind: "broken", what, problem: `its data is no ${named}` };
  }
  return { kind: "data", mimeType: named, data, extension: format?.extension ?? extensionOf(essence) };
}

/** Both alphabets, with or without the padding and with line breaks, as decoders take them. */
function isBase64(text: string): boolean {
  const packed = text.replaceAll(/[\r\n]/g, "");
  const digits = packed.replace(/={1,2}$/, "");
  if (!/^[A-Za-z0-9+/_-]+$/.test(digits)) return false;
  return digits.length % 4 !== 1 && (packed === digits || packed.length % 4 === 0);
}

interface Format {
  readonly mimeType: string;
  readonly extension: string;
  readonly begins: (data: Buffer) => boolean;
}

const startsWith =
  (hex: string, at = 0) =>
  (data: Buffer): boolean =>
    data.subarray(at, at + hex.length / 2).toString("hex") === hex;

const isRiff = startsWith("52494646");
const isWebp = startsWith("57454250", 8);
const isJpeg = startsWith("ffd8ff");

/** Kinds whose data tells them apart; every other one is taken at its word. */
const formats: readonly Format[] = [
  { mimeType: "image/png", extension: "png", begins: startsWith("89504e470d0a1a0a") },
  { mimeType: "image/jpeg", extension: "jpg", begins: isJpeg },
  { mimeType: "image/jpg", extension: "jpg", begins: isJpeg },
  { mimeType: "image/gif", extension: "gif", begins: startsWith("47494638") },
  { mimeType: "image/webp", extension: "webp", begins: (data) => isRiff(data) && isWebp(data) },
  { mimeType: "image/bmp", extension: "bmp", begins: startsWith("424d") },
];

/** What stands behind the slash, where that can be part of a file's name. @param mimeType small, without parameters */
function extensionOf(mimeType: string): string {
  const [, kind = ""] = /^[a-z]+\/(?:x-)?([a-z0-9]{1,8})(?:\+.*)?$/.exec(mimeType) ?? [];
  return kind === "" ? "bin" : kind;
}
