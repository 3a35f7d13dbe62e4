import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, win32 } from "node:path";
import { FairleadError } from "@fairlead/core";
import { runTool } from "../processes/run-tool.js";
import { othersIn, type Trustee } from "./access-list.js";

/** The tools of Windows that read and write access lists. */
export interface AccessTools {
  readonly icacls: string;
  readonly whoami: string;
}

/** What an access list says about others. */
export type AccessAnswer =
  | { readonly kind: "known"; readonly others: readonly Trustee[]; readonly ownSid: string }
  /** In words. */
  | { readonly kind: "unknown"; readonly why: string };

/** Of nobody's PATH: other programs have these names too. */
const ownTools: AccessTools = {
  icacls: inSystemFolder("icacls.exe"),
  whoami: inSystemFolder("whoami.exe"),
};

let ownSid: Promise<string> | undefined;

/** Reads who may use a file or folder. Never rejects. */
export async function readAccess(path: string, tools: AccessTools = ownTools): Promise<AccessAnswer> {
  try {
    const [sid, list] = await Promise.all([findOwnSid(tools), readList(path, tools)]);
    const others = othersIn(list, sid);
    if (others === undefined) return { kind: "unknown", why: "icacls tells no access list" };
    return { kind: "known", others, ownSid: sid };
  } catch (thrown) {
    return { kind: "unknown", why: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

/**
 * Leaves a file or folder, with all that will be made in it, to its user, the system and administrators.
 * @throws FairleadError `unavailable` where the system refuses it
 */
export async function closeAccess(path: string, tools: AccessTools = ownTools): Promise<void> {
  const isFolder = (await stat(path)).isDirectory();
  const [sid, access] = await Promise.all([findOwnSid(tools), readAccess(path, tools)]);
  const others = access.kind === "known" ? access.others : [];
  await run(tools.icacls, closingArguments({ path, isFolder, ownSid: sid, others }));
}

/** The line that a person types to do what {@link closeAccess} does. It is the same in cmd and PowerShell. */
export function closingCommand(path: string, isFolder: boolean, answer: AccessAnswer): string {
  const { ownSid: sid, others } =
    answer.kind === "known" ? answer : { ownSid: "S-1-3-4", others: [] as readonly Trustee[] };
  const args = closingArguments({ path, isFolder, ownSid: sid, others });
  return ["icacls", ...args.map((word) => (/^[\w:\\./-]+$/.test(word) ? word : `"${word}"`))].join(" ");
}

/** The security identifier of the user, asked for once. @throws FairleadError `unavailable` */
function findOwnSid(tools: AccessTools): Promise<string> {
  if (tools !== ownTools) return askOwnSid(tools);
  ownSid ??= askOwnSid(tools);
  ownSid.catch(() => (ownSid = undefined));
  return ownSid;
}

async function askOwnSid({ whoami }: AccessTools): Promise<string> {
  const said = await run(whoami, ["/user", "/fo", "csv", "/nh"]);
  const sid = /S-1-[\d-]+/.exec(said)?.[0];
  if (sid === undefined) throw new FairleadError("unavailable", "whoami does not tell who we are");
  return sid;
}

/** What icacls prints is in the language of the system; what it saves is not. */
async function readList(path: string, { icacls }: AccessTools): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "fairlead-acl-"));
  try {
    const saved = join(folder, "list");
    await run(icacls, [path, "/save", saved, "/q"]);
    return await readFile(saved, "utf16le");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Closing {
  readonly path: string;
  readonly isFolder: boolean;
  readonly ownSid: string;
  readonly others: readonly Trustee[];
}

function closingArguments({ path, isFolder, ownSid: sid, others }: Closing): readonly string[] {
  const rights = isFolder ? ":(OI)(CI)F" : ":F";
  const grants = [sid, "S-1-5-18", "S-1-5-32-544"].map((each) => `*${each}${rights}`);
  const removals = others.map((other) => (other.sid.startsWith("S-1-") ? `*${other.sid}` : other.sid));
  return [
    path,
    "/inheritance:r",
    "/grant:r",
    ...grants,
    ...(removals.length === 0 ? [] : ["/remove:g", ...removals]),
  ];
}

async function run(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runTool({ program, args, patienceMs: 20_000 });
  if (code === 0) return stdout.toString("latin1");
  const words = Buffer.concat([stderr, stdout])
    .toString("latin1")
    .trim()
    .replaceAll(/\s+/g, " ")
    .slice(0, 300);
  throw new FairleadError("unavailable", `${program} failed with code ${code}: ${words}`, {
    effect: "unknown",
    details: { program, exitCode: code },
  });
}

function inSystemFolder(name: string): string {
  const root = process.env["SystemRoot"] ?? process.env["SYSTEMROOT"] ?? "C:\\Windows";
  return win32.join(root, "System32", name);
}
