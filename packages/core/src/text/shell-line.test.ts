import { expect, test } from "vitest";
import { shellLine } from "./shell-line.js";

test.each<[words: string[], posix: string, windows: string]>([
  [["npx", "-y", "@scope/pkg@1.2"], "npx -y @scope/pkg@1.2", "npx -y @scope/pkg@1.2"],
  [["a b", "it's", ""], `'a b' 'it'\\''s' ''`, `"a b" "it's" ""`],
  [["$HOME", "~/x", "*", 'say "hi"'], `'$HOME' '~/x' '*' 'say "hi"'`, `"$HOME" "~/x" "*" "say ""hi"""`],
  [["A=b", "--env=A=b"], `'A=b' --env=A=b`, `A=b --env=A=b`],
  [["two\nlines", "tab\t'x'"], `$'two\\u000alines' $'tab\\u0009\\'x\\''`, `"two\nlines" "tab\t'x'"`],
  [["C:\\a"], `'C:\\a'`, `C:\\a`],
])("%j can be pasted", (words, posix, windows) => {
  expect(shellLine(words)).toBe(posix);
  expect(shellLine(words, true)).toBe(windows);
});
