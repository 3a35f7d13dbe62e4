import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { FairleadError } from "@fairlead/core";
import type { TlsIdentity } from "@fairlead/executor";

/** Flags that name the files of a TLS identity. */
export interface TlsFlags {
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

/**
 * Reads certificate and private key, and tries them; undefined where none are named.
 * @throws FairleadError `usage`, reason `argument_invalid`
 */
export async function readTlsFiles(flags: TlsFlags): Promise<TlsIdentity | undefined> {
  if (flags.tlsCert === undefined && flags.tlsKey === undefined) return undefined;
  if (flags.tlsCert === undefined || flags.tlsKey === undefined) {
    throw new FairleadError("usage", "--tls-cert and --tls-key belong together; give both", {
      reason: "argument_invalid",
      effect: "none",
    });
  }
  const identity = { cert: await readPem(flags.tlsCert), key: await readPem(flags.tlsKey) };
  try {
    createSecureContext(identity);
  } catch (cause) {
    throw new FairleadError(
      "usage",
      `${flags.tlsCert} and ${flags.tlsKey} are no PEM certificate and its private key`,
      {
        cause,
        reason: "argument_invalid",
        effect: "none",
        details: { cert: flags.tlsCert, key: flags.tlsKey },
      },
    );
  }
  return identity;
}

async function readPem(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new FairleadError("usage", `The TLS file ${path} cannot be read`, {
      cause,
      reason: "argument_invalid",
      effect: "none",
      details: { path },
    });
  }
}
