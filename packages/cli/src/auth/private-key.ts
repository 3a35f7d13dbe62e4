import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { MachineProof } from "@fairlead/config";
import { FairleadError, shellLine, withRestartNote } from "@fairlead/core";
import { lookAtPrivacy } from "@fairlead/machine";
import type { SigningKeyOptions } from "@fairlead/oauth";

/** Larger than any key. */
const maxKeyBytes = 64 * 1024;

/**
 * Reads the private key that a machine proves itself with.
 * @throws FairleadError `usage` `config_invalid` where it is missing, or where others may read its file; nothing of the key
 * is in it
 */
export async function readPrivateKey(
  { key, algorithm, keyId }: Extract<MachineProof, { kind: "key" }>,
  env: Readonly<NodeJS.ProcessEnv>,
): Promise<SigningKeyOptions> {
  const privateKeyPem = key.kind === "env" ? fromVariable(key.name, env) : await fromFile(key.path);
  return { privateKeyPem, algorithm, keyId };
}

function fromVariable(name: string, env: Readonly<NodeJS.ProcessEnv>): string {
  const text = env[name] ?? "";
  // Many places that keep variables keep no line breaks.
  if (text !== "") return text.includes("\n") ? text : text.replaceAll("\\n", "\n");
  throw unusable(
    `the environment variable ${name} (oauth.private_key_env) is not set. ${withRestartNote("Put the key of the client there")}`,
    { variable: name },
  );
}

async function fromFile(path: string): Promise<string> {
  const isPosix = process.platform !== "win32";
  const fail = (what: string): FairleadError =>
    unusable(`the file ${path} (oauth.private_key_file) ${what}`, { file: path });
  let handle: FileHandle | undefined;
  try {
    // A pipe of that name would keep us waiting.
    handle = await open(path, constants.O_RDONLY | (isPosix ? constants.O_NONBLOCK : 0));
    const stats = await handle.stat();
    if (!stats.isFile()) throw fail("is no file");
    if (isPosix && (stats.mode & 0o077) !== 0)
      throw fail(`can be read or written by others. Run: ${shellLine(["chmod", "600", path])}`);
    const privacy = isPosix ? undefined : await lookAtPrivacy(path);
    if (privacy?.kind === "open") throw fail(`can be read or written by others. Run: ${privacy.remedy}`);
    if (stats.size > maxKeyBytes) throw fail(`is larger than ${maxKeyBytes} bytes, which no key is`);
    return await handle.readFile("utf8");
  } catch (cause) {
    if (cause instanceof FairleadError) throw cause;
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ENOENT") throw fail("does not exist. Put the key of the client there");
    throw fail(`cannot be read (${String(code)})`);
  } finally {
    await handle?.close();
  }
}

function unusable(message: string, details: Readonly<Record<string, string>>): FairleadError {
  return new FairleadError("usage", message, { reason: "config_invalid", effect: "none", details });
}
