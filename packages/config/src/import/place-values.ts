import { headerNameProblem, keyForSecretHeader } from "../schema/http-rules.js";
import { looksSecret } from "../secrets/looks-secret.js";
import { fillParts, isPlain, isSecretPart, partsOf, type ValueRules } from "./fill-text.js";
import type { LedgerWriter } from "./ledger.js";
import { describePart, type TextPart, toVariableName } from "./references.js";

/** A named value of their file. */
interface NamedValue {
  /** Its dotted path there. */
  readonly key: string;
  readonly name: string;
  readonly value: string;
}

/**
 * Takes over one variable of a server's environment. What refers to the variable of the same name is copied from this
 * machine's environment at every start (`env_vars`), and so is what looks like a secret, which then has to be set.
 */
export function placeVariable(
  { key, name, value }: NamedValue,
  rules: ValueRules,
  ledger: LedgerWriter,
): void {
  const parts = partsOf(value, rules);
  const [only, ...more] = parts;
  const isWhole = more.length === 0 && typeof only === "object";
  if (isWhole && only.kind === "variable" && only.name === name && only.fallback === undefined) {
    return putReference(name);
  }
  const filled = fillParts(parts, rules);
  const isOpen = "missing" in filled;
  const isSecret = isOpen || looksSecret(name, filled.text) || parts.some(isSecretPart);
  if (isSecret && (isOpen || !rules.copiesSecrets)) {
    ledger.needVariable(key, `set ${name} where Fairlead runs, ${sourceOf(parts)}`);
    return putReference(value);
  }
  if (!isPlain(parts)) ledger.note(key, `filled in with what ${namesIn(parts)} is now`);
  ledger.put(key, ["env", name], filled.text);

  function putReference(meaning: string): void {
    ledger.nameVariable(name, meaning);
    const known = ledger.entry["env_vars"];
    ledger.put(key, ["env_vars"], [...(Array.isArray(known) ? known : []), name]);
  }
}

/**
 * Takes over one header. What is a secret is named and not copied: `Authorization: Bearer …` becomes
 * `bearer_token_env_var`, another one goes to `env_http_headers`.
 */
export function placeHeader({ key, name, value }: NamedValue, rules: ValueRules, ledger: LedgerWriter): void {
  const wrong = headerNameProblem(name);
  if (wrong !== undefined) return ledger.leave(key, wrong);
  const parts = partsOf(value, rules);
  const isAuthorization = name.toLowerCase() === "authorization";
  const [scheme, token] = splitBearer(parts);
  if (isAuthorization && scheme && token.length > 0) {
    return putReference(["bearer_token_env_var"], token, toVariableName(rules.server, "token"));
  }
  const filled = fillParts(parts, rules);
  const isOpen = "missing" in filled;
  const isSecret = isOpen || looksSecret(name, filled.text) || parts.some(isSecretPart);
  // These three are refused in a file even where somebody insists.
  const mustRefer = isOpen || keyForSecretHeader(name) !== undefined;
  const isReference = parts.length === 1 && !isPlain(parts) && !("fallback" in (parts[0] as object));
  if (mustRefer || isReference || (isSecret && !rules.copiesSecrets)) {
    return putReference(["env_http_headers", name], parts, toVariableName(rules.server, name));
  }
  if (!isPlain(parts)) ledger.note(key, `filled in with what ${namesIn(parts)} is now`);
  ledger.put(key, ["http_headers", name], filled.text);

  function putReference(
    to: readonly [string, ...string[]],
    from: readonly TextPart[],
    newName: string,
  ): void {
    const [only, ...more] = from;
    if (
      more.length === 0 &&
      typeof only === "object" &&
      only.kind === "variable" &&
      only.fallback === undefined
    ) {
      ledger.nameVariable(only.name, only.name);
      ledger.put(key, to, only.name);
      return;
    }
    const isInput = more.length === 0 && typeof only === "object" && only.kind === "input";
    const variable = isInput ? toVariableName(only.id) : newName;
    ledger.needVariable(key, `set ${variable} where Fairlead runs, ${sourceOf(from)}`);
    ledger.nameVariable(variable, value);
    ledger.put(key, to, variable);
  }
}

/** Takes a literal secret over as the name of a variable that has to hold it. */
export function placeSecret(
  { key, name, value }: NamedValue,
  to: readonly [string, ...string[]],
  { rules, ledger }: { readonly rules: ValueRules; readonly ledger: LedgerWriter },
): void {
  const parts = partsOf(value, rules);
  const [only] = parts;
  const isVariable = parts.length === 1 && typeof only === "object" && only.kind === "variable";
  const variable = isVariable ? only.name : toVariableName(rules.server, name);
  if (!isVariable) ledger.needVariable(key, `set ${variable} where Fairlead runs, ${sourceOf(parts)}`);
  ledger.nameVariable(variable, isVariable ? variable : value);
  ledger.put(key, to, variable);
}

/** Tells `Bearer ` from what follows it. */
function splitBearer(parts: readonly TextPart[]): readonly [isBearer: boolean, token: readonly TextPart[]] {
  const [first, ...rest] = parts;
  const [, token] = typeof first === "string" ? (/^Bearer +(.*)$/is.exec(first) ?? []) : [];
  if (token === undefined) return [false, []];
  return [true, token === "" ? rest : [token, ...rest]];
}

function namesIn(parts: readonly TextPart[]): string {
  return parts
    .filter((part) => typeof part !== "string")
    .map(describePart)
    .join(" and ");
}

/** Where a value comes from, for whoever has to set the variable. */
function sourceOf(parts: readonly TextPart[]): string {
  if (isPlain(parts)) return "to the secret that stands in their file; it was not copied";
  const names = namesIn(parts);
  return parts.length === 1 ? `to what ${names} holds` : `to the text around ${names}, as in their file`;
}
