import type { ListedProcess } from "@fairlead/wire";

/** A client takes messages of 4 MiB; the trees and the fixed parts of a list need their place too. */
const listTextBytes = 2 * 1024 * 1024;
/** Enough to recognise any command line. */
const mostTextBytes = 4 * 1024;
const nameBytes = 256;
const ellipsis = "…";

/**
 * Clips what was given at the starts, so that a list of many processes with large command lines still fits one message:
 * the arguments of a process, and all its labels, get 4 KiB each at most and an equal part of 2 MiB where there are many.
 */
export function clipListed(listed: readonly ListedProcess[]): readonly ListedProcess[] {
  const shareBytes = Math.min(mostTextBytes, Math.floor(listTextBytes / 2 / Math.max(1, listed.length)));
  return listed.map((process) => ({
    ...process,
    clientName: clipTexts([process.clientName], nameBytes).join(""),
    args: clipTexts(process.args, shareBytes),
    labels: clipLabels(process.labels, shareBytes),
  }));
}

/** Keeps the first texts that fit, and the beginning of the one that does not; what follows is one ellipsis. */
function clipTexts(texts: readonly string[], mostBytes: number): readonly string[] {
  let leftBytes = mostBytes;
  const kept: string[] = [];
  for (const text of texts) {
    const bytes = Buffer.byteLength(text);
    if (bytes > leftBytes || leftBytes <= 0) return [...kept, clip(text, leftBytes)];
    kept.push(text);
    // An empty argument takes its place in the message too.
    leftBytes -= bytes + 2;
  }
  return kept;
}

function clipLabels(labels: Readonly<Record<string, string>>, mostBytes: number): Record<string, string> {
  let leftBytes = mostBytes;
  const kept: [string, string][] = [];
  for (const [name, value] of Object.entries(labels)) {
    const bytes = Buffer.byteLength(name) + Buffer.byteLength(value);
    if (bytes > leftBytes) {
      kept.push([clip(name, leftBytes), ellipsis]);
      break;
    }
    kept.push([name, value]);
    leftBytes -= bytes + 4;
  }
  return Object.fromEntries(kept);
}

function clip(text: string, wishedBytes: number): string {
  const mostBytes = Math.max(0, wishedBytes - Buffer.byteLength(ellipsis));
  // Cut between two characters: a replacement character at the end is half of one.
  const bytes = Buffer.from(text.slice(0, mostBytes));
  return (
    bytes
      .subarray(0, mostBytes)
      .toString()
      .replace(/\uFFFD+$/, "") + ellipsis
  );
}
