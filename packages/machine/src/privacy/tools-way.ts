import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, win32 } from "node:path";
import { FairleadError } from "@fairlead/core";
import { runTool } from "../processes/run-tool.js";
import { othersIn } from "./access-list.js";
import { type AccessWay, alwaysAllowed, type Closing } from "./access-way.js";

/** The tools of Windows that read and write access lists. */
export interface AccessTools {
  readonly icacls: string;
  readonly whoami: string;
}

/** Of nobody's PATH: other programs have these names too. */
const ownTools: AccessTools = {
  icacls: inSystemFolder("icacls.exe"),
  whoami: inSystemFolder("whoami.exe"),
};

/** Access lists by the programs of Windows. Each look starts one; what was found to be private is not looked at again. */
export function toolsWay(tools: AccessTools = ownTools): AccessWay {
  const foundPrivate = new Set<string>();
  let ownSid: Promise<string> | undefined;
  return {
    findOwnSid: () => {
      ownSid ??= askOwnSid(tools);
      ownSid.catch(() => (ownSid = undefined));
      return ownSid;
    },
    readOthers: async (path, sid) => {
      if (foundPrivate.has(path)) return [];
      const others = othersIn(await readList(path, tools), sid);
      if (others === undefined) throw new FairleadError("unavailable", "icacls tells no access list");
      if (others.length === 0) foundPrivate.add(path);
      return others;
    },
    close: async (closing) => {
      foundPrivate.delete(closing.path);
      await run(tools.icacls, closingArguments(closing));
    },
  };
}

/** What icacls is given to close a file or folder. Nobody is named but by his identifier. */
export function closingArguments({ path, isFolder, ownSid, others }: Closing): readonly string[] {
  const rights = isFolder ? ":(OI)(CI)F" : ":F";
  const grants = [ownSid, ...alwaysAllowed].map((each) => `*${each}${rights}`);
  const removals = others.flatMap(({ sid }) => (sid === undefined ? [] : [`*${sid}`]));
  return [
    path,
    "/inheritance:r",
    "/grant:r",
    ...grants,
    ...(removals.length === 0 ? [] : ["/remove:g", ...removals]),
  ];
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
