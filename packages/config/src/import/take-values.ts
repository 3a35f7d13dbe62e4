import { fillFixedText, fillFolder, type ValueRules } from "./fill-text.js";
import type { LedgerWriter } from "./ledger.js";
import { placeHeader, placeVariable } from "./place-values.js";
import { asRecord, asText, asTexts } from "./shapes.js";

/** What the keys of one server are taken over with. */
export interface Taking {
  readonly rules: ValueRules;
  readonly ledger: LedgerWriter;
}

/** Takes one key of theirs over; it tells the ledger what became of it. */
export type Taker<At extends Taking = Taking> = (value: unknown, key: string, at: At) => void;

/** Takes a text over that config.toml has as it is. @param to our key */
export function takeText(to: "command" | "url"): Taker {
  return (value, key, { rules, ledger }) => {
    const text = asText(value, key, ledger);
    const filled = text === undefined ? undefined : fillFixedText({ key, value: text }, rules, ledger);
    if (filled !== undefined) ledger.put(key, [to], filled);
  };
}

/** Takes the folder over that a server starts in. */
export function takeFolder(value: unknown, key: string, { rules, ledger }: Taking): void {
  const text = asText(value, key, ledger);
  const folder = text === undefined ? undefined : fillFolder({ key, value: text }, rules, ledger);
  if (folder !== undefined) ledger.put(key, ["cwd"], folder);
}

/** Takes the arguments of a program over. */
export function takeArguments(value: unknown, key: string, { rules, ledger }: Taking): void {
  const texts = asTexts(value, key, ledger);
  if (texts === undefined) return;
  const filled = texts.map((text, index) =>
    fillFixedText({ key: `${key}[${index}]`, value: text, before: texts[index - 1] }, rules, ledger),
  );
  const known = filled.filter((text) => text !== undefined);
  if (known.length > 0) ledger.put(key, ["args"], known);
  else ledger.keep(key, "args");
}

/** Takes the environment of a program over, each variable as its value allows it. */
export function takeEnvironment(value: unknown, key: string, { rules, ledger }: Taking): void {
  const texts = textsOf(value, key, ledger);
  for (const [name, text] of texts)
    placeVariable({ key: `${key}.${name}`, name, value: text }, rules, ledger);
  if (isEmpty(value)) ledger.keep(key, "env");
}

/** Takes headers over, each as its value allows it. */
export function takeHeaders(value: unknown, key: string, { rules, ledger }: Taking): void {
  const texts = textsOf(value, key, ledger);
  for (const [name, text] of texts) placeHeader({ key: `${key}.${name}`, name, value: text }, rules, ledger);
  if (isEmpty(value)) ledger.keep(key, "http_headers");
}

/** Whether a value is an object with nothing in it. */
export function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function textsOf(value: unknown, key: string, ledger: LedgerWriter): readonly (readonly [string, string])[] {
  return Object.entries(asRecord(value, key, ledger) ?? {}).flatMap(([name, inner]) => {
    const isPlain = typeof inner === "number" || typeof inner === "boolean";
    const text = isPlain ? String(inner) : asText(inner, `${key}.${name}`, ledger);
    return text === undefined ? [] : [[name, text] as const];
  });
}
