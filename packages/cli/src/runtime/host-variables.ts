import { FairleadError } from "@fairlead/core";
import { isReplacedValue } from "@fairlead/machine";

/** Where variables of this machine come from, and to what program they go. */
export interface HostVariableOptions {
  /** The environment that they are copied from. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Whether the program runs on this machine, whose executor has our environment. */
  readonly isLocal: boolean;
  /** Who wants them, for messages. */
  readonly whose: string;
}

/**
 * Copies variables of this machine for a launch. One whose value is not UTF-8 cannot be copied: a program here inherits it, and
 * none elsewhere gets it.
 * PATH and HOME of this machine mean nothing on another.
 * @throws FairleadError `usage`, reason `argument_invalid`, naming the variable
 */
export function copyHostVariables(
  names: readonly string[],
  { env, isLocal, whose }: HostVariableOptions,
): { readonly set: Record<string, string>; readonly inherit: readonly string[] } {
  const set: Record<string, string> = {};
  const inherit: string[] = [];
  for (const name of names) {
    if (!isLocal && /^(?:PATH|HOME)$/i.test(name)) throw ofThisMachine(name, whose);
    const value = env[name];
    if (value === undefined) continue;
    if (!isReplacedValue(name, value)) set[name] = value;
    else if (isLocal) inherit.push(name);
    else throw unreadable(name, whose);
  }
  return { set, inherit };
}

function ofThisMachine(name: string, whose: string): FairleadError {
  return new FairleadError(
    "usage",
    `${whose}: ${name} of this machine means nothing on another one, which has its own. Leave it out, or set it to what it is to be there`,
    { reason: "argument_invalid", effect: "none", details: { variable: name } },
  );
}

function unreadable(name: string, whose: string): FairleadError {
  return new FairleadError(
    "usage",
    `${whose}: the environment variable ${name} of this machine is not UTF-8, so it cannot be sent to another one. Change its value, or leave it out`,
    { reason: "argument_invalid", effect: "none", details: { variable: name } },
  );
}
