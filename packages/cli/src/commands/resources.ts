import { FairleadError, isJsonObject } from "@fairlead/core";
import type { ServerDefinition } from "@fairlead/host";
import { type ListedItem, type McpConnection, parseRange } from "@fairlead/mcp";
import { plainCell } from "../output/plain-text.js";
import { formatTable } from "../output/table.js";
import type { Terminal } from "../output/terminal.js";
import { openDefinition } from "../runtime/one-server.js";
import { checkOutputDir, showContent } from "./call-content.js";
import { type CommandContext, openContext } from "./context.js";
import { findTarget } from "./find-target.js";
import type { CommonFlags } from "./flags.js";
import { gatherLists, readAnnounced, readTemplates } from "./gather-lists.js";
import { requestOf } from "./server-request.js";

/** What was typed after `fairlead resources`. */
export interface ResourcesInput {
  readonly server: string | undefined;
  readonly uri: string | undefined;
  readonly flags: CommonFlags & { readonly all?: boolean; readonly outputDir?: string };
}

interface ResourceRow {
  readonly server: string;
  readonly kind: "resource" | "template";
  /** Of a template, with what is to be filled in. */
  readonly uri: string;
  readonly name: string;
  readonly description: string;
  readonly mimeType: string;
}

/** `fairlead resources`: what servers have to read, or the content of one of it. */
export async function resourcesCommand(input: ResourcesInput, terminal: Terminal): Promise<void> {
  const { server, uri, flags } = input;
  await checkOutputDir(flags.outputDir);
  await using context = await openContext(flags, terminal, { about: server });
  if (server !== undefined && uri !== undefined) {
    await readResource({ server, uri }, { context, input, terminal });
    return;
  }
  const { rows, asked, failed } = await gatherLists(
    { context, name: server, all: flags.all === true, asJson: flags.json === true, terminal },
    (connection, definition) => listResources(connection, definition, context.signal),
  );
  if (flags.json === true) {
    terminal.printJson({ resources: rows });
    return;
  }
  if (rows.length === 0) {
    if (failed === 0) terminal.tell(asked === 0 ? "No server is configured yet" : "There are no resources");
    return;
  }
  const columns = [{ title: "SERVER", shrinks: true }, "URI", "NAME", "TYPE"];
  const cells = rows.map((row) => [
    row.server,
    plainCell(row.uri),
    plainCell(row.name),
    row.kind === "template" ? "template" : plainCell(row.mimeType),
  ]);
  terminal.print(formatTable(columns, cells, process.stdout.columns ?? Number.POSITIVE_INFINITY));
}

async function listResources(
  connection: McpConnection,
  definition: ServerDefinition,
  signal: AbortSignal,
): Promise<readonly ResourceRow[]> {
  const toRow =
    (kind: ResourceRow["kind"]) =>
    ({ raw, name = "", uri = "" }: ListedItem): ResourceRow => {
      const value = parseRange(raw);
      const { description, mimeType } = isJsonObject(value) ? value : {};
      return {
        server: definition.name,
        kind,
        uri,
        name,
        description: textOf(description),
        mimeType: textOf(mimeType),
      };
    };
  const resources = await readAnnounced(connection, "resources/list", { definition, signal });
  const templates = await readTemplates(connection, { definition, signal });
  signal.throwIfAborted();
  return [...resources.map(toRow("resource")), ...templates.map(toRow("template"))];
}

async function readResource(
  wanted: { readonly server: string; readonly uri: string },
  { context, input, terminal }: { context: CommandContext; input: ResourcesInput; terminal: Terminal },
): Promise<void> {
  const definition = await findTarget(wanted.server, context);
  using _progress = terminal.progress(`Reading from ${wanted.server} on ${definition.executor}`);
  await using connection = await openDefinition(definition, context);
  const result = await requestOf(connection, {
    method: "resources/read",
    params: { uri: wanted.uri },
    definition,
    signal: context.signal,
  });
  const { contents } = result;
  if (!Array.isArray(contents)) {
    throw new FairleadError("protocol", `Server ${wanted.server} answered without contents`, {
      reason: "frame_invalid",
      details: { server: wanted.server },
    });
  }
  const { json: isJson = false, outputDir } = input.flags;
  if (isJson) terminal.printJson(result);
  const content = contents.map((resource: unknown) => ({ type: "resource", resource }));
  await showContent({ content }, { terminal, outputDir, isQuiet: isJson });
}

function textOf(found: unknown): string {
  return typeof found === "string" ? found : "";
}
