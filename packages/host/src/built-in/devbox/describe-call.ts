import { isFairleadError } from "@fairlead/core";
import { cutText, showArguments, shownArgumentBytes } from "../../policy/show-arguments.js";
import { requireTextArgument, type ToolArguments } from "../arguments.js";
import { type DevboxMachine, toPath, toUri } from "./devbox-machine.js";
import { toDevboxLaunch } from "./process-tools.js";
import { decodeText, readAll } from "./read-all.js";
import { unifiedDiff } from "./unified-diff.js";

/** Bytes of the file that is there which are read to show what changes. */
const diffedBytes = 1024 * 1024;

/**
 * Says what a call of a devbox will do: the command and its folder, or the file and its changes.
 * @returns undefined for tools whose arguments say it all
 * @throws FairleadError for arguments that cannot be used, so that nobody is asked about them
 */
export async function describeDevboxCall(
  machine: DevboxMachine,
  tool: string,
  args: ToolArguments,
): Promise<string | undefined> {
  if (tool === "run_command") return describeRun(machine, args);
  return tool === "write_file" ? describeWrite(machine, args) : undefined;
}

function describeRun(machine: DevboxMachine, args: ToolArguments): string {
  const { program, args: rest, cwd = machine.cwd, env, stdio, shellProfile } = toDevboxLaunch(machine, args);
  const lines = [
    cutText(`Command: ${[program, ...rest].map(quote).join(" ")}`, shownArgumentBytes),
    `Folder: ${toPath(machine, cwd)}`,
  ];
  if (env?.set !== undefined) lines.push(`Variables: ${showArguments(env.set)}`);
  if (shellProfile === true)
    lines.push("It gets what the profile of the user's shell sets, which is run first.");
  if (stdio?.mode === "pty") lines.push("It gets a terminal.");
  return lines.join("\n");
}

async function describeWrite(machine: DevboxMachine, args: ToolArguments): Promise<string> {
  const uri = toUri(machine, requireTextArgument(args, "path"));
  const content = requireTextArgument(args, "content");
  const path = `File: ${toPath(machine, uri)}`;
  const before = await readBefore(machine, uri);
  if (before.kind === "new") return `${path} (new)\n${cutText(unifiedDiff("", content), shownArgumentBytes)}`;
  if (before.kind === "unreadable") {
    return `${path} (replaced; what is there cannot be shown)\n${cutText(content, shownArgumentBytes)}`;
  }
  const diff = unifiedDiff(before.text, content);
  return diff === "" ? `${path} (no change)` : `${path}\n${cutText(diff, shownArgumentBytes)}`;
}

type Before =
  | { readonly kind: "new" }
  | { readonly kind: "unreadable" }
  | { readonly kind: "text"; readonly text: string };

async function readBefore(machine: DevboxMachine, uri: string): Promise<Before> {
  try {
    const { bytes, sizeBytes } = await readAll(machine, uri, { lengthBytes: diffedBytes });
    const text = sizeBytes > diffedBytes ? undefined : decodeText(bytes);
    return text === undefined ? { kind: "unreadable" } : { kind: "text", text };
  } catch (error) {
    if (isFairleadError(error) && error.reason === "file_unknown") return { kind: "new" };
    return { kind: "unreadable" };
  }
}

/** Quotes what a shell would have to, so that a person sees where an argument ends. */
function quote(argument: string): string {
  return /^[\w./:=@%+,-]+$/.test(argument) ? argument : JSON.stringify(argument);
}
