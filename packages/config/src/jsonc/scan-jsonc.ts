/** A value of a JSON text, and where it stands. */
export type JsoncNode = JsoncObject | JsoncArray | JsoncScalar;

/** Where something stands: the offset of its first character, and the one after its last. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** An object. */
export interface JsoncObject extends Span {
  readonly kind: "object";
  readonly members: readonly JsoncMember[];
}

/** A key and its value; it begins at the key. */
export interface JsoncMember extends Span {
  readonly key: string;
  readonly value: JsoncNode;
  /** Where the comma behind it stands; undefined if there is none. */
  readonly comma: number | undefined;
}

/** An array. */
export interface JsoncArray extends Span {
  readonly kind: "array";
  readonly items: readonly JsoncNode[];
}

/** A text, a number, true, false or null. */
export interface JsoncScalar extends Span {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
}

/**
 * Finds where each value of a JSON text stands. As editors allow it in their settings, there may be comments and commas
 * behind the last item. A text with nothing in it has no value: undefined.
 * @returns the offset of the first character that cannot stand there, if the text is not such JSON
 */
export function scanJsonc(
  text: string,
): { readonly root: JsoncNode | undefined } | { readonly mistakeAt: number } {
  const reader: Reader = { text, at: text.startsWith("\uFEFF") ? 1 : 0 };
  try {
    skipBlanks(reader);
    const root = reader.at === text.length ? undefined : readValue(reader);
    skipBlanks(reader);
    return reader.at === text.length ? { root } : { mistakeAt: reader.at };
  } catch (thrown) {
    if (thrown === mistake) return { mistakeAt: Math.min(reader.at, text.length) };
    throw thrown;
  }
}

/** The value of a node, as `JSON.parse` gives it. */
export function jsoncValue(node: JsoncNode): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "array") return node.items.map(jsoncValue);
  return Object.fromEntries(node.members.map(({ key, value }) => [key, jsoncValue(value)]));
}

interface Reader {
  readonly text: string;
  at: number;
}

const mistake = new Error("not JSON");
const blanks = /(?:[ \t\r\n]+|\/\/[^\r\n]*|\/\*[^]*?\*\/)*/y;
const stringPattern = /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"/uy;
const scalarPattern = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y;

function readValue(reader: Reader): JsoncNode {
  const opener = reader.text[reader.at];
  if (opener === "{") return readObject(reader);
  if (opener === "[") return readArray(reader);
  const start = reader.at;
  const value = JSON.parse(
    take(reader, opener === '"' ? stringPattern : scalarPattern),
  ) as JsoncScalar["value"];
  return { kind: "scalar", start, end: reader.at, value };
}

function readObject(reader: Reader): JsoncObject {
  const start = reader.at;
  const members: JsoncMember[] = [];
  readItems(reader, "}", () => {
    const memberStart = reader.at;
    const key = JSON.parse(take(reader, stringPattern)) as string;
    skipBlanks(reader);
    if (reader.text[reader.at] !== ":") throw mistake;
    reader.at++;
    skipBlanks(reader);
    const value = readValue(reader);
    members.push({ key, value, start: memberStart, end: value.end, comma: commaBehind(reader) });
  });
  return { kind: "object", start, end: reader.at, members };
}

function readArray(reader: Reader): JsoncArray {
  const start = reader.at;
  const items: JsoncNode[] = [];
  readItems(reader, "]", () => {
    items.push(readValue(reader));
    commaBehind(reader);
  });
  return { kind: "array", start, end: reader.at, items };
}

/** Reads items up to the closing bracket; each of them takes the comma behind it along. */
function readItems(reader: Reader, closer: string, readItem: () => void): void {
  reader.at++;
  let isDue = false;
  for (;;) {
    skipBlanks(reader);
    if (reader.text[reader.at] === closer) break;
    if (isDue) throw mistake;
    readItem();
    isDue = reader.text[reader.at - 1] !== ",";
  }
  reader.at++;
}

/** Goes past the comma behind an item; where there is none, to the end of the item. */
function commaBehind(reader: Reader): number | undefined {
  const end = reader.at;
  skipBlanks(reader);
  if (reader.text[reader.at] === ",") return reader.at++;
  reader.at = end;
  return undefined;
}

function skipBlanks(reader: Reader): void {
  blanks.lastIndex = reader.at;
  blanks.exec(reader.text);
  reader.at = blanks.lastIndex;
}

function take(reader: Reader, pattern: RegExp): string {
  pattern.lastIndex = reader.at;
  const [match] = pattern.exec(reader.text) ?? [];
  if (match === undefined) throw mistake;
  reader.at = pattern.lastIndex;
  return match;
}
