const secretName =
  /token|secret|passw|_pwd$|api_?key|(?:access|private|auth|signing|encryption)_?key|(?:^|_)key$|credential|authorization|cookie|(?:^|_)auth$|(?:^|_)pat$/;

/** Names that say a secret is somewhere, or about one, but not what it is. */
const pointer =
  /_(?:file|path|dir|url|uri|host|endpoint|name|id|ids|type|mode|method|ttl|timeout|limit|count|max|min|expiry|expires|scopes?)$/;

/** What the makers of tokens begin them with, keys in PEM, and addresses that hold a password. */
const secretValue =
  /(?:^|[\s=:"'])(?:sk-|sk_live_|sk_test_|rk_live_|pk_live_|gh[opsur]_|github_pat_|glpat-|xox[abeoprs]-|xapp-|AKIA|ASIA|AIza|ya29\.|hf_|npm_|pypi-|dop_v1_|lin_api_|ntn_|figd_|shpat_|SG\.)[A-Za-z0-9._/+-]{8,}|eyJ[A-Za-z0-9_-]{8,}\.eyJ|-----BEGIN [A-Z ]*PRIVATE KEY|^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@|^(?:bearer|basic) +\S{6,}/i;

/** Shorter, random letters are words. */
const leastRandomChars = 24;

/**
 * Whether a value that has a name looks like a secret: by the name, by what its maker begins it with, or because it looks
 * random. A guess, so whoever asks must say what it came to.
 */
export function looksSecret(name: string, value: string): boolean {
  if (value.trim() === "") return false;
  const snake = name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll("-", "_")
    .toLowerCase();
  const isNamedSo = secretName.test(snake) && !pointer.test(snake);
  if (isNamedSo && !/^(?:true|false|yes|no|on|off|none|null|\d{1,5})$/i.test(value)) return true;
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
  const [, name, value = ""] = /^(?:-{1,2}|\/)?([A-Za-z][\w.-]*)[=:](.*)$/s.exec(argument) ?? [];
  if (name !== undefined && isNamedSecret(name, value)) return true;
  const [, flag] = /^--?([A-Za-z][\w.-]*)$/.exec(before ?? "") ?? [];
  return flag !== undefined && !argument.startsWith("-") && isNamedSecret(flag, argument);
}

/** The arguments of a program, those that give it a secret masked. */
export function maskArguments(args: readonly string[]): string[] {
  return args.map((argument, index) => {
    if (!isSecretArgument(argument, args[index - 1])) return argument;
    // The name of what is hidden says more than three stars.
    const [named] = /^(?:-{1,2}|\/)?[A-Za-z][\w.-]*[=:]/.exec(argument) ?? [];
    return `${named ?? ""}***`;
  });
}

/** Arguments are paths, packages and words, so what merely looks random counts only behind a telling name. */
function isNamedSecret(name: string, value: string): boolean {
  return looksSecret(name, value) && (isSecretValue(value) || looksSecret(name, "a word"));
}

/** Whether a text looks random, and long enough to be a key. */
export function isRandomText(value: string): boolean {
  if (value.length < leastRandomChars || !/^[A-Za-z0-9_+/=.~-]+$/.test(value)) return false;
  if (!/\d/.test(value) || !/[A-Za-z]/.test(value)) return false;
  // Paths, hosts and packages come in words; of a token at least one part is long and mixed.
  return value
    .split(/[/._~-]/)
    .some((part) => part.length >= leastRandomChars - 4 && /\d.*[A-Za-z].*\d/.test(part));
}
