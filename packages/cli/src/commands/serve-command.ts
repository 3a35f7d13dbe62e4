import { type Command, InvalidArgumentError, Option } from "commander";
import type { Terminal } from "../output/terminal.js";
import { collect, withCommonFlags, withFeatureFlags } from "./flags.js";

const serveHelp = `
Without --http it serves the one agent that started it, over stdio. Over HTTP,
/mcp offers every server and /mcp/NAME just one, for many agents. They need the
token in ~/.fairlead/gateway-token, which is created at the first start. A
changed configuration takes effect at once; SIGHUP reloads it too.

Examples:
  fairlead serve
  fairlead serve --http 127.0.0.1:7150`;

/** Adds `serve`. */
export function addServeCommand(program: Command, terminal: Terminal): void {
  withFeatureFlags(withCommonFlags(program.command("serve")))
    .summary("be one MCP server for everything that is configured")
    .description("be one MCP server, over stdio or HTTP, for everything that is configured")
    .option("--http [address]", "listen on host:port, [ipv6]:port or a port, instead of stdio")
    .option("--server <name>", "over stdio: be this one server, with its own names")
    .addOption(
      new Option("--attach <mode>", "over stdio: hand the agent to a hub that is running")
        .choices(["auto", "never", "always"])
        .default("auto"),
    )
    .addOption(
      new Option("--linger-sec <seconds>", "end so long after the last agent")
        .argParser(toSeconds)
        .hideHelp(),
    )
    .option("--http-token-env <name>", "take the token from this variable")
    .option("--http-no-auth", "ask for no token (only on 127.0.0.1 and ::1)")
    .option("--tls-cert <file>", "PEM certificate, for https")
    .option("--tls-key <file>", "its PEM key")
    .option("--allowed-origin <origin>", "a web page that may be an agent (repeatable)", collect)
    .option("--allowed-host <name>", "a name it is reached under (repeatable)", collect)
    .option("--dangerously-allow-public-plaintext", "let others on the way read and change everything")
    .addHelpText("after", serveHelp)
    .action(async (flags) => (await import("./serve.js")).serveCommand(flags, terminal));
}

function toSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== "" && seconds >= 0 && seconds <= 2_147_483) return seconds;
  throw new InvalidArgumentError("write a number of seconds");
}
