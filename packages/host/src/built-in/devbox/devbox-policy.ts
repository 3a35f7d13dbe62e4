import { FairleadError, isFairleadError } from "@fairlead/core";
import { sandboxStateCapability } from "../../policy/sandbox-state.js";
import { type DevboxMachine, toUri } from "./devbox-machine.js";

/** Announces that a devbox wants to be told what it may do. */
export const devboxExperimental = { [sandboxStateCapability]: { version: "1.0.0" } } as const;

type Policy =
  | { readonly type: "full-access" }
  | { readonly type: "read-only" }
  /** Files below this folder may be written. */
  | { readonly type: "workspace-write"; readonly folder: string };

/** What a devbox may do now. Nothing here is a sandbox: what cannot be kept inside of one is refused. */
export class DevboxPolicy {
  readonly #machine: DevboxMachine;
  #policy: Policy = { type: "full-access" };

  constructor(machine: DevboxMachine) {
    this.#machine = machine;
  }

  /** Takes the params of `codex/sandbox-state/update`. @throws FairleadError `usage` for what it cannot go by */
  update({ sandboxPolicy, sandboxCwd }: Readonly<Record<string, unknown>>): void {
    const isObject = typeof sandboxPolicy === "object" && sandboxPolicy !== null;
    const type = isObject && "type" in sandboxPolicy ? sandboxPolicy.type : undefined;
    if (type === "danger-full-access") this.#policy = { type: "full-access" };
    else if (type === "read-only") this.#policy = { type };
    else if (type === "workspace-write" && typeof sandboxCwd === "string") {
      this.#policy = { type, folder: toUri(this.#machine, sandboxCwd) };
    } else {
      // Whatever it means, it is not more than reading.
      this.#policy = { type: "read-only" };
      throw new FairleadError("usage", `The sandbox policy ${JSON.stringify(type)} is not known here`, {
        reason: "argument_invalid",
        effect: "none",
      });
    }
  }

  /** @throws FairleadError `forbidden` where commands would have to be sandboxed, which a devbox cannot do */
  checkCommand(): void {
    const { type } = this.#policy;
    if (type !== "full-access") throw refusal(`commands need full access, and the sandbox policy is ${type}`);
  }

  /** @throws FairleadError `forbidden` where the file must not be written */
  async checkWrite(uri: string): Promise<void> {
    const policy = this.#policy;
    if (policy.type === "full-access") return;
    if (policy.type === "read-only") throw refusal("the sandbox policy is read-only");
    const folder = policy.folder.replace(/\/$/, "");
    const outside = refusal("the sandbox policy allows writing in its workspace only");
    if (!isBelow(uri, folder)) throw outside;
    const realFolder = await this.#realUri(folder);
    if (realFolder === undefined) return;
    // The nearest thing on the way that exists tells where a link leads to.
    for (let path = uri; isBelow(path, folder); path = path.slice(0, path.lastIndexOf("/"))) {
      const real = await this.#realUri(path);
      if (real === undefined) continue;
      if (isBelow(real, realFolder)) return;
      throw outside;
    }
  }

  /** @returns undefined for what does not exist; empty for a link to what does not, which may be anywhere */
  async #realUri(uri: string): Promise<string | undefined> {
    try {
      const facts = await this.#machine.files.stat(uri);
      return facts.kind === "link" ? "" : facts.uri;
    } catch (error) {
      if (isFairleadError(error) && error.reason === "file_unknown") return undefined;
      throw error;
    }
  }
}

function isBelow(uri: string, folder: string): boolean {
  return uri.startsWith(`${folder}/`);
}

function refusal(why: string): FairleadError {
  return new FairleadError("forbidden", `This is not allowed: ${why}`, {
    reason: "policy_denied",
    effect: "none",
  });
}
