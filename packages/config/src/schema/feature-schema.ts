import * as z from "zod";

/** `[features]`: what can be switched on or off as a whole. */
export const featuresSchema = z.strictObject({
  devbox: z
    .boolean()
    .default(false)
    .describe("Whether agents are offered commands and files of each executor, as a built-in server."),
  catalogue: z
    .boolean()
    .default(true)
    .describe("Whether lists of tools are kept on disk, to answer while a server is still starting."),
  fairlead: z
    .boolean()
    .default(false)
    .describe("Whether agents are offered the state of Fairlead itself, as a built-in server."),
  resource_tools: z
    .boolean()
    .default(false)
    .describe("Whether agents that only know tools are offered tools to list and read resources."),
});

/** One of the features. */
export type FeatureName = keyof z.output<typeof featuresSchema>;

/** Every feature of this version, in the order of the definition. */
export const featureNames = Object.keys(featuresSchema.shape) as readonly FeatureName[];
