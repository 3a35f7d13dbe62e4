import { createHandMadeServer, type HandMadeServer, type HttpFront, startHttpFront } from "@fairlead/testkit";

/** A remote catalogue that shows each login its own actions. */
export interface Desk extends AsyncDisposable {
  readonly server: HandMadeServer;
  readonly front: HttpFront;
  /** The actions of each token; whoever comes with another one is refused. */
  readonly actions: Map<string, readonly string[]>;
  /** A connector's table for config.toml. @param more further lines */
  table(name: string, more?: readonly string[]): string;
  /** The tokens of every request so far. */
  tokens(): ReadonlySet<string | undefined>;
}

/** What every call is answered with: the text tells whether it arrives as it is. */
export const callResult = `{"content":[{"type":"text","text":"done"}],"vendor":{"n":12345678901234567890,"f":1.0}}`;

/** Starts it. */
export async function startDesk(): Promise<Desk> {
  const server = createHandMadeServer();
  const actions = new Map<string, readonly string[]>([["token-of-ann", ["open", "close"]]]);
  const ofLogin = (authorization: string | undefined): readonly string[] | undefined =>
    actions.get(authorization?.replace(/^Bearer /, "") ?? "");
  server.on("tools/list", ({ request }) => {
    const names = ofLogin(request.headers.authorization) ?? [];
    return JSON.stringify({ tools: names.map((name) => ({ name, inputSchema: { type: "object" } })) });
  });
  server.on("tools/call", () => callResult);
  const front = await startHttpFront({
    behind: (request, response) => {
      if (ofLogin(request.headers.authorization) !== undefined) return server.handle(request, response);
      response.writeHead(401).end();
    },
  });
  return {
    server,
    front,
    actions,
    table: (name, more = []) =>
      [
        `[connectors.${name}]`,
        `url = ${JSON.stringify(front.url("/mcp"))}`,
        'bearer_token_env_var = "DESK_TOKEN"',
        ...more,
        "",
      ].join("\n"),
    tokens: () => new Set(front.requests.map(({ headers }) => headers.authorization)),
    [Symbol.asyncDispose]: () => front[Symbol.asyncDispose](),
  };
}
