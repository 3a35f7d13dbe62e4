import { didYouMean, type FeatureName, featureNames } from "@fairlead/config";
import { FairleadError } from "@fairlead/core";

/** What `--enable` and `--disable` say, each of which may be repeated. */
export interface FeatureFlags {
  readonly enable?: readonly string[];
  readonly disable?: readonly string[];
}

/**
 * Lays the flags over what the configuration says.
 * @throws FairleadError `usage`, reason `argument_invalid`, for a feature that there is not, or both of one
 */
export function withFeatureFlags(
  configured: Readonly<Record<FeatureName, boolean>>,
  flags: FeatureFlags,
): Readonly<Record<FeatureName, boolean>> {
  return { ...configured, ...switchedFeatures(flags) };
}

/**
 * What the flags alone say.
 * @throws FairleadError `usage`, reason `argument_invalid`, for a feature that there is not, or both of one
 */
export function switchedFeatures({
  enable = [],
  disable = [],
}: FeatureFlags): Readonly<Partial<Record<FeatureName, boolean>>> {
  const both = enable.find((name) => disable.includes(name));
  if (both !== undefined) throw usage(`--enable and --disable both name ${both}`);
  return {
    ...Object.fromEntries(enable.map((name) => [toFeature(name), true])),
    ...Object.fromEntries(disable.map((name) => [toFeature(name), false])),
  };
}

function toFeature(text: string): FeatureName {
  const found = featureNames.find((name) => name === text);
  if (found !== undefined) return found;
  throw usage(
    `There is no feature ${JSON.stringify(text)}; known are ${featureNames.join(", ")}.${didYouMean(text, featureNames)}`,
  );
}

function usage(message: string): FairleadError {
  return new FairleadError("usage", message, { reason: "argument_invalid", effect: "none" });
}
