import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type CommandResult,
  createHandMadeServer,
  createMarker,
  fixtureServerPath,
  processesWithMarker,
  startHttpFront,
  waitUntil,
  waitUntilGone,
} from "@fairlead/testkit";
import { expect } from "vitest";
import { outputOf } from "../../servers/support/output-of.js";
import type { Column, ColumnName, Place } from "./column.js";

/** Something that must work wherever host and servers run. */
export interface Scenario {
  readonly does: string;
  /** Where it cannot be tried, and why. */
  readonly leftOut?: Readonly<Partial<Record<ColumnName, string>>>;
  readonly run: (column: Column) => Promise<void>;
}

const oneMachine = "host and servers are one machine, with no line between them";
/** A folder name with everything that a careless path breaks at. */
const awkwardName = "Ordner für Übungen, 50% fertig #1";
const goneWithinMs = 20_000;
/** Checks that measure time, which a busy machine may have less of than they allow. */
const timedChecks: ReadonlySet<string> = new Set(["executor-clock"]);

/** Every scenario, in the order of the table in test/src/foreign/README.md. */
export const scenarios: readonly Scenario[] = [
  {
    does: "tells its machine",
    run: async (column) => {
      await column.configure({});
      const told = outputOf(await column.fairlead(["executor", "describe", column.executor, "--json"]));
      const { machine } = JSON.parse(told) as { machine: Record<string, unknown> };
      const windows = column.convention === "windows";
      expect(machine).toMatchObject({
        os: windows ? "windows" : "linux",
        pathConvention: column.convention,
        home: expect.stringMatching(windows ? /^C:\\users\\/i : /^\//) as string,
      });
    },
  },
  {
    does: "runs server-everything in a folder of a user: its tools, and a call",
    run: async (column) => {
      const { spelled: cwd } = await column.userFolder("share");
      const everything = column.node(
        column.packageScript("@modelcontextprotocol/server-everything"),
        "stdio",
      );
      await column.configure({ ev: { ...everything, cwd } });
      expect(outputOf(await column.fairlead(["tools", "ev"]))).toContain("get-sum");
      const sum = await column.fairlead(["call", "ev", "get-sum", '{"a": 19, "b": 23}']);
      expect(outputOf(sum)).toContain("The sum of 19 and 23 is 42.");
    },
  },
  {
    does: "runs server-filesystem in a folder with spaces, umlauts and signs",
    run: async (column) => {
      const place = await column.userFolder(awkwardName);
      const files = column.node(column.packageScript("@modelcontextprotocol/server-filesystem"), ".");
      await column.configure({ files: { ...files, cwd: place.spelled } });
      const path = inFolder(column, place, "Größe.txt").spelled;
      const content = "zwölf Boxkämpfer\n";
      outputOf(await column.fairlead(["call", "files", "write_file", JSON.stringify({ path, content })]));
      expect(await readFile(join(place.seen, "Größe.txt"), "utf8")).toBe(content);
      const read = await column.fairlead(["call", "files", "read_text_file", JSON.stringify({ path })]);
      expect(outputOf(read)).toContain("zwölf Boxkämpfer");
    },
  },
  {
    does: "starts a server through a wrapper script that is named without its extension",
    run: async (column) => {
      const bin = await column.userFolder("wrappers");
      const { command, args = [] } = column.node(fixtureServerPath);
      await writeWrapper(column, bin, { name: "hello-server", line: [command, ...args] });
      await column.configure({
        wrapped: { command: "hello-server", env: { PATH: column.pathWith(bin.spelled) } },
      });
      const said = await column.fairlead(["call", "wrapped", "echo", '{"text": "through a wrapper"}']);
      expect(outputOf(said)).toContain("through a wrapper");
    },
  },
  {
    does: "starts a server as npx does, in a process below a script, and ends both",
    run: async (column) => {
      const bin = await column.userFolder("npx wrappers");
      const marker = createMarker();
      const { command, args = [] } = column.node(fixture("package-runner.mjs"));
      await writeWrapper(column, bin, { name: "npx", line: [command, ...args] });
      const [FIXTURE_SERVER] = column.node(fixtureServerPath).args ?? [];
      const env = { PATH: column.pathWith(bin.spelled), FIXTURE_SERVER };
      await column.configure({
        packaged: { command: "npx", args: ["-y", "hello-server", "--marker", marker], env },
      });
      const calling = column.fairlead(["call", "packaged", "echo", '{"text": "from a package"}']);
      await seenWhile(calling, marker);
      expect(outputOf(await calling)).toContain("from a package");
      await waitUntilGone(marker, { withinMs: goneWithinMs });
    },
  },
  {
    does: "gives a server what is set, what the host has and what its machine has, and nothing else",
    run: async (column) => {
      const isRemote = column.line !== undefined;
      const fromThere = isRemote ? [{ name: "FROM_THERE", source: "executor" }] : [];
      await column.configure({
        env: {
          ...column.node(fixtureServerPath),
          env: { LITERAL: "as it stands: 100% & ^more^" },
          env_vars: ["FROM_HOST", ...fromThere],
        },
      });
      const host = { FROM_HOST: "the value here", FROM_THERE: "of the wrong machine", SECRET: "nobody's" };
      const valueOf = async (name: string): Promise<unknown> => {
        const args = ["call", "env", "env", JSON.stringify({ name }), "--json"];
        const answer = outputOf(await column.fairlead(args, { env: host }));
        return (JSON.parse(answer) as { structuredContent: { value: unknown } }).structuredContent.value;
      };
      expect(await valueOf("LITERAL")).toBe("as it stands: 100% & ^more^");
      expect(await valueOf("FROM_HOST")).toBe("the value here");
      expect(await valueOf("SECRET")).toBeNull();
      if (isRemote) expect(await valueOf("FROM_THERE")).toBe("the value there");
      if (column.convention === "windows") {
        // Names are the same there whatever their case, and the host's folders mean nothing.
        expect(await valueOf("path")).toContain("system32");
        expect(await valueOf("Path")).not.toContain("/usr/bin");
      }
    },
  },
  {
    does: "ends a grandchild that left its session, and ignores polite signals",
    run: async (column) => {
      const marker = createMarker();
      await column.configure({ parent: column.node(fixtureServerPath, "--marker", marker) });
      const args = JSON.stringify({ detached: true, stubborn: true });
      // The answer comes once the grandchild is there.
      const calling = column.fairlead(["call", "parent", "spawn-child", args]);
      await seenWhile(calling, marker);
      outputOf(await calling);
      await waitUntilGone(marker, { withinMs: goneWithinMs });
    },
  },
  {
    does: "goes on where it was after the line was cut",
    leftOut: { local: oneMachine },
    run: async (column) => {
      const place = await column.openFolder("ticks");
      const log = inFolder(column, place, `${createMarker()}.txt`);
      const gate = inFolder(column, place, `${createMarker()}.txt`);
      await column.configure({});
      const ticker = column.node(fixture("ticker.mjs"), "40", "50", log.spelled, gate.spelled);
      const { command, args = [] } = ticker;
      const cutsBefore = column.line?.counters().cuts ?? 0;
      const running = column.fairlead(["run", "--executor", column.executor, "--", command, ...args]);
      await ticked(log.seen, 5, running);
      column.line?.cut();
      // Half of them come behind the cut, however late that was.
      expect(await tickCount(log.seen)).toBeLessThan(40);
      await writeFile(gate.seen, "");
      const { stdout } = await running.then((result) => ({ stdout: outputOf(result) }));
      const ticks = Array.from({ length: 40 }, (_, index) => `tick ${index + 1}\n`);
      expect(stdout).toBe(ticks.join(""));
      expect(column.line?.counters().cuts).toBe(cutsBefore + 1);
    },
  },
  {
    does: "reaches a web server from the machine where servers run",
    run: async (column) => {
      await using front = await startHttpFront({ behind: createHandMadeServer().handle });
      await column.configure({ web: { url: front.url() } });
      expect(outputOf(await column.fairlead(["call", "web", "echo", "{}"]))).toContain("called");
      const methods = front.requests.map(({ rpc }) => rpc?.method);
      expect(methods).toContain("tools/call");
    },
  },
  {
    does: "copies files there and back, by names with spaces and umlauts",
    leftOut: { local: "files of one's own machine need no executor" },
    run: async (column) => {
      await column.configure({});
      const content = `ein Stück Text ${createMarker()}\n`;
      const source = await column.hostFile("notiz.txt", content);
      const place = await column.openFolder(awkwardName);
      const target = inFolder(column, place, "später gelesen.txt");
      const there = `${column.executor}:${target.spelled}`;
      outputOf(await column.fairlead(["cp", source, there, "--force"]));
      expect(await readFile(target.seen, "utf8")).toBe(content);
      expect(outputOf(await column.fairlead(["cp", there, "-"]))).toBe(content);
    },
  },
  {
    does: "refuses a folder of the other kind of machine, and says whose it would be",
    run: async (column) => {
      const cwd = column.convention === "windows" ? "/srv/work" : "C:\\Users\\openai\\share";
      await column.configure({ lost: { ...column.node(fixtureServerPath), cwd } });
      const { code, stderr } = await column.fairlead(["call", "lost", "echo", '{"text": "never"}']);
      expect(stderr).toContain(JSON.stringify(cwd));
      expect(stderr).toContain(
        column.line === undefined ? "runs on this machine" : `runs on the executor ${column.executor}`,
      );
      expect(code).toBe(2);
    },
  },
  {
    does: "is well in the eyes of the doctor",
    run: async (column) => {
      const { spelled: cwd } = await column.userFolder("share");
      await column.configure({ well: { ...column.node(fixtureServerPath), cwd } });
      const examined = await column.fairlead(["doctor", "well", "--json"]);
      const { checks } = JSON.parse(examined.stdout) as { checks: readonly { id: string; status: string }[] };
      const isFine = ({ id, status }: (typeof checks)[number]): boolean =>
        status === "ok" || (status === "warning" && timedChecks.has(id));
      expect(checks.filter((check) => !isFine(check))).toEqual([]);
      expect(examined.code).toBe(0);
    },
  },
];

function fixture(name: string): string {
  // The built tests lie elsewhere than their fixtures.
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
}

function inFolder({ convention }: Column, { spelled, seen }: Place, name: string): Place {
  return { spelled: `${spelled}${convention === "windows" ? "\\" : "/"}${name}`, seen: join(seen, name) };
}

/** A script such as package managers write. @param line program and first arguments that it starts */
async function writeWrapper(
  { convention }: Column,
  { seen }: Place,
  { name, line }: { readonly name: string; readonly line: readonly string[] },
): Promise<void> {
  const quoted = line.map((word) => `"${word}"`).join(" ");
  if (convention === "windows") await writeFile(join(seen, `${name}.cmd`), `@echo off\r\n${quoted} %*\r\n`);
  else {
    const path = join(seen, name);
    await writeFile(path, `#!/bin/sh\nexec ${quoted} "$@"\n`);
    await chmod(path, 0o755);
  }
}

/** Waits until a process with the marker is there, so that its end says something. Fails if the command ends before. */
async function seenWhile(running: Promise<CommandResult>, marker: string): Promise<void> {
  let ended: CommandResult | undefined;
  void running.then(
    (result) => (ended = result),
    () => {},
  );
  await waitUntil(
    () => {
      if (processesWithMarker(marker).length > 0) return true;
      if (ended !== undefined) throw new Error(`Nobody had ${marker} before: ${outputOf(ended)}`);
      return false;
    },
    { withinMs: 60_000, what: `A process with ${marker}` },
  );
}

/** Waits until a ticker has come so far, or has failed. */
async function ticked(file: string, count: number, running: Promise<CommandResult>): Promise<void> {
  let failed: string | undefined;
  void running.then(({ code, stderr }) => (failed = `ended with ${code} before: ${stderr}`));
  await waitUntil(
    async () => {
      if (failed !== undefined) throw new Error(`The ticker ${failed}`);
      return (await tickCount(file)) >= count;
    },
    { withinMs: 60_000, what: `The ticker's line ${count}` },
  );
}

/** How far a ticker has come. */
async function tickCount(file: string): Promise<number> {
  return (await readFile(file, "utf8").catch(() => "")).split("\n").length - 1;
}
