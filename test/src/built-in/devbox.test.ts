import { readFile, symlink } from "node:fs/promises";
import { type Launcher, toPathUri } from "@fairlead/core";
import { createDevboxServer, createHost, type Host } from "@fairlead/host";
import { createFiles, createLocalLauncher, hasPty } from "@fairlead/machine";
import {
  canCountProcesses,
  createMarker,
  createTempFolder,
  processesWithMarker,
  type TempFolder,
  waitUntil,
  waitUntilGone,
} from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { startLimited } from "../limits/support/limited-executor.js";
import { connectInProcessAgent, type InProcessAgent } from "./support/in-process-agent.js";

interface Devbox extends AsyncDisposable {
  readonly agent: InProcessAgent;
  readonly folder: TempFolder;
  readonly host: Host;
}

/** A devbox of this machine that sees one temporary folder. @param launcher @default one of this process */
async function openDevbox(
  answer: ((question: string) => string) | "nobody" = () => "allow once",
  launcher?: Launcher,
): Promise<Devbox> {
  const folder = await createTempFolder();
  const root = toPathUri(folder.path, "posix");
  const machine = {
    launcher: launcher ?? createLocalLauncher({ defaultCwd: folder.path }),
    files: createFiles({ roots: [root] }),
    convention: "posix",
    cwd: root,
  } as const;
  const devbox = createDevboxServer({ version: "1.2.3", executor: "box", connect: async () => machine });
  const host = createHost({ servers: [devbox], version: "1.2.3" });
  const agent = await connectInProcessAgent(host, answer === "nobody" ? undefined : answer);
  return {
    agent,
    folder,
    host,
    [Symbol.asyncDispose]: async () => {
      await host.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const canOpenTerminals = await hasPty();

describe.skipIf(process.platform === "win32")("a devbox", () => {
  test("runs a command in its folder after asking with what will happen", async () => {
    await using box = await openDevbox();
    const result = await box.agent.call("devbox__run_command", {
      command: ["sh", "-c", 'pwd; echo "to stderr" >&2; exit 3'],
      env: { API_TOKEN: "hidden" },
    });
    expect(result["structuredContent"]).toMatchObject({ isRunning: false, exitCode: 3, signal: null });
    const [block] = result["content"] as { text: string }[];
    expect(block?.text.split("\n").toSorted()).toEqual(
      ["[exit code 3]", box.folder.path, "to stderr"].toSorted(),
    );
    expect(box.agent.questions).toEqual([
      [
        'Allow the tool "run_command" of server "devbox" to run on "box"?',
        'Command: sh -c "pwd; echo \\"to stderr\\" >&2; exit 3"',
        `Folder: ${box.folder.path}`,
        'Variables: {\n  "API_TOKEN": "*** (6 characters)"\n}',
        "Asked because the tool says that it may destroy something.",
      ].join("\n"),
    ]);
  });

  test("runs nothing and writes nothing without a yes", async () => {
    await using box = await openDevbox(() => "deny");
    const run = await box.agent.call("devbox__run_command", { command: ["touch", "made"] });
    const write = await box.agent.call("devbox__write_file", { path: "made", content: "x" });
    expect([run["isError"], write["isError"]]).toEqual([true, true]);
    const listed = await box.agent.call("devbox__list_dir");
    expect(listed["structuredContent"]).toEqual({ entries: [], isTruncated: false });
  });

  test("does nothing for a call with a wrong argument", async () => {
    await using box = await openDevbox();
    const refuses = async (tool: string, args: Record<string, unknown>): Promise<void> => {
      const result = await box.agent.call(`devbox__${tool}`, args);
      expect(result).toMatchObject({
        isError: true,
        _meta: { "fairlead/error": { reason: "argument_invalid" } },
      });
    };
    for (const wrong of [{ max_output_chars: "50000" }, { wait_ms: "10" }, { keep_stdin: "no" }]) {
      await refuses("run_command", { command: ["touch", "made"], ...wrong });
    }
    const listed = await box.agent.call("devbox__list_dir");
    expect(listed["structuredContent"]).toEqual({ entries: [], isTruncated: false });

    const command = { command: ["cat"], keep_stdin: true, wait_ms: 0 };
    const started = await box.agent.call("devbox__run_command", command);
    const { process: id } = started["structuredContent"] as { process: number };
    for (const wrong of [{ max_output_chars: "50000" }, { wait_ms: "10" }]) {
      await refuses("write_stdin", { process: id, text: "wrong\n", ...wrong });
      await refuses("interrupt", { process: id, end: true, ...wrong });
    }
    await refuses("write_stdin", { process: id, text: "wrong\n", close: "yes" });
    const right = { process: id, text: "right\n", close: true, wait_ms: 10_000 };
    const ended = await box.agent.call("devbox__write_stdin", right);
    expect(ended["structuredContent"]).toMatchObject({ output: "right\n", isRunning: false, exitCode: 0 });
  });

  test("talks to a program that waits for input, and interrupts it", async () => {
    await using box = await openDevbox();
    const started = await box.agent.call("devbox__run_command", {
      command: ["sh", "-c", 'read line; echo "got $line"; exec sleep 600'],
      keep_stdin: true,
      wait_ms: 0,
    });
    const { process: id } = started["structuredContent"] as { process: number };
    let output = "";
    for (let round = 0; round < 20 && !output.includes("got"); round += 1) {
      const text = round === 0 ? "hello\n" : "";
      const read = await box.agent.call("devbox__write_stdin", { process: id, text, wait_ms: 200 });
      output += (read["structuredContent"] as { output: string }).output;
    }
    expect(output).toBe("got hello\n");
    const ended = await box.agent.call("devbox__interrupt", { process: id, wait_ms: 10_000 });
    expect(ended["structuredContent"]).toMatchObject({ isRunning: false, signal: "SIGINT" });
    const again = await box.agent.call("devbox__interrupt", { process: id });
    expect(again).toMatchObject({
      isError: true,
      content: [{ text: `There is no process ${id}; there are: none` }],
    });
  });

  test.skipIf(!canOpenTerminals)(
    "gives a program a terminal, whose Ctrl-C reaches the foreground job",
    async () => {
      await using box = await openDevbox();
      const started = await box.agent.call("devbox__run_command", {
        command: ["sh", "-c", "test -t 0 && echo terminal; exec sleep 600"],
        tty: true,
        wait_ms: 1_000,
      });
      const { process: id, output } = started["structuredContent"] as { process: number; output: string };
      expect(output).toContain("terminal");
      const ended = await box.agent.call("devbox__interrupt", { process: id, wait_ms: 10_000 });
      expect(ended["structuredContent"]).toMatchObject({ isRunning: false });
    },
  );

  test("shows what a write changes, writes it whole, and reads it back", async () => {
    await using box = await openDevbox();
    await box.folder.write("notes.txt", "one\ntwo\nthree\n");
    const path = "notes.txt";
    await box.agent.call("devbox__write_file", { path, content: "one\n2\nthree\n" });
    await box.agent.call("devbox__write_file", { path: "deep/new.txt", content: "first\n" });
    expect(box.agent.questions[0]).toContain(
      `File: ${box.folder.file(path)}\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\nAsked because`,
    );
    expect(box.agent.questions[1]).toContain(
      `File: ${box.folder.file("deep/new.txt")} (new)\n@@ -0,0 +1,1 @@\n+first\n`,
    );
    expect(await readFile(box.folder.file(path), "utf8")).toBe("one\n2\nthree\n");
    const read = await box.agent.call("devbox__read_file", { path: box.folder.file(path) });
    expect(read["content"]).toEqual([{ type: "text", text: "one\n2\nthree\n" }]);
    const { version } = read["structuredContent"] as { version: string };
    await box.folder.write("notes.txt", "changed by somebody else");
    const late = await box.agent.call("devbox__write_file", { path, content: "x", if_version: version });
    expect(late).toMatchObject({ isError: true, _meta: { "fairlead/error": { reason: "file_changed" } } });
    expect(box.agent.questions).toHaveLength(3);
  });

  test("reads without asking: images as images, and nothing outside of its folder", async () => {
    await using box = await openDevbox("nobody");
    const bytes = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 255]);
    await box.folder.write("a.png", bytes);
    await box.folder.write("a.bin", bytes);
    await box.folder.write("src/main.ts", "");
    await box.folder.write(".gitignore", "dist\n");
    await box.folder.write("dist/main.js", "");
    const image = await box.agent.call("devbox__read_file", { path: "a.png" });
    expect(image["content"]).toEqual([
      { type: "image", mimeType: "image/png", data: bytes.toString("base64") },
    ]);
    expect(await box.agent.call("devbox__read_file", { path: "a.bin" })).toMatchObject({
      isError: true,
      content: [{ text: "a.bin is no text: it has 8 bytes" }],
    });
    expect(await box.agent.call("devbox__read_file", { path: "/etc/passwd" })).toMatchObject({
      isError: true,
      _meta: { "fairlead/error": { code: "forbidden" } },
    });
    const found = await box.agent.call("devbox__find_files", { query: "main" });
    expect(found["structuredContent"]).toMatchObject({ matches: [{ path: "src/main.ts" }] });
    const refused = await box.agent.call("devbox__run_command", { command: ["true"] });
    expect(JSON.stringify(refused)).toContain("[built_ins.devbox.tools.run_command]");
  });

  test("goes by the sandbox state that its agent says", async () => {
    await using box = await openDevbox();
    const update = async (sandboxPolicy: object) => {
      const params = { sandboxPolicy, codexLinuxSandboxExe: null, sandboxCwd: box.folder.file("work") };
      return box.agent.ask("codex/sandbox-state/update", params);
    };
    const write = async (path: string) => {
      const { isError = false } = await box.agent.call("devbox__write_file", { path, content: "x" });
      return !isError;
    };
    expect((await update({ type: "workspace-write" })).result).toEqual({});
    expect([await write("work/a"), await write("work/../b")]).toEqual([true, false]);
    await symlink(box.folder.path, box.folder.file("work/out"));
    await symlink(box.folder.file("nothing-yet"), box.folder.file("work/dangling"));
    expect(await write("work/dangling")).toBe(false);
    await symlink("a", box.folder.file("work/in"));
    expect([await write("work/out/b"), await write("work/in"), await write("work/deep/c")]).toEqual([
      false,
      true,
      true,
    ]);
    const run = await box.agent.call("devbox__run_command", { command: ["touch", "c"] });
    expect(run).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining("workspace-write") }],
    });
    await update({ type: "read-only" });
    expect(await write("work/a")).toBe(false);
    const unknown = await update({ type: "moon-access" });
    expect(unknown.error?.message).toContain('The sandbox policy "moon-access" is not known here');
    await expect(write("work/a")).rejects.toThrow("does not go by the sandbox state");
    await update({ type: "danger-full-access" });
    expect(await write("d")).toBe(true);
    const listed = await box.agent.call("devbox__list_dir");
    expect(listed["structuredContent"]).toMatchObject({ entries: [{ name: "d" }, { name: "work" }] });
  });

  test.skipIf(!canCountProcesses())("leaves no process: call taken back, and session closed", async () => {
    const marker = createMarker();
    const box = await openDevbox();
    const command = ["sh", "-c", `sleep 600 & sleep 601 # ${marker}`];
    const env = { FAIRLEAD_TEST_MARKER: marker };
    const isRunning = (count: number) => () => processesWithMarker(marker).length >= count;
    const taken = box.agent.ask(
      "tools/call",
      { name: "devbox__run_command", arguments: { command, env, wait_ms: 60_000 } },
      waitUntil(isRunning(3), { withinMs: 10_000, what: "The start of all three" }),
    );
    await expect(taken).rejects.toThrow("The agent took it back");
    await waitUntilGone(marker, { withinMs: 10_000 });
    await box.agent.call("devbox__run_command", { command, env, wait_ms: 0 });
    await waitUntil(isRunning(3), { withinMs: 10_000, what: "The start of all three" });
    await box.agent[Symbol.asyncDispose]();
    await waitUntilGone(marker, { withinMs: 10_000 });
    await box[Symbol.asyncDispose]();
  });

  test.skipIf(!canCountProcesses())(
    "ends with its session what a command left running as it ended",
    async () => {
      const marker = createMarker();
      const box = await openDevbox();
      const result = await box.agent.call("devbox__run_command", {
        command: ["sh", "-c", `sleep 600 >/dev/null 2>&1 & # ${marker}`],
        env: { FAIRLEAD_TEST_MARKER: marker },
      });
      expect(result["structuredContent"]).toMatchObject({ isRunning: false, exitCode: 0 });
      // A command that leaves nothing is let go of, and takes nobody with it.
      await box.agent.call("devbox__run_command", { command: ["true"] });
      expect(processesWithMarker(marker)).toHaveLength(1);
      await box.agent[Symbol.asyncDispose]();
      await waitUntilGone(marker, { withinMs: 10_000 });
      await box[Symbol.asyncDispose]();
    },
  );

  test("leaves no place on its executor to commands that have ended", async () => {
    await using limited = await startLimited({ processesPerSession: 1 });
    await using session = await limited.open();
    await using box = await openDevbox(undefined, session.launcher);
    for (let time = 0; time < 6; time += 1) {
      const result = await box.agent.call("devbox__run_command", { command: ["true"] });
      expect(result["structuredContent"]).toMatchObject({ isRunning: false, exitCode: 0 });
    }
    await expect.poll(() => session.listProcesses()).toEqual([]);
  });
});
