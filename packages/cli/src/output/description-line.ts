import { plainText } from "./plain-text.js";
import { cutToWidth } from "./text-width.js";

const indent = "    ";

/** Enough to tell one tool from another where the width of the terminal is not known. */
const longestWidth = 104;

/** The first line of a description, indented below what it describes, and no wider than so many columns. */
export function descriptionLine(text: string, columns = longestWidth): string {
  const [line = ""] = text.trim().split("\n");
  return cutToWidth(`${indent}${plainText(line)}`, Math.min(columns, longestWidth));
}
