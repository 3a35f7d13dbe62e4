import { initializeRawClient, type RawClient, type RawPeer } from "@fairlead/testkit";
import type { Scene } from "../../failures/support/scene.js";
import { startHttpGateway } from "./http-gateway.js";

/** An agent at one of the faces of `fairlead serve`, that has shaken hands and listens, and the process that serves it. */
export interface FacedAgent extends AsyncDisposable {
  readonly agent: RawPeer;
  readonly process: RawClient;
}

/** Both faces, for `test.each`. */
export const faces = ["stdio", "HTTP"] as const;

/** Starts a serve and an agent of it. */
export async function startFace(scene: Scene, face: (typeof faces)[number]): Promise<FacedAgent> {
  if (face === "stdio") {
    const process = await scene.start(["serve"]);
    await initializeRawClient(process);
    return { agent: process, process, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() };
  }
  const gateway = await startHttpGateway(scene);
  const agent = gateway.client();
  await initializeRawClient(agent);
  await agent.openStream();
  return { agent, process: gateway.process, [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose]() };
}
