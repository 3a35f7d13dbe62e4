/**
 * Where a text stops being JSON: the offset of the first character that cannot stand there; undefined if the whole text
 * is JSON. The engine's own message quotes the text instead, and that may hold a secret.
 */
export function findJsonMistake(text: string): number | undefined {
  const state = { text, at: 0 };
  try {
    readValue(state);
    return state.at === text.length ? undefined : state.at;
  } catch (thrown) {
    if (thrown === mistake) return state.at;
    throw thrown;
  }
}

interface Reader {
  readonly text: string;
  at: number;
}

const mistake = new Error("not JSON");
const blanks = /[ \t\r\n]*/y;
const stringPattern = /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"/uy;
const scalarPattern = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

function readValue(reader: Reader): void {
  skip(reader, blanks);
  const opener = reader.text[reader.at];
  if (opener === "{") readItems(reader, "}", readMember);
  else if (opener === "[") readItems(reader, "]", readValue);
  else if (!skip(reader, opener === '"' ? stringPattern : scalarPattern)) throw mistake;
  skip(reader, blanks);
}

function readMember(reader: Reader): void {
  skip(reader, blanks);
  if (!skip(reader, stringPattern)) throw mistake;
  skip(reader, blanks);
  expect(reader, ":");
  readValue(reader);
}

function readItems(reader: Reader, closer: string, readItem: (reader: Reader) => void): void {
  reader.at++;
  skip(reader, blanks);
  if (reader.text[reader.at] !== closer) {
    readItem(reader);
    while (reader.text[reader.at] === ",") {
      reader.at++;
      readItem(reader);
    }
  }
  expect(reader, closer);
}

function expect(reader: Reader, character: string): void {
  if (reader.text[reader.at] !== character) throw mistake;
  reader.at++;
}

function skip(reader: Reader, pattern: RegExp): boolean {
  pattern.lastIndex = reader.at;
  const match = pattern.exec(reader.text);
  if (match === null) return false;
  reader.at = pattern.lastIndex;
  return true;
}
