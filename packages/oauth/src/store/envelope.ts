import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { parseJsonObject } from "@fairlead/core";
import { versionProblem } from "./store-document.js";

/** A sealed text, and the name of the keyring's item that opens it. */
export interface Envelope {
  /** The key of one file never changes, so no new key can ever be written over the one of old ciphertext. */
  readonly keyAccount: string;
  readonly nonce: Buffer;
  readonly tag: Buffer;
  readonly sealed: Buffer;
}

/** What parsing says. `reason` completes a sentence about the file. */
export type ParsedEnvelope =
  | { readonly kind: "found"; readonly value: Envelope }
  | { readonly kind: "corrupt"; readonly reason: string };

const version = 1;
const cipherName = "aes-256-gcm";
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/** Makes a key, and a name for its item in the keyring that was never used before. */
export function createStoreKey(): { readonly account: string; readonly key: Buffer } {
  return { account: `credentials-key-${randomBytes(8).toString("hex")}`, key: randomBytes(keyBytes) };
}

/** Reads a key as the keyring keeps it; undefined if it is none. */
export function parseKey(text: string): Buffer | undefined {
  return /^[0-9a-f]{64}$/.test(text) ? Buffer.from(text, "hex") : undefined;
}

/** Writes a key as the keyring keeps it: text, because some keyrings keep nothing else. */
export function formatKey(key: Buffer): string {
  return key.toString("hex");
}

/** Seals a text, each time with a new nonce. What is readable beside it is bound to it. */
export function seal(text: string, keyAccount: string, key: Buffer): Envelope {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(cipherName, key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(boundTo(keyAccount));
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return { keyAccount, nonce, tag: cipher.getAuthTag(), sealed };
}

/** Opens what {@link seal} made; undefined if anything of it was changed, or this is not its key. */
export function unseal({ keyAccount, nonce, tag, sealed }: Envelope, key: Buffer): string | undefined {
  const decipher = createDecipheriv(cipherName, key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(boundTo(keyAccount));
  decipher.setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(sealed), decipher.final()]).toString("utf8");
  } catch {
    return undefined;
  }
}

/** Writes an envelope as text. */
export function formatEnvelope({ keyAccount, nonce, tag, sealed }: Envelope): string {
  const texts = {
    nonce: nonce.toString("base64"),
    tag: tag.toString("base64"),
    sealed: sealed.toString("base64"),
  };
  return `${JSON.stringify({ version, cipher: cipherName, keyAccount, ...texts }, null, 2)}\n`;
}

/** Reads what {@link formatEnvelope} wrote. */
export function parseEnvelope(text: string): ParsedEnvelope {
  const parsed = parseJsonObject(text);
  if (parsed === undefined) return corrupt("is not a JSON object");
  const problem = versionProblem(parsed["version"], version);
  if (problem !== undefined) return corrupt(problem);
  const { cipher, keyAccount } = parsed;
  if (cipher !== cipherName) return corrupt("is sealed by a cipher that is not known");
  if (typeof keyAccount !== "string" || !/^credentials-key-[0-9a-f]{16}$/.test(keyAccount)) {
    return corrupt("does not name its key");
  }
  const nonce = toBytes(parsed["nonce"]);
  const tag = toBytes(parsed["tag"]);
  const sealed = toBytes(parsed["sealed"]);
  if (nonce?.length !== nonceBytes || tag?.length !== tagBytes || sealed === undefined) {
    return corrupt("is not whole");
  }
  return { kind: "found", value: { keyAccount, nonce, tag, sealed } };
}

function boundTo(keyAccount: string): Buffer {
  return Buffer.from(JSON.stringify(["fairlead credentials", version, cipherName, keyAccount]));
}

/** Node's own decoder skips what it does not know. */
function toBytes(value: unknown): Buffer | undefined {
  if (typeof value !== "string") return undefined;
  const bytes = Buffer.from(value, "base64");
  return bytes.toString("base64") === value ? bytes : undefined;
}

function corrupt(reason: string): ParsedEnvelope {
  return { kind: "corrupt", reason };
}
