import { isJsonObject } from "@fairlead/core";
import type { ServerDefinition } from "@fairlead/host";
import { exposedName, type McpConnection, parseRange } from "@fairlead/mcp";
import { plainCell } from "../output/plain-text.js";
import { formatTable } from "../output/table.js";
import type { Terminal } from "../output/terminal.js";
import { openDefinition } from "../runtime/one-server.js";
import { type CommandContext, openContext } from "./context.js";
import { decodeBlock } from "./decode-block.js";
import { findTarget } from "./find-target.js";
import type { CommonFlags } from "./flags.js";
import { gatherLists, readAnnounced } from "./gather-lists.js";
import { readJsonArguments } from "./json-argument.js";
import { requestOf } from "./server-request.js";

/** What was typed after `fairlead prompts`. */
export interface PromptsInput {
  readonly server: string | undefined;
  readonly prompt: string | undefined;
  readonly argumentsJson: string;
  readonly flags: CommonFlags & { readonly all?: boolean };
}

interface PromptRow {
  readonly server: string;
  /** The server's own name for it. */
  readonly name: string;
  /** The name that agents see. */
  readonly exposedName: string;
  readonly arguments: readonly { readonly name: string; readonly required: boolean }[];
  readonly description: string;
}

/** `fairlead prompts`: the prompts that servers have, or what one of them says. */
export async function promptsCommand(input: PromptsInput, terminal: Terminal): Promise<void> {
  const { server, prompt, flags } = input;
  const args = readJsonArguments(input.argumentsJson, "prompt's");
  await using context = await openContext(flags, terminal, { about: server });
  if (server !== undefined && prompt !== undefined) {
    const result = await getPrompt({ server, prompt, args }, context, terminal);
    if (flags.json === true) terminal.printJson(result);
    else showPrompt(result, terminal);
    return;
  }
  const { rows, asked, failed } = await gatherLists(
    { context, name: server, all: flags.all === true, asJson: flags.json === true, terminal },
    (connection, definition) => listPrompts(connection, definition, context),
  );
  if (flags.json === true) {
    terminal.printJson({ prompts: rows });
    return;
  }
  if (rows.length === 0) {
    if (failed === 0) terminal.tell(asked === 0 ? "No server is configured yet" : "There are no prompts");
    return;
  }
  const cells = rows.map((row) => [
    plainCell(row.exposedName),
    plainCell(row.arguments.map(({ name, required }) => (required ? name : `[${name}]`)).join(" ")),
    plainCell(row.description),
  ]);
  const columns = ["PROMPT", "ARGUMENTS", "DESCRIPTION"];
  terminal.print(formatTable(columns, cells, process.stdout.columns ?? Number.POSITIVE_INFINITY));
}

async function listPrompts(
  connection: McpConnection,
  definition: ServerDefinition,
  { config, signal }: CommandContext,
): Promise<readonly PromptRow[]> {
  const { name: server } = definition;
  const items = await readAnnounced(connection, "prompts/list", { definition, signal });
  return items.flatMap(({ raw, name }): PromptRow[] => {
    if (name === undefined) return [];
    const value = parseRange(raw);
    const { description, arguments: args } = isJsonObject(value) ? value : {};
    return [
      {
        server,
        name,
        exposedName: exposedName(server, name, config.maxName),
        arguments: (Array.isArray(args) ? args : []).filter(isJsonObject).map((one) => ({
          name: String(one["name"]),
          required: one["required"] === true,
        })),
        description: typeof description === "string" ? description : "",
      },
    ];
  });
}

async function getPrompt(
  { server, prompt, args }: { readonly server: string; readonly prompt: string; readonly args: object },
  context: CommandContext,
  terminal: Terminal,
): Promise<Readonly<Record<string, unknown>>> {
  const definition = await findTarget(server, context);
  using _progress = terminal.progress(`Asking ${server} on ${definition.executor}`);
  await using connection = await openDefinition(definition, context);
  const known = prompt.startsWith(`${server}__`) ? await listPrompts(connection, definition, context) : [];
  const name = known.find((one) => one.exposedName === prompt)?.name ?? prompt;
  const params = { name, arguments: args };
  return await requestOf(connection, { method: "prompts/get", params, definition, signal: context.signal });
}

/** Each message with the words of whose it is in front, and what is no text by its kind. */
function showPrompt({ messages }: Readonly<Record<string, unknown>>, terminal: Terminal): void {
  for (const message of Array.isArray(messages) ? messages : []) {
    const { role, content } = isJsonObject(message) ? message : {};
    for (const block of Array.isArray(content) ? content : [content]) {
      const decoded = decodeBlock(block);
      const text =
        decoded.kind === "text"
          ? decoded.text
          : `[${decoded.kind === "data" ? decoded.mimeType : decoded.what}]`;
      terminal.print(`${String(role)}: ${text}`);
    }
  }
}
