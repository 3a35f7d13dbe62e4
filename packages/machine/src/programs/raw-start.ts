import { FairleadError } from "@fairlead/core";
import { hasRawBytes, toSystemBytes } from "../environment/raw-text.js";

/** A program, its arguments and its environment. */
export interface Startable {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const shell = "/bin/sh";
/** Bytes that need no escape. */
const plain = /^[\x20-\x5b\x5d-\x7e]$/;

/**
 * Node passes texts only. A start whose program or environment holds bytes that are no UTF-8 goes through a shell, which puts
 * them together and becomes the program; every other start is what it was. Values never show in its arguments.
 * @throws FairleadError `usage`, reason `argument_invalid`, where a variable is called as no shell can call it
 */
export function throughShellIfRaw(start: Startable): Startable {
  const { program, args, env } = start;
  const names = Object.keys(env).filter((name) => hasRawBytes(env[name] ?? ""));
  if (names.length === 0 && !hasRawBytes(program)) return start;
  const odd = Object.keys(env).find((name) => !isShellName(name));
  if (odd !== undefined) throw oddName(odd, names[0]);
  const steps = names.map((name) => decoding(name, `"$${name}"`));
  const script = `${steps.join("")}${decoding(heldName, '"$0"')}set -- "$${heldName}" "$@";unset ${heldName};exec "$@"`;
  const encodedValues = names.map((name): [string, string] => [name, escaped(env[name] ?? "")]);
  return {
    program: shell,
    args: ["-c", script, escaped(program), ...args],
    env: { ...env, ...Object.fromEntries(encodedValues) },
  };
}

/** Whether a shell can have a variable of that name; others it may lose. */
export function isShellName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}

const heldName = "FAIRLEAD_HELD";

/** The x keeps line ends, which a shell cuts off. */
function decoding(name: string, source: string): string {
  const value = `${name}=$(printf '%bx' ${source});${name}=\${${name}%x};`;
  return name === heldName ? value : `${value}export ${name};`;
}

function escaped(text: string): string {
  return [...toSystemBytes(text)]
    .map((byte) => {
      const letter = String.fromCharCode(byte);
      return plain.test(letter) ? letter : `\\0${byte.toString(8).padStart(3, "0")}`;
    })
    .join("");
}

function oddName(odd: string, raw = "the program"): FairleadError {
  return new FairleadError(
    "usage",
    `${raw} holds bytes that are no UTF-8, so a shell has to pass it on, and a shell cannot pass on the variable ${JSON.stringify(odd)}. Leave that variable out`,
    { reason: "argument_invalid", effect: "none", details: { variable: odd } },
  );
}
