import { homedir } from "node:os";
import { resolve } from "node:path";
import { type ClientName, type ClientSurroundings, clientNames, didYouMean } from "@fairlead/config";
import { FairleadError } from "@fairlead/core";

/** What the places of clients' files depend on, for this process. @param project as typed; undefined: where we are */
export function clientSurroundings(project: string | undefined): ClientSurroundings {
  return {
    platform: process.platform,
    env: process.env,
    userHome: homedir(),
    project: resolve(project ?? ""),
  };
}

/** Finds a client by what was typed. @throws FairleadError `usage`, with those that are known */
export function findClient(typed: string): ClientName {
  const known = clientNames.find((name) => name === typed);
  if (known !== undefined) return known;
  throw new FairleadError(
    "usage",
    `There is no client ${JSON.stringify(typed)} here; known are ${clientNames.join(", ")}.${didYouMean(typed, clientNames)}`,
    { reason: "argument_invalid", effect: "none", details: { client: typed } },
  );
}
