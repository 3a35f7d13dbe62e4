import { isRandomText, mayBeSecretName } from "./secret-shapes.js";

/** What stands for a secret that is not shown. */
export const mask = "***";

/**
 * An address that may be shown: its user and password, random parts of its path, and values of its query that look like
 * secrets, by their names or by their length, are replaced by `***`. The rest stays as it was spelled, and so does what is
 * no address.
 */
export function maskUrl(url: string): string {
  const [, scheme, address = ""] = /^([A-Za-z][A-Za-z0-9+.-]*:\/\/)(.*)$/s.exec(url) ?? [];
  if (scheme === undefined) return url;
  const start = address.indexOf("?");
  const place = start < 0 ? address : address.slice(0, start);
  const shown = place
    .replace(/^[^/#]*@/, `${mask}@`)
    .split("/")
    .map((part, index) => (index > 0 && isRandomText(part) ? mask : part))
    .join("/");
  if (start < 0) return `${scheme}${shown}`;
  const pairs = address.slice(start + 1).split("&");
  return `${scheme}${shown}?${pairs.map(maskPair).join("&")}`;
}

/** Shorter values are words; a token has more characters. */
const longestWord = 24;

function maskPair(pair: string): string {
  const separator = pair.indexOf("=");
  const name = pair.slice(0, separator);
  const value = pair.slice(separator + 1);
  if (separator < 0 || value === "") return pair;
  const isSecret = mayBeSecretName(name) || /sig|code/i.test(name) || value.length > longestWord;
  return isSecret ? `${name}=${mask}` : pair;
}
