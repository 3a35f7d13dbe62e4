import { isRandomText, isSecretName, looksLikePath, tokenPattern } from "./secret-shapes.js";

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

/** As {@link looksSecret}, among arguments: they are paths, packages and words, so a random look alone does not count. */
export function isNamedSecret(name: string, value: string): boolean {
  // Only as a variable is it the folder that a program works in.
  if (/^pwd$/i.test(name)) return value.trim() !== "" && !looksLikePath(value);
  return looksSecret(name, value) && (isSecretValue(value) || looksSecret(name, "a word"));
}
