/**
 * Spells a name so that those are equal that Windows takes for the same: letter by letter, as its file systems do. JavaScript's
 * own rules also make one of the Kelvin sign and `k`, which are two files there, and two letters of some one.
 */
export function foldWindowsCase(name: string): string {
  let folded = "";
  for (let at = 0; at < name.length; at += 1) {
    const letter = name.charAt(at);
    const upper = letter.toUpperCase();
    // A letter beyond ASCII is never the same as one within.
    folded += upper.length === 1 && (letter < "\u0080" || upper >= "\u0080") ? upper : letter;
  }
  return folded;
}
