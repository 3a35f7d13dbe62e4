import type { FairleadError } from "@fairlead/core";
import { profileNames } from "../layers/profile-layers.js";
import { type LayerOptions, readLayers } from "../layers/read-layers.js";
import { type ConfigWarning, toWarning } from "../problems/config-problem.js";
import { judgeLayers } from "./judge-layers.js";

/** Everything that is noteworthy about the configuration, what cannot be used first; and about every profile. */
export async function checkConfig(options: LayerOptions): Promise<readonly ConfigWarning[]> {
  const unreadable: FairleadError[] = [];
  const { layers } = await readLayers({ ...options, profile: undefined }, (error) => unreadable.push(error));
  const profiles = options.profile === undefined ? [undefined, ...profileNames(layers)] : [options.profile];
  const found = await Promise.all(profiles.map((profile) => checkLayers({ ...options, profile })));
  const findings = [...unreadable.map(toUnreadable), ...found.flat()];
  const once = [...new Map(findings.map((finding) => [finding.message, finding])).values()];
  return once.toSorted((one, other) => rank(one) - rank(other));
}

async function checkLayers(options: LayerOptions): Promise<readonly ConfigWarning[]> {
  const judged = judgeLayers(await readLayers(options, () => {}), options);
  return [
    ...judged.problems.map((problem) => toWarning("invalid", problem)),
    ...judged.unknownKeys.map((problem) => toWarning("unknown_key", problem)),
    ...judged.pointless.map((problem) => toWarning("no_server", problem)),
    ...judged.resolved.unknownExecutors.map((problem) => toWarning("unknown_executor", problem)),
  ];
}

function rank({ kind }: ConfigWarning): number {
  return kind === "invalid" ? 0 : 1;
}

/** What keeps a whole file from being read; its message names the file already. */
function toUnreadable(error: FairleadError): ConfigWarning {
  const { file = "", line } = error.details;
  return {
    kind: "invalid",
    file: String(file),
    path: "",
    ...(typeof line === "number" ? { line } : {}),
    message: error.message,
  };
}
