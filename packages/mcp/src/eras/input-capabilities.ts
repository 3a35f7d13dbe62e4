import { isJsonObject, type JsonObject } from "@fairlead/core";
import type { InputRequestMethod } from "./input-required.js";

/**
 * Gives what an agent must have declared for this request to be put to it, in the shape of client capabilities.
 * @param params the parsed params of the server's request
 */
export function neededCapabilities(method: InputRequestMethod, params: unknown): JsonObject {
  const asked = isJsonObject(params) ? params : {};
  if (method === "roots/list") return { roots: {} };
  if (method === "elicitation/create") {
    return { elicitation: asked["mode"] === "url" ? { url: {} } : { form: {} } };
  }
  const withTools = asked["tools"] !== undefined || asked["toolChoice"] !== undefined;
  return { sampling: withTools ? { tools: {} } : {} };
}

/**
 * Compares what is needed with what an agent declared. An empty `elicitation` means forms.
 * @returns only what is missing, for `missingCapabilityError`; undefined if nothing is
 */
export function missingCapabilities(needed: JsonObject, declared: JsonObject): JsonObject | undefined {
  const missing: Record<string, unknown> = {};
  for (const [name, parts] of Object.entries(needed)) {
    const has = declared[name];
    if (!isJsonObject(has)) {
      missing[name] = parts;
      continue;
    }
    const implied = name === "elicitation" && !("form" in has) && !("url" in has) ? ["form"] : [];
    const lacking = Object.entries(isJsonObject(parts) ? parts : {}).filter(
      ([part]) => has[part] === undefined && !implied.includes(part),
    );
    if (lacking.length > 0) missing[name] = Object.fromEntries(lacking);
  }
  return Object.keys(missing).length > 0 ? missing : undefined;
}
