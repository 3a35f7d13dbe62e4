import { stat } from "node:fs/promises";
import {
  binaryCommand,
  canCountProcesses,
  initializeRawClient,
  runCommand,
  spawnRawClient,
} from "@fairlead/testkit";
import { expect, test } from "vitest";
import { controlSocketOf } from "../failures/support/control-socket.js";
import { createScene } from "../failures/support/scene.js";

/** Numbers its processes from 1, as a container does, and shows no others. */
const container = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];

async function whyNoContainer(): Promise<string | undefined> {
  if (!canCountProcesses()) return `no such namespaces on ${process.platform}`;
  const { code, stderr } = await runCommand([...container, "true"]).catch((error: unknown) => ({
    code: 1,
    stderr: String(error),
  }));
  return code === 0 ? undefined : stderr.trim();
}

const why = await whyNoContainer();
if (why !== undefined) process.stdout.write(`shared-home.test.ts is skipped: ${why}\n`);

test.skipIf(why !== undefined)(
  "hosts of two containers and this machine share a home, and none takes another for dead",
  async () => {
    await using scene = await createScene();
    await scene.configure(scene.server("s"));
    const argv = [...container, ...binaryCommand("fairlead"), "serve", "--attach", "never"];
    await using one = await spawnRawClient(argv, { env: { ...scene.env } });
    await initializeRawClient(one);
    await one.request("tools/list");
    const first = await controlSocketOf(scene, 1);
    if (first === undefined) throw new Error("The first host has no control socket");
    await using two = await spawnRawClient(argv, { env: { ...scene.env } });
    await initializeRawClient(two);
    await two.request("tools/list");

    // Each of the two is process 1 where it is, and number 1 is somebody else's here.
    const { stdout } = await scene.fairlead(["doctor", "--fix", "--json"]);
    const { checks } = JSON.parse(stdout) as {
      readonly checks: readonly { readonly id: string; readonly summary: string }[];
    };
    expect(checks.find(({ id }) => id === "run-folder")).toMatchObject({
      status: "ok",
      summary: "0 hosts are running, 2 more may run elsewhere with this home",
    });
    expect((await stat(first)).isSocket()).toBe(true);
    const listed = await scene.fairlead(["list", "--json"]);
    const { servers } = JSON.parse(listed.stdout) as {
      readonly servers: readonly { readonly live?: unknown[] }[];
    };
    expect(servers[0]?.live).toHaveLength(2);
  },
);
