import { expect, it } from "vitest";
import { startDaemon } from "../processes/daemon.js";
import { signalTree } from "./signal-tree.js";

const idle = { program: process.execPath, args: ["-e", "setInterval(() => {}, 1000)"] };

it("ends every process of a tree on Windows where there is no job", async () => {
  await using root = await startDaemon(idle);
  await using below = await startDaemon(idle);
  const target = { root, members: () => Promise.resolve([root, below]) };
  expect(await signalTree("SIGKILL", target, "win32")).toBe(true);
  await Promise.all([root.exited, below.exited]);
  expect(await signalTree("SIGTERM", target, "win32")).toBe(false);
});
