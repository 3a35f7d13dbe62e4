import { maskUrl } from "../secrets/mask-url.js";
import { isRandomText, isSecretName, tokenPattern } from "../secrets/secret-shapes.js";

/** What the makers of tokens begin them with, keys in PEM, and addresses that hold a password. */
const secretValue = new RegExp(
  `(?:^|[\\s=:"'])${tokenPattern}|-----BEGIN [A-Z ]*PRIVATE KEY|^[a-z][a-z0-9+.-]*://[^/\\s:@]*:[^/\\s@]+@|^(?:bearer|basic) +\\S{6,}`,
  "i",
);

/**
 * Whether a value that has a name looks like a secret: by the name, by what its maker begins it with, or because it looks
 * random. A guess, so whoever asks must say what it came to.
 */
export function looksSecret(name: string, value: string): boolean {
  if (value.trim() === "") return false;
  if (isSecretName(name) && !/^(?:true|false|yes|no|on|off|none|null|\d{1,5})$/i.test(value)) return true;
  return isSecretValue(value) || isRandomText(value);
}

/** Whether a text is, or has in it, what can hardly be anything but a secret, whatever its name is. */
export function isSecretValue(text: string): boolean {
  return secretValue.test(text);
}

/** Whether a whole command line has a secret in it. */
export function isSecretLine(line: string): boolean {
  return isSecretValue(line) || /\b(?:bearer|basic) +[A-Za-z0-9._~+/-]{8,}/i.test(line);
}

/** Whether an argument gives a program a secret, such as `--api-key=…`; `before` is the argument in front of it. */
export function isSecretArgument(argument: string, before: string | undefined): boolean {
  if (isSecretLine(argument)) return true;
  if (/^(?:-u|--user)$/.test(before ?? "") && /^[^:\s]+:(?!\/\/)\S+$/.test(argument)) return true;
  const [, name, value = ""] = /^(?:-{1,2}|\/)?([A-Za-z][\w.-]*)[=:](.*)$/s.exec(argument) ?? [];
  if (name !== undefined && isNamedSecret(name, value)) return true;
  const [, flag] = /^--?([A-Za-z][\w.-]*)$/.exec(before ?? "") ?? [];
  return flag !== undefined && !argument.startsWith("-") && isNamedSecret(flag, argument);
}

/** The arguments of a program, those that give it a secret masked, also in the addresses among them. */
export function maskArguments(args: readonly string[]): string[] {
  return args.map((argument, index) => {
    const shown = maskUrl(argument);
    if (shown !== argument || !isSecretArgument(argument, args[index - 1])) return shown;
    // The name of what is hidden says more than three stars.
    const [named] = /^(?:-{1,2}|\/)?[A-Za-z][\w.-]*[=:]/.exec(argument) ?? [];
    return `${named ?? ""}***`;
  });
}

/** Arguments are paths, packages and words, so what merely looks random counts only behind a telling name. */
function isNamedSecret(name: string, value: string): boolean {
  return looksSecret(name, value) && (isSecretValue(value) || looksSecret(name, "a word"));
}
