import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createId } from "@fairlead/core";
import { describe, expect, it } from "vitest";
import { openCgroup, openCgroupRoom } from "./cgroup.js";

const room = openCgroupRoom();
const probe = room?.make(`fairlead-test-${createId("o")}`);
await probe?.remove();
const canMake = probe !== undefined;
if (!canMake) process.stdout.write("No cgroup can be made here, so the tests of cgroups are skipped\n");

describe.skipIf(!canMake)("a cgroup", () => {
  it("holds a process and its later children, kills them at one blow, and goes", async () => {
    const group = room?.make(`fairlead-test-${createId("o")}`);
    if (group === undefined) throw new Error("It could be made a moment ago");
    const child = spawn("sh", ["-c", "read -r line; env -i setsid sleep 600 & echo $!; sleep 600"], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    const pid = child.pid ?? 0;
    expect(group.pids()).toEqual([]);
    expect(group.add(pid)).toBe(true);
    expect(group.pids()).toEqual([pid]);
    child.stdin.write("go\n");
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    expect(group.pids()).toContain(Number(line.toString()));
    expect(openCgroup(group.path).pids()).toEqual(group.pids());
    const exited = once(child, "exit");
    group.kill();
    expect(await exited).toEqual([null, "SIGKILL"]);
    await group.remove();
    expect(existsSync(group.path)).toBe(false);
    expect(group.pids()).toEqual([]);
  });

  it("encloses the birth of a child, whatever it forks at once, and never ourselves for longer", async () => {
    const group = room?.make(`fairlead-test-${createId("o")}`);
    if (group === undefined) throw new Error("It could be made a moment ago");
    const { made, isInside } = group.enclose(() => {
      expect(group.pids()).toContain(process.pid);
      group.kill();
      return spawn("sh", ["-c", "env -i setsid sh -c '(sleep 600 &)'; echo ready; sleep 600"]);
    });
    expect(isInside).toBe(true);
    await once(made.stdout, "data");
    await expect.poll(() => group.pids().length).toBe(3);
    expect(group.pids()).not.toContain(process.pid);
    expect(() => group.enclose(() => JSON.parse("nonsense"))).toThrow("JSON");
    expect(group.pids()).not.toContain(process.pid);
    const exited = once(made, "exit");
    group.kill();
    await exited;
    await group.remove();
    expect(existsSync(group.path)).toBe(false);
  });

  it("shows those of the cgroups below it, and goes together with them", async () => {
    const name = `fairlead-test-${createId("o")}`;
    const outer = room?.make(name);
    const inner = room?.make(`${name}/t`);
    const child = spawn("sleep", ["600"], { stdio: "ignore" });
    expect(inner?.add(child.pid ?? 0)).toBe(true);
    expect(outer?.pids()).toEqual([child.pid]);
    await outer?.remove();
    expect(existsSync(inner?.path ?? "")).toBe(true);
    const exited = once(child, "exit");
    outer?.kill();
    await exited;
    await outer?.remove();
    expect(existsSync(outer?.path ?? "")).toBe(false);
  });

  it("fetches a process from our own cgroup only", async () => {
    const [one, other] = [
      room?.make(`fairlead-test-${createId("o")}`),
      room?.make(`fairlead-test-${createId("o")}`),
    ];
    const child = spawn("sleep", ["600"], { stdio: "ignore" });
    const pid = child.pid ?? 0;
    one?.fetch(pid);
    expect(one?.pids()).toEqual([pid]);
    other?.fetch(pid);
    expect([one?.pids(), other?.pids()]).toEqual([[pid], []]);
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
    await Promise.all([one?.remove(), other?.remove()]);
  });
});

describe("a cgroup that is not there", () => {
  it("holds nobody and takes nobody, and none of it is an error", async () => {
    const group = openCgroup("/nonexistent/cgroup", { path: "/nonexistent", name: "/" });
    expect(group.pids()).toEqual([]);
    expect(group.add(process.pid)).toBe(false);
    group.fetch(process.pid);
    expect(group.enclose(() => 5)).toEqual({ made: 5, isInside: false });
    group.kill();
    await group.remove();
  });
});
