import { callHttp, createRawHttpClient, type RawHttpAnswer, type RawHttpClient } from "@fairlead/testkit";
import { type FaceOptions, httpFace, type OpenFace, openFace } from "./faces.js";
import { scriptedServer } from "./script.js";

/** An HTTP face with an agent whose HTTP can be seen. */
export interface HttpEnd extends OpenFace {
  readonly peer: RawHttpClient;
  readonly url: string;
  readonly token: string;
  /** A client of the same endpoint that has not said anything. Its owner closes it. */
  newClient(): RawHttpClient;
  /** Makes one request with nothing but what is given. @param path of the same origin, @default the endpoint */
  bare(request: BareRequest): Promise<BareAnswer>;
}

/** A request without any header of ours. */
export interface BareRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer whose body has ended. */
export interface BareAnswer {
  readonly status: number;
  readonly headers: RawHttpAnswer["headers"];
  readonly body: string;
}

/** Opens the single endpoint over HTTP, with a server on a separate executor or on a local one. */
export async function openHttpEnd(
  place: "local" | "other" = "local",
  options: FaceOptions = { server: scriptedServer() },
): Promise<HttpEnd> {
  const open = await openFace(httpFace(place), options);
  const { gateway } = open;
  if (gateway?.token === undefined) throw new Error("This face has no gateway");
  const { token } = gateway;
  const url = gateway.endpoint("srv");
  return {
    ...open,
    peer: open.peer as RawHttpClient,
    url,
    token,
    newClient: () => createRawHttpClient({ url, token }),
    bare: async ({ method = "POST", path, headers, body }) => {
      const target = path === undefined ? url : `${gateway.origin}${path}`;
      const answer = await callHttp({ url: target, method, headers, body }).answer;
      return { status: answer.status, headers: answer.headers, body: await answer.body };
    },
  };
}
