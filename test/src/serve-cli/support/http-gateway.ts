import { readFile } from "node:fs/promises";
import { createRawHttpClient, type RawClient, type RawHttpClient, waitUntil } from "@fairlead/testkit";
import type { Scene } from "../../failures/support/scene.js";

/** A running `fairlead serve --http`. The scene that it was started in ends it if nobody does. */
export interface HttpGateway {
  readonly process: RawClient;
  /** Of the merged endpoint. */
  readonly url: string;
  /** The token of the home folder; undefined where there is none. */
  readonly token: string | undefined;
  /** A client that shows the token. @param path behind the merged endpoint's, for example `/files` */
  client(path?: string): RawHttpClient;
}

/** Starts it at a free port and waits until it says that it listens. */
export async function startHttpGateway(
  scene: Scene,
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<HttpGateway> {
  const process = await scene.start(["serve", "--http", "127.0.0.1:0", ...flags], { env });
  const said = /^fairlead: listening on (\S+)$/m;
  await waitUntil(() => said.test(process.stderr()), {
    withinMs: 20_000,
    what: () => `the line with the address; it said ${process.stderr()}`,
  });
  const url = said.exec(process.stderr())?.[1] ?? "";
  const text = await readFile(scene.folder.file("home/gateway-token"), "utf8").catch(() => undefined);
  const token = text?.trim();
  return {
    process,
    url,
    token,
    client: (path = "") => createRawHttpClient({ url: `${url}${path}`, token }),
  };
}

/** Waits until a program has said something on stderr. */
export async function untilSaid(client: RawClient, text: string): Promise<void> {
  await waitUntil(() => client.stderr().includes(text), {
    withinMs: 15_000,
    what: () => `${JSON.stringify(text)}; it said ${client.stderr()}`,
  });
}
