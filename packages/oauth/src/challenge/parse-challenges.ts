/** One challenge of a `WWW-Authenticate` header (RFC 9110 11.6.1). */
export interface AuthChallenge {
  /** In lower case, for example `bearer`. */
  readonly scheme: string;
  /** The parameters by their names in lower case, with quotes and quoted pairs resolved. */
  readonly parameters: ReadonlyMap<string, string>;
  /** What some schemes have instead of parameters. */
  readonly token68: string | undefined;
}

/**
 * Reads every challenge of one or several `WWW-Authenticate` headers. A challenge that is malformed, or has a parameter
 * twice, is left out as a whole, because nobody can tell which value its reader should believe; the others are kept.
 */
export function parseChallenges(
  headers: Pick<Headers, "get"> | string | readonly string[],
): readonly AuthChallenge[] {
  if (typeof headers === "string") return parseHeader(headers);
  if ("get" in headers) return parseHeader(headers.get("www-authenticate") ?? "");
  return headers.flatMap(parseHeader);
}

interface OpenChallenge {
  readonly scheme: string;
  readonly parameters: Map<string, string>;
  token68: string | undefined;
  isValid: boolean;
}

// Sticky expressions that never look back: a hostile header costs no more than its length.
const separators = /[ \t,]*/y;
const blank = /[ \t]*/y;
const endOfItem = /[ \t]*(?=,|$)/y;
const parameter = /([!#$%&'*+.^_`|~\w-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\[^])*)"|([!#$%&'*+.^_`|~\w-]+))/y;
const schemeWord = /([!#$%&'*+.^_`|~\w-]+)(?=[ \t,]|$)/y;
const token68Word = /[ \t]+([A-Za-z0-9._~+/-]+=*)(?=[ \t]*(?:,|$))/y;
/** The rest of an item that makes no sense, up to a comma outside of quotes. */
const rubbish = /(?:"(?:[^"\\]|\\[^])*"|[^",])+|"[^]*/y;

function parseHeader(text: string): AuthChallenge[] {
  const found: OpenChallenge[] = [];
  let at = 0;
  const read = (expression: RegExp): RegExpExecArray | null => {
    expression.lastIndex = at;
    const match = expression.exec(text);
    if (match !== null) at = expression.lastIndex;
    return match;
  };
  /** One parameter and the end of its item; whatever else stands there costs the challenge its validity. */
  const readParameter = (challenge: OpenChallenge | undefined): void => {
    const pair = read(parameter);
    if (pair !== null && challenge !== undefined) add(challenge, pair);
    if (pair !== null && read(endOfItem) !== null) return;
    if (challenge !== undefined) challenge.isValid = false;
    read(rubbish);
  };
  for (read(separators); at < text.length; read(separators)) {
    const before = at;
    const word = read(parameter) === null ? read(schemeWord) : null;
    if (word === null) {
      at = before;
      readParameter(found.at(-1));
      continue;
    }
    const challenge = open(word, read(token68Word)?.[1]);
    found.push(challenge);
    if (challenge.token68 !== undefined) continue;
    // The first parameter stands behind the scheme without a comma; there may be none.
    read(blank);
    if (at < text.length && text[at] !== ",") readParameter(challenge);
  }
  return found.filter(({ isValid }) => isValid);
}

function open(word: RegExpExecArray, token68: string | undefined): OpenChallenge {
  return { scheme: (word[1] ?? "").toLowerCase(), parameters: new Map(), token68, isValid: true };
}

function add(challenge: OpenChallenge, pair: RegExpExecArray): void {
  const name = (pair[1] ?? "").toLowerCase();
  const value = pair[3] ?? (pair[2] ?? "").replaceAll(/\\([^])/g, "$1");
  if (challenge.parameters.has(name) || challenge.token68 !== undefined) challenge.isValid = false;
  challenge.parameters.set(name, value);
}
