import { fileURLToPath } from "node:url";
import type { ServerCommand } from "./real-servers.js";

/** A server whose tools and prompts have the names that it is given. */
export function oddNamesServer(names: readonly string[]): ServerCommand {
  return { command: process.execPath, args: [script("odd-names-server.mjs"), JSON.stringify(names)] };
}

/** A server whose one tool, `client`, tells what its client said about itself in the handshake. */
export function clientFactsServer(): ServerCommand {
  return { command: process.execPath, args: [script("client-facts-server.mjs")] };
}

/** A server whose one tool, `say`, answers with the very text in `answer`, after the lines in `before`. */
export function rawAnswerServer(): ServerCommand {
  return { command: process.execPath, args: [script("raw-answer-server.mjs")] };
}

function script(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
}
