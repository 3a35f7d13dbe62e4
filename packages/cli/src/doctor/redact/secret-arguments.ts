import {
  isNamedSecret,
  looksLikeKey,
  looksLikePath,
  mayBeSecretName,
  type NamedValue,
  secretsInArgument,
} from "@fairlead/config";

/** Whether a variable of this machine is called as if its value were a secret; `PWD` and the like are not. */
export function isSecretVariable(name: string): boolean {
  return /token|secret|passw|passphrase|(?:^|_)pass$|api_?key|access_?key|private_?key|credential/i.test(
    name,
  );
}

/**
 * Finds the secrets among the arguments of a command, as `fairlead list` masks them; where an argument has none, also what
 * is only called a little like one or looks like a key, since here one too many does no harm.
 */
export function secretArguments(args: readonly string[]): readonly string[] {
  return args.flatMap((text, index) => {
    const before = args[index - 1];
    const certain = secretsInArgument(text, before, ({ name, value }) => isNamedSecret(name, value));
    if (certain.length > 0) return certain;
    const possible = secretsInArgument(text, before, maybeSecret);
    if (possible.length > 0) return possible;
    return looksLikeKey(text) ? [text.slice(text.indexOf("=") + 1)] : [];
  });
}

function maybeSecret({ name, value, mark }: NamedValue): boolean {
  if (looksLikeKey(value)) return true;
  // Behind a colon stands also the version of an image.
  if (mark === ":" || !mayBeSecretName(name)) return false;
  return mark === "=" || !/^[.~]?[/\\]/.test(value);
}

/** Values of flags that nobody knows the names of, and that may be secrets as well as words: with a digit, and no path. */
export function possibleSecretArguments(args: readonly string[]): readonly string[] {
  return args.flatMap((text, index) => {
    const isFlagWithValue = /^-[^=]*=/.test(text);
    const isBehindFlag = /^-[^=]*$/.test(args[index - 1] ?? "") && !text.startsWith("-");
    if (!isFlagWithValue && !isBehindFlag) return [];
    const value = isFlagWithValue ? text.slice(text.indexOf("=") + 1) : text;
    const isWord =
      value.length < 6 || !/\d/.test(value) || looksLikePath(value) || /^[a-z]+:\/\/|\s/.test(value);
    return isWord ? [] : [value];
  });
}

/** The secrets in an address: its password, or a user without one, and what in its query and path is called so, or looks so. */
export function secretsInUrl(url: string): readonly string[] {
  if (!URL.canParse(url)) return [];
  const { username, password, searchParams, pathname } = new URL(url);
  const query = [...searchParams].filter(([name, value]) => mayBeSecretName(name) || looksLikeKey(value));
  const path = pathname.split("/").filter((part) => looksLikeKey(part));
  return [decoded(password === "" ? username : password), ...query.map(([, value]) => value), ...path].filter(
    (text) => text !== "",
  );
}

/** The values in the query of an address, whatever they are called. */
export function queryValues(url: string): readonly string[] {
  return URL.canParse(url) ? [...new URL(url).searchParams.values()].filter((text) => text !== "") : [];
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
