import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AccessWay } from "./access-way.js";
import { judgeAccess } from "./private-paths.js";
import { type AccessTools, toolsWay } from "./tools-way.js";
import { closeAccess, closingCommand, readAccess } from "./windows-access.js";

const me = "S-1-5-21-1-2-3-1001";
const own = `D:P(A;;FA;;;${me})`;
const open = `D:AI(A;OICIID;FA;;;BA)(A;OICIID;0x1200a9;;;BU)(A;;FA;;;${me})`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fl-acl-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Programs that behave as those of Windows do: the list is what a file says, and each call is written down. */
async function makeTools(list: string | undefined, code = 0, closed = list): Promise<AccessTools> {
  const tool = async (name: string, script: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  };
  const keep = (name: string, text: string | undefined): Promise<void> =>
    writeFile(join(folder, name), text === undefined ? "" : `\uFEFFx\r\n${text}\r\n`, "utf16le");
  await keep("acl", list);
  await keep("closed", closed);
  const save = list === undefined ? ":" : `cp '${folder}/acl' "$3"`;
  return {
    icacls: await tool(
      "icacls",
      `echo "$@" >> '${folder}/calls'; if [ "$2" = /save ]; then ${save}; else cp '${folder}/closed' '${folder}/acl'; fi; exit ${code}`,
    ),
    whoami: await tool("whoami", `echo '"desk\\me","${me}"'`),
  };
}

const wayOf = async (...args: Parameters<typeof makeTools>): Promise<AccessWay> =>
  toolsWay(await makeTools(...args));

const calls = async (): Promise<readonly string[]> =>
  (await readFile(join(folder, "calls"), "utf8")).trim().split("\n");

describe.skipIf(process.platform === "win32")("access lists (by stand-ins for the tools of Windows)", () => {
  test("tell who else may read, with the line that ends it", async () => {
    const answer = await readAccess(folder, await wayOf(open));
    expect(judgeAccess("C:\\my state", true, answer)).toEqual({
      kind: "open",
      how: "all users of this machine",
      remedy:
        `icacls "C:\\my state" /inheritance:r /grant:r "*${me}:(OI)(CI)F" "*S-1-5-18:(OI)(CI)F" ` +
        '"*S-1-5-32-544:(OI)(CI)F" /remove:g "*S-1-5-32-545"',
    });
    expect(judgeAccess("x", false, { kind: "known", ownSid: me, others: [] })).toEqual({ kind: "private" });
  });

  test("of paths that a shell would take apart are named in quotes", () => {
    const answer = { kind: "known", ownSid: me, others: [] } as const;
    expect(closingCommand("C:\\a&b", false, answer)).toContain('icacls "C:\\a&b" ');
    expect(closingCommand("C:\\a-b", false, answer)).toContain("icacls C:\\a-b ");
  });

  test("are narrowed to the user, the system and administrators", async () => {
    await closeAccess(folder, await wayOf(open, 0, own));
    expect((await calls()).at(-2)).toBe(
      `${folder} /inheritance:r /grant:r *${me}:(OI)(CI)F *S-1-5-18:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F /remove:g *S-1-5-32-545`,
    );
    const file = join(folder, "file");
    await writeFile(file, "");
    await closeAccess(file, await wayOf(own));
    expect((await calls()).at(-2)).toBe(
      `${file} /inheritance:r /grant:r *${me}:F *S-1-5-18:F *S-1-5-32-544:F`,
    );
  });

  test("that cannot be read are unknown, and never private", async () => {
    expect(await readAccess(folder, await wayOf(undefined))).toMatchObject({ kind: "unknown" });
    expect(await readAccess(folder, await wayOf(open, 5))).toMatchObject({ kind: "unknown" });
    const tools = await makeTools(open);
    const missing = await readAccess(folder, toolsWay({ ...tools, whoami: join(folder, "none") }));
    expect(missing).toMatchObject({ kind: "unknown", why: expect.stringContaining("none") });
  });

  test("that cannot be written are told", async () => {
    await expect(closeAccess(folder, await wayOf(open, 5))).rejects.toMatchObject({
      code: "unavailable",
    });
  });

  test("that are as open as before are told, and so are those that nobody can read any more", async () => {
    await expect(closeAccess(folder, await wayOf(open))).rejects.toThrow(
      "it is still open to all users of this machine",
    );
    await expect(closeAccess(folder, await wayOf(open, 0, "none"))).rejects.toThrow("nobody can tell");
  });

  test("with users of a domain never make a program look for such a name", async () => {
    const domain = `D:(A;;FR;;;DU)(A;;FR;;;WD)(A;;FA;;;${me})`;
    await expect(closeAccess(folder, await wayOf(domain, 0, "D:(A;;FR;;;DU)"))).rejects.toThrow(
      "it is still open to users of the domain",
    );
    const closing = (await calls()).filter((line) => line.includes("/grant:r"));
    expect(closing).toEqual([expect.stringMatching(/ \/remove:g \*S-1-1-0$/)]);
  });

  test("that were found private are not looked at again", async () => {
    const way = await wayOf(own);
    await readAccess(folder, way);
    await readAccess(folder, way);
    expect(await calls()).toHaveLength(1);
  });
});
