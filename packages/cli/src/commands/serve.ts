import { errorTable, FairleadError } from "@fairlead/core";
import { hardenProcess } from "@fairlead/machine";
import { plainText } from "../output/plain-text.js";
import type { Terminal } from "../output/terminal.js";
import { projectWatchList } from "../project/watch-list.js";
import { createGatewayGuard } from "../serve/gateway-guard.js";
import { readGatewayToken, tokenFromEnv } from "../serve/gateway-token.js";
import { type HttpPlan, planHttp } from "../serve/http-plan.js";
import { openServing } from "../serve/open-serving.js";
import type { ServeFlags } from "../serve/serve-flags.js";
import { serveHttp } from "../serve/serve-http.js";
import { serveStdio } from "../serve/serve-stdio.js";
import { warnIfOpen } from "../serve/warn-if-open.js";
import { type CommandContext, openContext } from "./context.js";

/** `fairlead serve`: everything that is configured, as one MCP server: over stdio for one agent, over HTTP for many. */
export async function serveCommand(flags: ServeFlags, terminal: Terminal): Promise<void> {
  // An agent need not wait for it: what it starts comes later.
  void hardenProcess();
  // Whoever started us may be a program, whatever our terminal is.
  const context = await openContext(flags, terminal, { asks: false });
  let ended: FairleadError | undefined;
  try {
    ended = await serveWith(context, flags, terminal);
  } catch (thrown) {
    await context[Symbol.asyncDispose]();
    throw thrown;
  }
  // What is still open belongs to executors, which end it without us.
  process.exit(ended === undefined ? 0 : errorTable[ended.code].exit);
}

/** @returns why it ended other than by its agent's wish or by a signal; people were told already */
async function serveWith(
  context: CommandContext,
  flags: ServeFlags,
  terminal: Terminal,
): Promise<FairleadError | undefined> {
  const plan = await planHttp(flags, context.config.gateway);
  if (plan !== undefined && flags.server !== undefined) {
    throw new FairleadError(
      "usage",
      `--server is for stdio; over HTTP its endpoint is /mcp/${flags.server}`,
      {
        reason: "argument_invalid",
        effect: "none",
      },
    );
  }
  if (plan === undefined && flags.attach === "always") {
    throw new FairleadError(
      "usage",
      "--attach always takes no other flag but --server: a hub has the configuration of its home",
      { reason: "argument_invalid", effect: "none" },
    );
  }
  const token = plan === undefined ? undefined : await readToken(plan, context);
  const guard =
    plan?.oauth === undefined
      ? undefined
      : createGatewayGuard({
          oauth: plan.oauth,
          env: context.env,
          fetch: context.http.fetch,
          warn: (text) => terminal.tell(plainText(`fairlead: ${text}`)),
        });
  const projectWatch = await projectWatchList({ home: context.home, cwd: context.cwd });
  const serving = openServing(context, { flags, terminal, hasSoleAgent: plan === undefined, projectWatch });
  void warnIfOpen(context.home, (text) => terminal.tell(plainText(`fairlead: ${text}`)));
  const { servers, connectors } = context.config;
  const enabled = [...servers.values(), ...connectors.values()].filter((server) => server.enabled);
  if (enabled.length === 0 && context.invalid === undefined) {
    terminal.tell(
      "fairlead: no server is configured yet, so there are no tools. Add one: fairlead add NAME -- COMMAND",
    );
  }
  if (plan !== undefined) {
    await serveHttp(serving, plan, { context, terminal, token, guard, lingerSec: flags.lingerSec });
    await context[Symbol.asyncDispose]();
    return undefined;
  }
  const lonely = enabled.filter(({ transport, share }) => transport === "stdio" && share === "all");
  if (lonely.length > 0) {
    const names = lonely.map(({ name }) => name).join(", ");
    terminal.tell(
      `fairlead: share = "all" of ${names} has no effect here; agents share through a hub: fairlead serve --http`,
    );
  }
  return serveStdio(serving, flags.server, { context, terminal });
}

async function readToken({ auth }: HttpPlan, { home, env }: CommandContext): Promise<string | undefined> {
  if (auth === "none") return undefined;
  return auth === "file" ? readGatewayToken(home) : tokenFromEnv(auth.env, env);
}
