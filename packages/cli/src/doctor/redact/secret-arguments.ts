import { looksLikeKey, looksLikePath, mayBeSecretName } from "@fairlead/config";

/** Whether a variable of this machine is called as if its value were a secret; `PWD` and the like are not. */
export function isSecretVariable(name: string): boolean {
  return /token|secret|passw|passphrase|(?:^|_)pass$|api_?key|access_?key|private_?key|credential/i.test(
    name,
  );
}

/**
 * Finds the secrets among the arguments of a command: what follows a flag of such a name, what stands behind `=` in one or in
 * a list of settings, what follows a user, and what looks like a key.
 */
export function secretArguments(args: readonly string[]): readonly string[] {
  return args.flatMap((text, index) => {
    const before = args[index - 1] ?? "";
    const separator = text.indexOf("=");
    const name = separator < 0 ? "" : text.slice(0, separator);
    const value = text.slice(separator + 1);
    const settings = secretSettings(value.includes("=") ? text.replace(/^-+[\w-]+=/, "") : "");
    if (settings.length > 0) return settings;
    if (separator > 0 && mayBeSecretName(name)) return [value];
    if (isUserFlag(separator > 0 ? name : before)) return passwordOf(value);
    const isValue = before.startsWith("-") && !before.includes("=") && !/^-|^[.~]?[/\\]/.test(text);
    if (isValue && mayBeSecretName(before)) return [text];
    return looksLikeKey(text) || looksLikeKey(value) ? [value] : [];
  });
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

/** Of `Server=db;Uid=sa;Pwd=…` and `name=a&token=…`. */
function secretSettings(text: string): readonly string[] {
  const pairs = text.split(/[;&]/);
  if (pairs.length < 2) return [];
  return pairs.flatMap((pair) => {
    const separator = pair.indexOf("=");
    return separator > 0 && mayBeSecretName(pair.slice(0, separator)) ? [pair.slice(separator + 1)] : [];
  });
}

function isUserFlag(flag: string): boolean {
  return flag === "-u" || flag === "--user";
}

function passwordOf(text: string): readonly string[] {
  const [, password = ""] = /^[^:\s]+:(?!\/\/)(\S+)$/.exec(text) ?? [];
  return password === "" ? [] : [password];
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
