import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { canceledError, FairleadError, toPathUri } from "@fairlead/core";
import { afterAll, describe, expect, it } from "vitest";
import { launched, survivors } from "../fixtures/launched.js";
import { createLocalLauncher } from "./local-launcher.js";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "fairlead launcher ü-")));
afterAll(() => rmSync(folder, { recursive: true }));

describe("launch", () => {
  it("starts in the folder it is told, with the resolved program and only the environment it is given", async () => {
    const { PATH } = process.env;
    await using child = await launched(
      {
        program: "sh",
        args: ["-c", 'pwd; echo "$GREETING,$SECRET,$WANTED"'],
        cwd: toPathUri(folder, "posix"),
        env: { set: { GREETING: "hello" }, inherit: ["WANTED"] },
      },
      { env: { PATH, SECRET: "s", WANTED: "w" } },
    );
    expect(await child.process.closed).toEqual({ reason: "exited", code: 0, signal: null });
    expect(child.text()).toBe(`${folder}\nhello,,w\n`);
    expect(child.process.program).toMatch(/^\/.*\/sh$/);
    expect(Math.abs(child.process.startedAtMs - Date.now())).toBeLessThan(5_000);
  });

  it("starts in the home folder, or the default one, when no folder is told", async () => {
    await using atHome = await launched({ program: "pwd", args: ["-P"] });
    await using elsewhere = await launched({ program: "pwd", args: ["-P"] }, { defaultCwd: folder });
    await Promise.all([atHome.process.closed, elsewhere.process.closed]);
    expect(atHome.text().trim()).toBe(realpathSync(homedir()));
    expect(elsewhere.text().trim()).toBe(folder);
  });

  it("tells how a process was ended by a signal", async () => {
    await using child = await launched({ program: "sh", args: ["-c", "kill -USR1 $$"] });
    expect(await child.process.exited).toEqual({ reason: "exited", code: null, signal: "SIGUSR1" });
  });

  const missing = join(folder, "missing");
  const plain = join(folder, "plain");
  writeFileSync(plain, "text");
  const noInterpreter = join(folder, "script");
  writeFileSync(noInterpreter, "#!/no/such/interpreter\n");
  chmodSync(noInterpreter, 0o755);
  const ok = { program: "true", args: [] };
  const failures = [
    [
      "a program that is nowhere",
      { ...ok, program: "no-such-program" },
      "program_not_found",
      "searched PATH=/",
    ],
    ["a path that is nowhere", { ...ok, program: missing }, "program_not_found", missing],
    ["a file without permission", { ...ok, program: plain }, "program_not_executable", plain],
    [
      "a script without interpreter",
      { ...ok, program: noInterpreter },
      "program_not_executable",
      "interpreter",
    ],
    ["a missing folder", { ...ok, cwd: toPathUri(missing, "posix") }, "cwd_missing", missing],
    ["a file as folder", { ...ok, cwd: toPathUri(plain, "posix") }, "cwd_missing", "not a directory"],
    ["a foreign folder", { ...ok, cwd: "file:///C:/src" }, "path_invalid", "Windows drive"],
    ["an impossible folder", { ...ok, cwd: toPathUri("/tmp/a\0b", "posix") }, "path_invalid", "a\\u0000b"],
    ["an impossible argument", { ...ok, args: ["a\0b"] }, "argument_invalid", "Argument 1"],
    ["an endless command line", { ...ok, args: ["x".repeat(200_000)] }, "limit_reached", "command line"],
    ["a window of nothing", { ...ok, outputWindowBytes: 0 }, "argument_invalid", "outputWindowBytes"],
    ["an empty name", { ...ok, program: "" }, "argument_invalid", "program name"],
    [
      "an impossible terminal",
      { ...ok, stdio: { mode: "pty", columns: 80, rows: 70_000 } },
      "argument_invalid",
      "70000 rows",
    ],
  ] as const;
  it.each(failures)("refuses %s", async (_name, spec, reason, text) => {
    const failure = await launched(spec).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "FairleadError", reason, effect: "none" });
    expect(String(failure)).toContain(text);
  });

  it("starts nothing when it is already cancelled", async () => {
    const marker = join(folder, "started");
    const launch = launched({ program: "touch", args: [marker] }, { signal: AbortSignal.abort() });
    await expect(launch).rejects.toMatchObject({ code: "canceled", effect: "none" });
    const own = new FairleadError("deadline_exceeded", "late");
    const late = AbortSignal.abort(own);
    expect(canceledError(late, "x")).toBe(own);
    await expect(launched({ program: "touch", args: [marker] }, { signal: late })).rejects.toBe(own);
  });

  it("starts nothing when it is cancelled on the way", async () => {
    const controller = new AbortController();
    const mark = `mark-${crypto.randomUUID()}`;
    const launch = createLocalLauncher().launch(
      { program: "sleep", args: ["600"], env: { set: { TEST_MARK: mark } } },
      { onOutput: () => {}, signal: controller.signal },
    );
    controller.abort();
    await expect(launch).rejects.toMatchObject({ code: "canceled" });
    expect(survivors(mark)).toEqual([]);
  });

  it("does nothing to a process when its launch is cancelled too late", async () => {
    const controller = new AbortController();
    await using child = await launched({ program: "cat", args: [] }, { signal: controller.signal });
    controller.abort();
    await child.process.write(Buffer.from("alive"));
    await child.says("alive");
    expect(survivors(child.mark)).toEqual([child.process.pid]);
  });

  it("runs 100 short processes side by side and ends all of them", async () => {
    const outputs = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        await using child = await launched({ program: "sh", args: ["-c", `cat; echo ${index}`] });
        await child.process.write(Buffer.from("in "));
        const report = await child.process.stop();
        expect([...report.forced, ...report.survived]).toEqual([]);
        expect((await child.process.closed).code).toBe(0);
        return child.text();
      }),
    );
    expect(outputs).toEqual(Array.from({ length: 100 }, (_, index) => `in ${index}\n`));
  });
});
