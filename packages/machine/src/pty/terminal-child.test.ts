import { readdirSync, readlinkSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { settlesWithinMs } from "@fairlead/core";
import { describe, expect, it } from "vitest";
import { type Launched, launched } from "../fixtures/launched.js";

const stdio = { mode: "pty", columns: 80, rows: 24 } as const;

/** Runs a shell script in a terminal. */
function shell(script: string, options: Parameters<typeof launched>[1] = {}): Promise<Launched> {
  const stopTimes = { stdinGraceMs: 0 };
  return launched({ program: "sh", args: ["-c", script], stdio, stopTimes }, options);
}

/** What the descriptors of a process are open on, straight from /proc. */
function openFiles(pid: number | "self"): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      // The listing's own descriptor.
      return [];
    }
  });
}

describe.skipIf(process.platform !== "linux")("a child in a terminal", () => {
  it("has a terminal on all three, as leader of its own session and group, in the foreground", async () => {
    await using child = await shell(
      'test -t 0 && test -t 1 && test -t 2 && test "$(tty)" = "$(readlink /proc/$$/fd/2)" && ps -o pid=,pgid=,sid=,tpgid= $$; echo oops >&2; sleep 600',
    );
    await child.says("oops");
    const { pid } = child.process;
    const numbers = [...child.text().matchAll(/\d+/g)].map(([number]) => Number(number));
    expect(numbers.slice(0, 3)).toEqual([pid, pid, pid]);
    expect(child.text("stderr")).toBe("");
  });

  it("tells exit code and signal, and delivers what came before the exit", async () => {
    await using counted = await shell("seq 1 20000; exit 7");
    expect(await counted.process.closed).toEqual({ reason: "exited", code: 7, signal: null });
    expect(counted.text().split("\r\n").length).toBe(20_001);
    await using killed = await shell("echo dying; kill -KILL $$");
    expect(await killed.process.closed).toEqual({ reason: "exited", code: null, signal: "SIGKILL" });
    expect(killed.text()).toBe("dying\r\n");
  });

  it("gets the environment as it is, and a terminal name unless told one", async () => {
    const print = `${process.execPath} -p 'JSON.stringify([process.env.TERM, process.env["a.b"]])'`;
    const run = async (set: Record<string, string>): Promise<string> => {
      await using child = await launched(
        { program: "sh", args: ["-c", `exec ${print}`], stdio, env: { set } },
        { env: { PATH: process.env["PATH"], TERM: "dumb" } },
      );
      await child.process.closed;
      return child.text().trim();
    };
    expect(await run({})).toBe('["xterm-256color",null]');
    expect(await run({ TERM: "vt100" })).toBe('["vt100",null]');
    await using direct = await launched({ program: "env", args: [], stdio, env: { set: { "a.b": "kept" } } });
    await direct.process.closed;
    expect(direct.text()).toContain("a.b=kept\r\n");
  });

  it("sees its size, and each new one with SIGWINCH", async () => {
    await using child = await shell("trap 'stty size' WINCH; stty size; while :; do sleep 0.01; done");
    await child.says("24 80");
    await child.process.resize(132, 50);
    await child.says("50 132");
    await child.process.resize(65_535, 65_535);
    await child.says("65535 65535");
    for (const [columns, rows] of [
      [0, 24],
      [80, 65_536],
      [80.5, 24],
      [80, Number.NaN],
    ] as const) {
      await expect(child.process.resize(columns, rows)).rejects.toMatchObject({ code: "usage" });
    }
    await child.process.stop({ stdinGraceMs: 0 });
    await expect(child.process.resize(80, 24)).rejects.toMatchObject({ reason: "process_exited" });
  });

  it("refuses an impossible size before it starts anything", async () => {
    const impossible = { mode: "pty", columns: 0, rows: 24 } as const;
    await expect(launched({ program: "true", args: [], stdio: impossible })).rejects.toMatchObject({
      code: "usage",
      effect: "none",
    });
  });

  it("tells a program whose interpreter is missing", async () => {
    const folder = await mkdtemp(join(tmpdir(), "fairlead-pty-"));
    try {
      const program = join(folder, "script");
      await writeFile(program, "#!/nonexistent/interpreter\n", { mode: 0o755 });
      await expect(launched({ program, args: [], stdio })).rejects.toMatchObject({
        code: "not_found",
        reason: "program_not_executable",
        effect: "none",
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("is told from one that ends by itself with the code of a failed start, and keeps its words", async () => {
    await using child = await shell("echo mine; exit 127");
    expect(await child.process.closed).toMatchObject({ code: 127 });
    expect(child.text()).toBe("mine\r\n");
  });

  it("keeps no descriptor of another's terminal, and closing one lets go of it", async () => {
    const before = openFiles("self").length;
    await using first = await shell("sleep 600");
    await using second = await shell("echo ready; sleep 600");
    await using third = await launched({
      program: "sh",
      args: ["-c", "echo ready; sleep 600"],
      stopTimes: { stdinGraceMs: 0 },
    });
    await Promise.all([second.says("ready"), third.says("ready")]);
    for (const { process: other } of [second, third]) {
      expect(openFiles(other.pid).filter((path) => path.includes("ptmx"))).toEqual([]);
    }
    const slaveOf = (pid: number): string => readlinkSync(`/proc/${pid}/fd/0`);
    expect(openFiles(second.process.pid)).not.toContain(slaveOf(first.process.pid));
    expect(openFiles("self")).not.toContain(slaveOf(first.process.pid));
    for (const child of [first, second, third]) await child[Symbol.asyncDispose]();
    expect(openFiles("self").length).toBe(before);
  });

  it("lives on when it closes its end of the terminal", async () => {
    await using child = await shell("echo ready; exec <&- >&- 2>&-; trap 'exit 4' TERM; sleep 0.05; exit 3");
    await child.says("ready");
    expect(await child.process.closed).toEqual({ reason: "exited", code: 3, signal: null });
  });

  it("settles exited at once and closed after the drain time when a grandchild holds the terminal", async () => {
    await using child = await shell("trap '' HUP; sleep 600 & echo done", { drainMs: 150 });
    await child.process.exited;
    const exitedAt = performance.now();
    await child.process.closed;
    expect(performance.now() - exitedAt).toBeGreaterThan(140);
    expect(child.text()).toBe("done\r\n");
  });

  it("delivers what waited for credit when the child had long ended", async () => {
    // More than one read gives, less than the kernel keeps for a terminal.
    const spec = { program: "sh", args: ["-c", "seq 1 1200"], stdio, outputWindowBytes: 1 };
    await using child = await launched(spec, { consume: false, drainMs: 20 });
    await child.process.exited;
    expect(await settlesWithinMs(child.process.closed, 300)).toBe(false);
    let given = 0;
    do {
      child.process.consumed("stdout", child.bytes("stdout").length - given);
      given = child.bytes("stdout").length;
    } while (!(await settlesWithinMs(child.process.closed, 1)));
    expect(child.text().trim().split("\r\n").map(Number)).toEqual(
      Array.from({ length: 1_200 }, (_, index) => index + 1),
    );
  });
});
