import type { FaultSite } from "./support/fault-site.js";

/** What doctor has to say about a fault. */
export interface FoundFault {
  /** The id of the check, and what it is about. */
  readonly check: string;
  readonly server?: string;
  readonly executor?: string;
  /** Where the link is. @default the executor of a server, else this machine */
  readonly machine?: string;
  /** @default failed */
  readonly status?: "failed" | "warning";
  /** In its summary or its message. */
  readonly tells: RegExp;
  /** In the lines to paste. */
  readonly remedy: RegExp;
}

/** One fault in a configuration that has all of them, each in a server or executor of its own. */
export interface PlantedFault extends FoundFault {
  /** Names it, and the server or executor that has it. */
  readonly id: string;
  /** How it is planted, in words. */
  readonly planted: string;
  /** Lines of config.toml. */
  readonly toml: (site: FaultSite) => string | Promise<string>;
}
