import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createDeferred, type Deferred, FairleadError, settlesWithinMs } from "@fairlead/core";
import { isLoopbackHost } from "../discovery/own-addresses.js";
import type { CallbackAddress } from "./callback-address.js";
import { type CallbackPage, sendPage, sendRedirect } from "./callback-page.js";
import { isAnswerTo } from "./callback-parameters.js";

/** Waits for browsers that come back from a provider. Whoever opened it closes it. */
export interface CallbackListener extends AsyncDisposable {
  /** What the provider sends the browser to. */
  readonly redirectUri: string;
  /** The port that is listened on. */
  readonly port: number;
  /** Waits for the answer with that state; of several only the first counts. One state at a time. */
  expect(state: string): Promise<CallbackArrival>;
  /** Stops listening; a browser that still waits is told that it is over. Calling it again does nothing more. */
  close(): Promise<void>;
}

/** A browser that came back, and waits for what we make of it. */
export interface CallbackArrival {
  readonly parameters: URLSearchParams;
  /** Ends its waiting with a page. Only the first answer counts. */
  show(page: CallbackPage): void;
  /** Ends its waiting by sending it elsewhere; false: there is no browser that waits. */
  sendTo(url: string): boolean;
}

/** Milliseconds that the last page has to leave. */
const farewellMs = 1_000;

/**
 * Starts to listen for the way back.
 * @throws FairleadError `unavailable` `address_in_use` where the port is taken, `usage` `config_invalid` where it may not be used
 */
export async function openCallbackListener(address: CallbackAddress): Promise<CallbackListener> {
  const listener = new Listener(address);
  await listener.listen();
  return listener;
}

class Listener implements CallbackListener {
  readonly #address: CallbackAddress;
  readonly #server: Server;
  /** Whose page has not left yet. */
  readonly #inFlight = new Set<ServerResponse>();
  /** Who waits for the login to go on. */
  readonly #open = new Set<ServerResponse>();
  #expected: { readonly state: string; readonly arrival: Deferred<CallbackArrival> } | undefined;
  #closing: Promise<void> | undefined;
  port = 0;
  redirectUri = "";

  constructor(address: CallbackAddress) {
    this.#address = address;
    this.#server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (request, response) =>
      this.#handle(request, response),
    );
    this.#server.maxConnections = 64;
  }

  async listen(): Promise<void> {
    const { bindHost, bindPort, portSetting, redirectUri, path } = this.#address;
    this.#server.listen(bindPort, bindHost);
    try {
      await once(this.#server, "listening");
    } catch (error) {
      throw cannotListen(error, bindPort, portSetting);
    }
    // What a socket fails with later concerns only its browser.
    this.#server.on("error", () => {});
    this.port = (this.#server.address() as AddressInfo).port;
    this.redirectUri = redirectUri ?? `http://127.0.0.1:${this.port}${path}`;
  }

  expect(state: string): Promise<CallbackArrival> {
    const arrival = createDeferred<CallbackArrival>();
    this.#expected = { state, arrival };
    return arrival.promise;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#expected = undefined;
    const closed = createDeferred<void>();
    this.#server.close(() => closed.resolve());
    for (const response of this.#open) sendPage(response, overPage);
    const pages = [...this.#inFlight].map((response) => once(response, "close"));
    await settlesWithinMs(Promise.all(pages), farewellMs);
    // Browsers open connections in advance, and would hold them for minutes.
    this.#server.closeAllConnections();
    await closed.promise;
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    this.#inFlight.add(response);
    response.once("close", () => this.#inFlight.delete(response));
    const parameters = this.#read(request);
    if (!(parameters instanceof URLSearchParams)) {
      request.resume();
      sendPage(response, parameters);
      return;
    }
    const expected = this.#expected;
    this.#expected = undefined;
    this.#open.add(response);
    response.once("close", () => this.#open.delete(response));
    const finish = (answer: () => void): boolean => {
      if (!this.#open.delete(response) || response.writableEnded) return false;
      answer();
      return true;
    };
    expected?.arrival.resolve({
      parameters,
      show: (page) => void finish(() => sendPage(response, page)),
      sendTo: (url) => finish(() => sendRedirect(response, url)),
    });
  }

  /** The parameters of the one request that is waited for, or what anybody else is shown. */
  #read(request: IncomingMessage): URLSearchParams | CallbackPage {
    if (this.#closing !== undefined) return overPage;
    if (!this.#isOurHost(request.headers.host)) return refusal("The request is for another host.");
    const url = request.url?.startsWith("/") ? new URL(`http://fairlead.invalid${request.url}`) : undefined;
    if (url?.pathname !== this.#address.path) return refusal("There is nothing at this address.");
    if (request.method !== "GET") return { ...refusal("Only GET is answered here."), status: 405 };
    const state = this.#expected?.state;
    if (state === undefined) return refusal("No login waits for this, or it has been used already.");
    if (isAnswerTo(url.searchParams, state)) return url.searchParams;
    return refusal("This does not belong to the login that waits here. Start from its own link.");
  }

  /** Names that somebody else may point at this machine are refused; an address cannot be pointed anywhere. */
  #isOurHost(header: string | undefined): boolean {
    if (header === undefined || !URL.canParse(`http://${header}`)) return false;
    const { hostname } = new URL(`http://${header}`);
    if (isLoopbackHost(hostname) || /^(\d+\.){3}\d+$|^\[/.test(hostname)) return true;
    return hostname === new URL(this.redirectUri).hostname;
  }
}

const overPage: CallbackPage = {
  status: 503,
  title: "The login is over",
  text: "Nobody waits for it any more. Start it again in the terminal.",
};

function refusal(text: string): CallbackPage {
  return { status: 400, title: "Not this one", text };
}

function cannotListen(error: unknown, port: number, setting: CallbackAddress["portSetting"]): FairleadError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
  const where = setting === undefined ? "A port" : `Port ${port} of ${setting}`;
  if (code === "EADDRINUSE") {
    return new FairleadError(
      "unavailable",
      `${where}, where the browser should come back, is in use by another program. End that, or change ${setting ?? "oauth_callback_port"}`,
      { cause: error, reason: "address_in_use", effect: "none", details: { port } },
    );
  }
  return new FairleadError(
    "usage",
    `${where}, where the browser should come back, cannot be listened on (${code}). Change ${setting ?? "oauth_callback_port"}`,
    { cause: error, reason: "config_invalid", effect: "none", details: { port } },
  );
}
