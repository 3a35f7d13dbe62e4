import { FairleadError } from "@fairlead/core";
import { checkMachineLogin, type LoginFlags, logIn } from "../auth/log-in.js";
import { createLoginUi } from "../auth/login-terminal.js";
import { isMachineServer } from "../auth/machine-login.js";
import type { Terminal } from "../output/terminal.js";
import { openContext } from "./context.js";
import { findLoginServer } from "./find-login-server.js";
import type { CommonFlags } from "./flags.js";

/** `fairlead login`: a person says yes in a browser, once; the login is kept and renewed from then on. */
export async function loginCommand(
  name: string,
  flags: CommonFlags & LoginFlags & { readonly browser?: boolean },
  terminal: Terminal,
): Promise<void> {
  await using context = await openContext(flags, terminal, { about: name });
  const server = findLoginServer(context.config, name);
  if (flags.device === true && flags.browser === false) {
    throw new FairleadError("usage", "--device opens no browser anyway; leave --no-browser out", {
      reason: "argument_invalid",
      effect: "none",
    });
  }
  const ui = createLoginUi({ terminal, env: context.env, opensBrowser: flags.browser !== false });
  const isMachine = isMachineServer(server);
  const { issuer, scopes, expiresAtMs } = isMachine
    ? await checkMachineLogin(server, flags, context)
    : await logIn(server, flags, { context, ui });
  if (flags.json === true) {
    terminal.printJson({
      server: name,
      loggedIn: true,
      issuer,
      ...(scopes === undefined ? {} : { scopes }),
      ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    });
  } else if (isMachine) terminal.print(`${name} needs no login: this machine got a token by itself`);
  else terminal.print(`Logged in to ${name}`);
}
