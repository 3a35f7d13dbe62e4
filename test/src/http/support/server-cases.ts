import { forwardTo, type HttpFront, type HttpProgram, startHttpFront } from "@fairlead/testkit";
import { createDisposeStack } from "../../servers/support/dispose-stack.js";
import { startSdkV1Server, startSdkV2Server } from "./http-servers.js";
import type { ReachOptions } from "./reach.js";

/** A server that we did not write, in a process of its own, with a front that writes down what reaches it. */
export interface FrontedServer extends AsyncDisposable {
  readonly program: HttpProgram;
  readonly front: HttpFront;
  /** Its address through the front. */
  readonly url: string;
}

/** A server of the official SDKs, and the era in which it is spoken to. */
export interface ServerCase {
  readonly name: string;
  readonly era: "legacy" | "modern";
  readonly start: () => Promise<FrontedServer>;
  readonly options: ReachOptions;
}

/** Every server of the official SDKs, in every era that it speaks. */
export const serverCases: readonly ServerCase[] = [
  {
    name: "SDK v1",
    era: "legacy",
    start: () => putFront(startSdkV1Server()),
    options: { protocol: "legacy" },
  },
  {
    name: "SDK v2 in the legacy era",
    era: "legacy",
    start: () => putFront(startSdkV2Server("sessions")),
    options: { protocol: "legacy" },
  },
  {
    name: "SDK v2 in the modern era",
    era: "modern",
    start: () => putFront(startSdkV2Server("reject")),
    options: { protocol: "modern" },
  },
];

/** Those of {@link serverCases} that have sessions. */
export const legacyCases: readonly ServerCase[] = serverCases.filter(({ era }) => era === "legacy");

/** Puts a front before a server that starts. */
export async function putFront(starting: Promise<HttpProgram>): Promise<FrontedServer> {
  const stack = createDisposeStack();
  try {
    const program = stack.use(await starting);
    const { origin, pathname } = new URL(program.url);
    const front = stack.use(await startHttpFront({ behind: forwardTo(origin) }));
    const dispose = stack[Symbol.asyncDispose];
    return { program, front, url: front.url(pathname), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}
