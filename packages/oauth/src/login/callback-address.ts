import { FairleadError } from "@fairlead/core";
import { isLoopbackHost } from "../discovery/own-addresses.js";

/** What is configured about the way back from the browser. */
export interface CallbackWishes {
  /** 1 to 65535. @default a free one, or that of a loopback `url` */
  readonly port?: number | undefined;
  /** What the provider sends the browser to. @default this machine's own, at the port */
  readonly url?: string | undefined;
}

/** Where to listen, and what the provider is told. */
export interface CallbackAddress {
  readonly bindHost: string;
  /** 0: one that is free. */
  readonly bindPort: number;
  /** Undefined: made of the port, once it is known. */
  readonly redirectUri: string | undefined;
  readonly path: string;
  /** The setting that the port comes from, for messages. */
  readonly portSetting: "oauth_callback_port" | "oauth_callback_url" | undefined;
  /** Something that the person should know. */
  readonly hint: string | undefined;
}

/**
 * Works out where to listen. A URL is what the provider is told, its host decides who may come in: only this machine for a
 * loopback name, else everybody. A port is where to listen, whatever the URL says.
 * @throws FairleadError `usage` `config_invalid`
 */
export function callbackAddress({ port, url: text }: CallbackWishes): CallbackAddress {
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    throw invalid(`oauth_callback_port is ${port}, but a port is a whole number from 1 to 65535`);
  }
  const setting = port === undefined ? undefined : "oauth_callback_port";
  if (text === undefined) {
    return {
      bindHost: "127.0.0.1",
      bindPort: port ?? 0,
      redirectUri: undefined,
      path: "/callback",
      portSetting: setting,
      hint: undefined,
    };
  }
  const url = readUrl(text);
  const isHere = isLoopbackHost(url.hostname);
  const ownPort = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  return {
    bindHost: isHere ? (url.hostname === "[::1]" ? "::1" : "127.0.0.1") : "0.0.0.0",
    bindPort: port ?? (isHere ? ownPort : 0),
    redirectUri: text,
    path: url.pathname,
    portSetting: setting ?? (isHere ? "oauth_callback_url" : undefined),
    hint: port === undefined ? hintFor(url, isHere) : undefined,
  };
}

function hintFor(url: URL, isHere: boolean): string | undefined {
  if (!isHere)
    return `Whatever leads from ${url.host} to this machine needs a fixed port: set oauth_callback_port`;
  if (url.protocol === "http:") return undefined;
  return "oauth_callback_url is https, which this program does not speak itself: set oauth_callback_port to where whatever does leads";
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:") || url.hostname === "") {
    throw invalid("oauth_callback_url is no address that begins with http:// or https://");
  }
  if (url.username !== "" || url.password !== "" || text.includes("#")) {
    throw invalid("oauth_callback_url must hold neither a user name or password nor a #fragment");
  }
  return url;
}

function invalid(problem: string): FairleadError {
  return new FairleadError("usage", `${problem}. Correct it in config.toml`, {
    reason: "config_invalid",
    effect: "none",
  });
}
