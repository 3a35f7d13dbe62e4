import * as z from "zod";

/** `[features]`: what can be switched on or off as a whole. */
export const featuresSchema = z.strictObject({
  devbox: z
    .boolean()
    .default(false)
    .describe("Offer agents the commands and files of each executor, as a built-in server."),
  catalogue: z
    .boolean()
    .default(true)
    .describe("Cache lists of tools on disk, to answer while a server is still starting."),
  fairlead: z
    .boolean()
    .default(false)
    .describe("Offer agents the state of Fairlead itself, as a built-in server."),
  resource_tools: z
    .boolean()
    .default(false)
    .describe("Offer tools to list and read resources, for agents that only support tools."),
});

/** One of the features. */
export type FeatureName = keyof z.output<typeof featuresSchema>;

/** Every feature of this version, in the order of the definition. */
export const featureNames = Object.keys(featuresSchema.shape) as readonly FeatureName[];

/** How far a feature is: `stable` ones stay as they are, `preview` ones may still change. */
type FeatureStage = "stable" | "preview";

const stages: Readonly<Record<FeatureName, FeatureStage>> = {
  devbox: "preview",
  catalogue: "stable",
  fairlead: "preview",
  resource_tools: "preview",
};

/** What there is to know about a feature. */
export interface FeatureInfo {
  readonly name: FeatureName;
  readonly stage: FeatureStage;
  readonly defaultEnabled: boolean;
  readonly description: string;
}

/** Every feature of this version with what it is, in the order of the definition. */
export function featureList(): readonly FeatureInfo[] {
  const defaults = featuresSchema.parse({});
  return featureNames.map((name) => ({
    name,
    stage: stages[name],
    defaultEnabled: defaults[name],
    description: featuresSchema.shape[name].description ?? "",
  }));
}
