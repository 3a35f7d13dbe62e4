import type { ConfigProblem, ConfigSource } from "../problems/config-problem.js";
import { parseToml } from "../toml/parse-toml.js";
import { validateConfig } from "../validate/validate-config.js";
import { resolveConfig } from "./resolve-config.js";

/**
 * Everything that is wrong with the text of a `config.toml`, unknown keys aside.
 * @throws FairleadError `usage`, reason `config_invalid`, if it is not TOML
 */
export function checkConfigText(text: string, source: ConfigSource): readonly ConfigProblem[] {
  const { value, problems } = validateConfig(parseToml(text, source.file), () => source);
  if (value === undefined) return problems;
  return resolveConfig(
    value,
    () => source,
    (path) => path,
  ).problems;
}
