/** What a secret is called. */
const secretName = /key|token|secret|passw|pwd|auth|cred|cookie|session|signature|bearer|header/i;

/** Whether a name says that its value is a secret. */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/** Whether a variable of this machine is called as if its value were a secret; `PWD` and the like are not. */
export function isSecretVariable(name: string): boolean {
  return /token|secret|password|passwd|api_?key|access_?key|private_?key|credential/i.test(name);
}

/** Whether a text is a path, which stands in many a message and hides nothing. */
export function looksLikePath(text: string): boolean {
  return /^(?:[.~]?[/\\]|[A-Za-z]:[/\\]|@)/.test(text);
}

/** Whether a text looks like a key that nobody can remember: long, without spaces, letters and digits mixed. */
export function looksLikeKey(text: string): boolean {
  if (text.length < 20 || /\s/.test(text) || looksLikePath(text) || /^[a-z]+:\/\//.test(text)) return false;
  return /[A-Za-z]/.test(text) && /\d/.test(text) && /^[\w.+/=:~-]+$/.test(text);
}

/**
 * Finds the secrets among the arguments of a command: what follows a flag of such a name, what stands behind `=` in one, and
 * what looks like a key.
 */
export function secretArguments(args: readonly string[]): readonly string[] {
  return args.flatMap((text, index) => {
    const before = args[index - 1] ?? "";
    const separator = text.indexOf("=");
    const name = separator < 0 ? "" : text.slice(0, separator);
    if (separator > 0 && isSecretName(name)) return [text.slice(separator + 1)];
    const isValue = before.startsWith("-") && !before.includes("=") && !/^-|^[.~]?[/\\]/.test(text);
    if (isValue && isSecretName(before)) return [text];
    return looksLikeKey(text) || looksLikeKey(text.slice(separator + 1)) ? [text.slice(separator + 1)] : [];
  });
}

/** The secrets in an address: its password, or a user without one, and what in its query and path is called so, or looks so. */
export function secretsInUrl(url: string): readonly string[] {
  if (!URL.canParse(url)) return [];
  const { username, password, searchParams, pathname } = new URL(url);
  const query = [...searchParams].filter(([name, value]) => isSecretName(name) || looksLikeKey(value));
  const path = pathname.split("/").filter((part) => looksLikeKey(part));
  return [decoded(password === "" ? username : password), ...query.map(([, value]) => value), ...path].filter(
    (text) => text !== "",
  );
}

/** The user that an address names, who may be anybody. */
export function userInUrl(url: string): string {
  return URL.canParse(url) ? decoded(new URL(url).username) : "";
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
