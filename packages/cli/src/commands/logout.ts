import { FairleadError } from "@fairlead/core";
import { logOut } from "../auth/log-out.js";
import { httpServersOf } from "../auth/request-tokens.js";
import type { Terminal } from "../output/terminal.js";
import { openContext } from "./context.js";
import { findLoginServer } from "./find-login-server.js";
import type { CommonFlags } from "./flags.js";

/** `fairlead logout`: forgets logins, and tells their authorization servers as far as those listen. */
export async function logoutCommand(
  name: string | undefined,
  flags: CommonFlags & { readonly all?: boolean },
  terminal: Terminal,
): Promise<void> {
  const isAll = flags.all === true;
  if (isAll === (name !== undefined)) {
    throw new FairleadError("usage", "Give the name of one server, or --all", {
      reason: "argument_invalid",
      effect: "none",
    });
  }
  await using context = await openContext(flags, terminal, { about: name });
  const loggedOut = await logOut(name === undefined ? undefined : findLoginServer(context.config, name), {
    context,
    servers: httpServersOf(context.config),
    warn: (server, text) => terminal.warn(`${server}: ${text}`, flags.json === true),
  });
  if (flags.json === true) terminal.printJson({ loggedOut });
  else if (loggedOut.length > 0) terminal.print(`Logged out of ${loggedOut.join(", ")}`);
  else terminal.print(name === undefined ? "There was no login" : `There was no login to ${name}`);
}
