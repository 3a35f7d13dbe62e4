/** What secrets are called, in names whose words are parted by `_`. */
const plainName =
  /token|secret|passw|passphrase|(?<!by|com|tres)pass$|(?<!^|^old)_?pwd$|(?:^|_)pin$|api_?key|(?:access|private|auth|signing|encryption)_?key|(?:^|_)key$|credential|authorization|cookie|(?:^|_)auth$|(?:^|_)pat$/;

/** Names that say a secret is somewhere, or about one, but not what it is. */
const pointer =
  /_(?:file|path|dir|url|uri|host|endpoint|name|id|ids|type|mode|method|ttl|timeout|limit|count|max|min|expiry|expires|scopes?)$/;

const possibleName =
  /key|token|secret|pass(?!ive|thr|eng|port)|pwd|auth|cred|cookie|session|signature|bearer|header|private|dsn|(?:^|[_-])(?:pin|pat)(?:$|[_-])/i;

/** Whether a name says that its value is a secret, as far as a name can: for what is changed or refused for it. */
export function isSecretName(name: string): boolean {
  const snake = name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll("-", "_")
    .toLowerCase();
  return plainName.test(snake) && !pointer.test(snake);
}

/** Whether a name lets its value be a secret: for what is only masked, where one too many does no harm. */
export function mayBeSecretName(name: string): boolean {
  return possibleName.test(name);
}

/**
 * What the makers of tokens begin them with, and the characters that follow: a part of a pattern, without groups that count.
 * Bounded, so that it takes no longer than its text.
 */
export const tokenPattern =
  "(?:(?:sk-|sk_live_|sk_test_|rk_live_|pk_live_|gh[opsur]_|github_pat_|glpat-|xox[abeoprs]-|xapp-|AKIA|ASIA|AIza|ya29\\.|hf_|npm_|pypi-|dop_v1_|lin_api_|ntn_|figd_|shpat_|SG\\.)[A-Za-z0-9._/+-]{8,}|eyJ[A-Za-z0-9_-]{8,}\\.eyJ[A-Za-z0-9._-]*)";

/** Whether a text is a path, which stands in many a message and hides nothing. */
export function looksLikePath(text: string): boolean {
  return /^(?:[.~]?[/\\]|[A-Za-z]:[/\\]|@)/.test(text);
}

/** Whether a text looks like a key that nobody can remember: long, without spaces, letters and digits mixed. */
export function looksLikeKey(text: string): boolean {
  if (text.length < 20 || /\s/.test(text) || looksLikePath(text) || /^[a-z]+:\/\//.test(text)) return false;
  return /[A-Za-z]/.test(text) && /\d/.test(text) && /^[\w.+/=:~-]+$/.test(text);
}

/** Shorter, random letters are words. */
const leastRandomChars = 24;

/** Whether a text looks random, and long enough to be a key. */
export function isRandomText(value: string): boolean {
  if (value.length < leastRandomChars || !/^[A-Za-z0-9_+/=.~-]+$/.test(value)) return false;
  if (!/\d/.test(value) || !/[A-Za-z]/.test(value)) return false;
  // Paths, hosts and packages come in words; of a token at least one part is long and mixed.
  return value
    .split(/[/._~-]/)
    .some((part) => part.length >= leastRandomChars - 4 && /\d.*[A-Za-z].*\d/.test(part));
}
