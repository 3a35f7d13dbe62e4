import { type FrontHandler, type HttpFront, startHttpFront } from "@fairlead/testkit";

/** The answers of a server that does not keep to the rules. */
export type OddAnswer =
  | "html-500"
  | "html-200"
  | "empty"
  | "not-json"
  | "json-array"
  | "json-null"
  | "no-access-token"
  | "no-token-type"
  | "no-expires-in"
  | "expires-in-text"
  | "expires-in-negative"
  | "expires-in-huge"
  | "too-many-requests"
  | "endless"
  | "cut-short"
  | "hang";

/** Seconds that `too-many-requests` asks to wait. */
export const retryAfterS = 7;

/** An authorization server whose metadata are well-formed and whose token endpoint is not. Disposing cuts what is open. */
export interface MalformedServer extends AsyncDisposable {
  readonly issuer: string;
  readonly tokenEndpoint: string;
  /** Writes every request down, and lets a test answer other paths too. */
  readonly front: HttpFront;
  /** What the token endpoint answers from now on. */
  setAnswer(answer: OddAnswer): void;
}

/** The token that it gives where it gives one. */
export const oddToken = "odd-access-token";

/** Starts one in this process. */
export async function startMalformedServer(first: OddAnswer = "html-500"): Promise<MalformedServer> {
  let current = first;
  const front = await startHttpFront({
    behind: (request, response) => {
      if (request.path === "/token") return answers[current](request, response);
      if (request.path.startsWith("/.well-known/")) return json(metadataOf(front.origin))(request, response);
      response.writeHead(404).end();
    },
  });
  return {
    issuer: front.origin,
    tokenEndpoint: `${front.origin}/token`,
    front,
    setAnswer: (answer) => {
      current = answer;
    },
    [Symbol.asyncDispose]: () => front[Symbol.asyncDispose](),
  };
}

function metadataOf(origin: string): object {
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/auth`,
    token_endpoint: `${origin}/token`,
    response_types_supported: ["code"],
    code_challenge_methods_supported: ["S256"],
  };
}

const html: FrontHandler = (_request, response) => {
  response.writeHead(500, { "content-type": "text/html" }).end("<h1>Internal Server Error</h1>");
};

function json(value: unknown, status = 200): FrontHandler {
  return text(JSON.stringify(value), status);
}

function text(body: string, status = 200, headers: Readonly<Record<string, string>> = {}): FrontHandler {
  return (_request, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
  };
}

const good = { access_token: oddToken, token_type: "Bearer" };

const answers: Readonly<Record<OddAnswer, FrontHandler>> = {
  "html-500": html,
  "html-200": text("<p>Welcome</p>", 200, { "content-type": "text/html" }),
  empty: text(""),
  "not-json": text("{ access_token: oops"),
  "json-array": json([good]),
  "json-null": json(null),
  "no-access-token": json({ token_type: "Bearer", expires_in: 3_600 }),
  "no-token-type": json({ access_token: oddToken, expires_in: 3_600 }),
  "no-expires-in": json(good),
  "expires-in-text": json({ ...good, expires_in: "3600" }),
  "expires-in-negative": json({ ...good, expires_in: -5 }),
  "expires-in-huge": text(`{"access_token":"${oddToken}","token_type":"Bearer","expires_in":1e300}`),
  "too-many-requests": text('{"error":"slow_down"}', 429, { "retry-after": String(retryAfterS) }),
  endless: async (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write('{"access_token":"');
    const more = Buffer.alloc(65_536, "x");
    for (let piece = 0; piece < 1_024 && !response.destroyed; piece += 1) {
      if (!response.write(more)) await untilDrained(response);
    }
    response.end('"}');
  },
  "cut-short": (_request, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
    response.write('{"access_token":"', () => response.destroy());
  },
  hang: () => undefined,
};

function untilDrained(response: Parameters<FrontHandler>[1]): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.once("drain", done);
    response.once("close", done);
  });
}
