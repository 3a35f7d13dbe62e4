import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { sessionFor } from "./fairlead-line.mjs";

// The package that uses it brings it; this folder has no dependency on it of its own.
const treeKill = createRequire(new URL("../../../packages/machine/package.json", import.meta.url))(
  "tree-kill",
);

const graceMs = 2_000;

/**
 * Starts a tree of processes in one of three ways. All give it the same two pauses of 2 s.
 * @param spec `how` (`fairlead`, `tree-kill` or `sdk`), `argv`, `env`, and `target` for the first
 * @returns `end`, which ends the tree and settles when that way of ending says it is done
 */
export async function startTree(spec) {
  switch (spec.how) {
    case "fairlead":
      return startOnExecutor(spec);
    case "tree-kill":
      return startForTreeKill(spec);
    case "sdk":
      return startForSdk(spec);
    default:
      throw new Error(`There is no way called ${spec.how}`);
  }
}

async function startOnExecutor({ target, argv: [program, ...args], env }) {
  const session = await sessionFor(target);
  const launched = await session.launcher.launch(
    { program, args, env: { set: env } },
    { onOutput: () => {} },
  );
  return { end: () => launched.stop({ stdinGraceMs: graceMs, termGraceMs: graceMs }) };
}

/** As programs use it: close stdin, SIGTERM to the tree, SIGKILL to the tree. */
function startForTreeKill({ argv: [program, ...args], env }) {
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ["pipe", "ignore", "inherit"],
  });
  const exited = once(child, "exit");
  const endsWithin = (ms) =>
    Promise.race([
      exited.then(() => true),
      new Promise((resolve) => setTimeout(() => resolve(false), ms).unref()),
    ]);
  const send = (signal) => new Promise((resolve) => treeKill(child.pid, signal, () => resolve()));
  return {
    end: async () => {
      child.stdin.end();
      if (await endsWithin(graceMs)) return;
      await send("SIGTERM");
      if (await endsWithin(graceMs)) return;
      await send("SIGKILL");
      await exited;
    },
  };
}

async function startForSdk({ argv: [command, ...args], env }) {
  const transport = new StdioClientTransport({ command, args, env: { PATH: process.env.PATH, ...env } });
  // The tree says a word that is no message: without a listener that is nobody's concern.
  await transport.start();
  return { end: () => transport.close() };
}
