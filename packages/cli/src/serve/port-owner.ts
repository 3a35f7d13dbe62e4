import type { ListenAddress } from "@fairlead/config";
import { FairleadError, toFairleadError } from "@fairlead/core";
import { askHosts } from "../control/ask-hosts.js";

/** Makes of a failure to listen one that says who has the port, where that is another `serve` of this home. */
export async function namePortOwner(
  thrown: unknown,
  { host, port }: ListenAddress,
  home: string,
): Promise<FairleadError> {
  const error = toFairleadError(thrown);
  if (error.reason !== "address_in_use") return error;
  const hosts = await askHosts(home).catch(() => []);
  const owner = hosts.find(
    ({ pid, url }) => pid !== process.pid && url !== undefined && portOf(url) === port,
  );
  if (owner === undefined) return error;
  const text = `${host}:${port} is taken by pid ${owner.pid}, a fairlead serve of this home: use that one, end it, or choose another port`;
  return new FairleadError(error.code, text, {
    cause: error,
    reason: error.reason,
    effect: error.effect,
    details: { ...error.details, pid: owner.pid },
  });
}

/** The one of its scheme is not written. */
function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
}
