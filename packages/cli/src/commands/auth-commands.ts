import { type Command, Option } from "commander";
import type { Terminal } from "../output/terminal.js";
import { withCommonFlags } from "./flags.js";

const loginHelp = `
The page is opened in this machine's browser. Without one, use --device, or
open the printed address elsewhere and paste the address that the browser ends
at. Requests to the server and to its authorization server leave from the
server's executor.

Examples:
  fairlead login figma
  fairlead login figma --scopes read,write
  fairlead login figma --device`;

/** Adds what logs in and out: login, logout, auth. */
export function addAuthCommands(program: Command, terminal: Terminal): void {
  withLoginFlags(withCommonFlags(program.command("login")))
    .description("log in to a server that wants OAuth, in a browser")
    .argument("<name>", "a configured server or a connector")
    .option("--device", "show a code to type on another machine, where the server offers that")
    .option("--no-browser", "print the address and open nothing")
    .addHelpText("after", loginHelp)
    .action(async (name: string, flags) => (await import("./login.js")).loginCommand(name, flags, terminal));

  withCommonFlags(program.command("logout"))
    .summary("forget the login of a server")
    .description("forget the login of a server, and tell its authorization server")
    .argument("[name]", "a configured server or a connector")
    .option("--all", "of all servers, also those that are not configured any more")
    .addHelpText("after", "\nExample:\n  fairlead logout figma")
    .action(async (name: string | undefined, flags) =>
      (await import("./logout.js")).logoutCommand(name, flags, terminal),
    );

  const auth = program.command("auth").description("how servers are signed in to");
  withCommonFlags(auth.command("status"))
    .description("show the logins of all configured servers, and where they are kept; asks nobody")
    .addHelpText("after", "\nExample:\n  fairlead auth status --json")
    .action(async (flags) => (await import("./auth-status.js")).authStatusCommand(flags, terminal));
}

/** Adds the flags that say what a login asks for. */
export function withLoginFlags(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--scopes <list>",
        "what to ask for, separated by commas (repeatable; empty: nothing)",
      ).argParser(collectScopes),
    )
    .option("--oauth-client-id <id>", "the id of a client that the authorization server knows already")
    .option("--oauth-resource <url>", "the resource to ask for; none: name no resource");
}

/** Collects `--scopes a,b`, repeated. */
export function collectScopes(text: string, known: readonly string[] = []): string[] {
  const scopes = text.split(/[\s,]+/).filter((scope) => scope !== "");
  return [...new Set([...known, ...scopes])];
}
