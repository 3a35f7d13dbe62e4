import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { spawnRawClient, startHttpProgram } from "@fairlead/testkit";
import type { Scene } from "../../failures/support/scene.js";

/** A network that nobody outside reaches, with a loopback of its own. */
export interface OwnNetwork extends AsyncDisposable {
  /** Put before a command line, it runs there. */
  readonly wrapper: readonly string[];
  /** Lets this machine's browsers in to one of its ports. @returns the port here */
  letIn(port: number): Promise<number>;
}

const makeNetwork = ["unshare", "--user", "--map-root-user", "--net"];

/** Why this machine cannot make one; undefined if it can. */
export function ownNetworkProblem(): string | undefined {
  if (process.platform !== "linux") return "networks of one's own need Linux";
  const { status } = spawnSync("unshare", [...makeNetwork.slice(1), "ip", "link", "set", "lo", "up"]);
  return status === 0 ? undefined : "unshare, ip or the right to make a network is missing";
}

/** Makes one, which lasts as long as the process that holds it. */
export async function createOwnNetwork(scene: Scene): Promise<OwnNetwork> {
  const hold = `ip link set lo up && echo '{"held":true}' && exec cat`;
  const holder = await spawnRawClient([...makeNetwork, "sh", "-c", hold], { env: scene.env });
  await holder.nextMessage(({ held }) => held === true);
  const wrapper = ["nsenter", "--target", String(holder.pid), "--user", "--net", "--preserve-credentials"];
  const ends: (() => Promise<void>)[] = [];
  return {
    wrapper,
    async letIn(port) {
      const relay = fileURLToPath(new URL("../fixtures/relay-to-port.mjs", import.meta.url));
      const path = scene.folder.file(`relay-${port}.sock`);
      const argv = [...wrapper, process.execPath, relay, path, String(port)];
      const program = await startHttpProgram(argv, { env: scene.env });
      const server = createServer((socket) => {
        const inner = connect(path);
        socket.pipe(inner).pipe(socket);
        socket.on("error", () => inner.destroy());
        inner.on("error", () => socket.destroy());
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      ends.push(async () => {
        server.close();
        await program[Symbol.asyncDispose]();
      });
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("The relay has no port");
      return address.port;
    },
    [Symbol.asyncDispose]: async () => {
      for (const end of ends.toReversed()) await end();
      await holder[Symbol.asyncDispose]();
    },
  };
}
