import {
  createHandMadeServer,
  type HandMadeOptions,
  type HandMadeServer,
  type HttpFront,
  type RecordedRequest,
  startHttpFront,
} from "@fairlead/testkit";

/** A hand-made server behind a front that writes down every request. */
export interface HandMade extends AsyncDisposable {
  readonly server: HandMadeServer;
  readonly front: HttpFront;
  readonly url: string;
}

/** Starts a hand-made server. */
export async function startHandMade(options: HandMadeOptions = {}): Promise<HandMade> {
  const server = createHandMadeServer(options);
  const front = await startHttpFront({ behind: server.handle });
  return { server, front, url: front.url(), [Symbol.asyncDispose]: () => front[Symbol.asyncDispose]() };
}

/** Matches requests that carry a JSON-RPC message of this method. */
export function carries(method: string): (request: RecordedRequest) => boolean {
  return ({ rpc }) => rpc?.method === method;
}

/** The methods of what was posted, in order, and `GET` and `DELETE`. */
export function posted(front: HttpFront): readonly string[] {
  return front.requests.map(({ method, rpc }) =>
    method === "POST" ? (typeof rpc?.method === "string" ? rpc.method : "answer") : method,
  );
}

/** How many requests carried this method. */
export function countOf(front: HttpFront, method: string): number {
  return front.requests.filter(carries(method)).length;
}
