import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatAnswers,
  formatRequest,
  parseAnswers,
  parseRequest,
  reasonOf,
} from "../keyring/helper-protocol.js";
import { formatLockNote, parseLockNote } from "../lock/lock-file.js";
import { entryProblem, keyText, oauthNamespace, toCredential, toEntry } from "./credential-entry.js";
import {
  createStoreKey,
  formatEnvelope,
  formatKey,
  parseEnvelope,
  parseKey,
  seal,
  unseal,
} from "./envelope.js";
import { formatDocument, parseDocument } from "./store-document.js";
import { anyCredential, canary, credentialOf } from "./test-support/credentials.js";

const anyText = fc.string({ unit: "binary" });

describe("a credential", () => {
  test("comes back as it was, whatever is in it", () => {
    fc.assert(
      fc.property(anyCredential, (credential) => {
        const text = formatDocument({ entries: [toEntry(credential, undefined)], others: {} });
        const parsed = parseDocument(text);
        const entry = parsed.kind === "found" ? parsed.value.entries[0] : undefined;
        expect(entry === undefined ? parsed : toCredential(entry)).toEqual(credential);
      }),
    );
  });

  test("is named by a text of its own", () => {
    fc.assert(
      fc.property(anyCredential, anyCredential, (one, other) => {
        const parts = (it: typeof one): string[] => [it.executor, it.serverUrl, it.issuer];
        const isSame = parts(one).every((part, index) => part === parts(other)[index]);
        expect(keyText(one) === keyText(other)).toBe(isSame);
      }),
    );
  });

  test("keeps what a newer version wrote beside it, and loses what it has no more", () => {
    const former = { ...toEntry(credentialOf("a"), undefined), invented: { later: [1] }, namespace: "oauth" };
    const entry = toEntry(credentialOf("a", { refreshToken: undefined, accessToken: "new" }), former);
    expect(entry).toMatchObject({ invented: { later: [1] }, accessToken: "new" });
    expect(entry).not.toHaveProperty("refreshToken");
  });

  test.each([
    ["serverUrl", 1],
    ["accessToken", undefined],
    ["accessToken", null],
    ["refreshToken", null],
    ["clientAuthentication", "by_heart"],
    ["scopes", "a b"],
    ["scopes", [1]],
    ["expiresAtMs", "soon"],
    ["expiresAtMs", null],
    ["savedAtMs", undefined],
  ])("is not one if its %s is %j", (field, value) => {
    const entry = { ...toEntry(credentialOf("a"), undefined), namespace: oauthNamespace, [field]: value };
    expect(entryProblem(entry)).toBe(field);
  });
});

describe("a document", () => {
  test.each([
    ["", "is not a JSON object"],
    ["{", "is not a JSON object"],
    ["[]", "is not a JSON object"],
    ["null", "is not a JSON object"],
    [`{"version":1,"entries":[{"accessToken":"${canary}"`, "is not a JSON object"],
    ["{}", "has no version that ever was"],
    ['{"version":"1","entries":[]}', "has no version that ever was"],
    ['{"version":0,"entries":[]}', "has no version that ever was"],
    [
      '{"version":2,"entries":[]}',
      "is of version 2, and this program knows version 1: a newer Fairlead wrote it",
    ],
    ['{"version":1}', "has no list of entries"],
    ['{"version":1,"entries":{}}', "has no list of entries"],
    ['{"version":1,"entries":[1]}', "has an entry 0 of no namespace"],
    [`{"version":1,"entries":[{"accessToken":"${canary}"}]}`, "has an entry 0 of no namespace"],
    [
      `{"version":1,"entries":[{"namespace":"other"},{"namespace":"oauth","accessToken":"${canary}"}]}`,
      "has an entry 1 whose executor is missing or wrong",
    ],
  ])("is corrupt: %s", (text, reason) => {
    expect(parseDocument(text)).toEqual({ kind: "corrupt", reason });
  });

  test("never throws, and tells nothing of what was written", () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.json()), (text) => {
        expect(["found", "corrupt"]).toContain(parseDocument(text).kind);
      }),
    );
  });

  test("keeps entries of other namespaces and fields that it does not know", () => {
    const entries = [{ namespace: "gateway", token: "x", deep: { er: [null] } }];
    const text = formatDocument({ entries, others: { later: true } });
    expect(parseDocument(text)).toEqual({ kind: "found", value: { entries, others: { later: true } } });
  });
});

describe("an envelope", () => {
  test("gives back what was sealed, through its text", () => {
    fc.assert(
      // Texts are sealed as UTF-8, in which half a surrogate pair cannot be said; JSON has none.
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const { account, key } = createStoreKey();
        const sealed = seal(text, account, parseKey(formatKey(key)) ?? Buffer.alloc(0));
        const parsed = parseEnvelope(formatEnvelope(sealed));
        expect(parsed.kind === "found" ? unseal(parsed.value, key) : parsed).toBe(text);
      }),
    );
  });

  test("does not open for another key, or after any change to it", () => {
    const { account, key } = createStoreKey();
    const envelope = seal("what is inside", account, key);
    const flipped = (bytes: Buffer): Buffer =>
      Buffer.from(bytes.map((byte, index) => (index === 3 ? byte ^ 1 : byte)));
    expect(unseal(envelope, key)).toBe("what is inside");
    expect(unseal(envelope, randomBytes(32))).toBeUndefined();
    expect(unseal({ ...envelope, tag: flipped(envelope.tag) }, key)).toBeUndefined();
    expect(unseal({ ...envelope, nonce: flipped(envelope.nonce) }, key)).toBeUndefined();
    expect(unseal({ ...envelope, sealed: flipped(envelope.sealed) }, key)).toBeUndefined();
    expect(unseal({ ...envelope, keyAccount: createStoreKey().account }, key)).toBeUndefined();
  });

  test("is corrupt if anything of it is missing, shorter, longer, or of another version", () => {
    const { account, key } = createStoreKey();
    const whole = JSON.parse(formatEnvelope(seal("x", account, key))) as Record<string, unknown>;
    const reasonFor = (change: Record<string, unknown>): unknown => {
      const parsed = parseEnvelope(JSON.stringify({ ...whole, ...change }));
      return parsed.kind === "corrupt" ? parsed.reason : parsed.kind;
    };
    expect(reasonFor({})).toBe("found");
    expect(reasonFor({ version: 2 })).toContain("a newer Fairlead wrote it");
    expect(reasonFor({ cipher: "rot13" })).toBe("is sealed by a cipher that is not known");
    expect(reasonFor({ keyAccount: "../../other" })).toBe("does not name its key");
    for (const [name, bad] of [
      ["nonce", "AAAA"],
      ["tag", "AAAA"],
      ["tag", undefined],
      ["sealed", "not base64!"],
      ["sealed", 5],
    ] as const) {
      expect(reasonFor({ [name]: bad })).toBe("is not whole");
    }
    expect(parseEnvelope("x").kind).toBe("corrupt");
  });

  test("never repeats a nonce or the name of a key", () => {
    const { account, key } = createStoreKey();
    const nonces = Array.from({ length: 100 }, () => seal("x", account, key).nonce.toString("hex"));
    expect(new Set(nonces).size).toBe(100);
    expect(createStoreKey().account).not.toBe(account);
  });
});

describe("the note of a lock", () => {
  test("comes back as it was; anything else is none", () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1 }), (text, pid) => {
        const note = {
          token: randomBytes(16).toString("hex"),
          pid,
          mark: text,
          host: text,
        };
        expect(parseLockNote(formatLockNote(note))).toEqual(note);
        expect(parseLockNote(text)).toBeUndefined();
        expect(parseLockNote(formatLockNote({ ...note, token: "../escape" }))).toBeUndefined();
        expect(parseLockNote(formatLockNote(note).slice(0, -3))).toBeUndefined();
      }),
    );
  });
});

describe("what the keyring's helper is told and answers", () => {
  test("comes back as it was, in one line", () => {
    fc.assert(
      fc.property(anyText, anyText, (account, value) => {
        const operations = [
          { do: "set", account, value },
          { do: "get", account },
          { do: "remove", account },
        ] as const;
        const answers = [
          { kind: "done" },
          { kind: "found", value },
          { kind: "absent" },
          { kind: "unavailable", reason: value },
        ] as const;
        expect(parseRequest(formatRequest(operations))).toEqual(operations);
        expect(formatRequest(operations).indexOf("\n")).toBe(formatRequest(operations).length - 1);
        expect(parseAnswers(formatAnswers(answers))).toEqual(answers);
        expect(parseAnswers(formatAnswers(answers).slice(0, -1))).toBeUndefined();
        expect(parseAnswers(value)).toBeUndefined();
      }),
    );
  });

  test.each([
    '{"version":2,"operations":[]}',
    '{"version":1}',
    '{"version":1,"operations":[{"do":"eat","account":"a"}]}',
    '{"version":1,"operations":[{"do":"set","account":"a"}]}',
    '{"version":1,"operations":[{"do":"get"}]}',
  ])("is refused: %s", (line) => {
    expect(parseRequest(line)).toBeUndefined();
  });

  test("never quotes a value in a reason", () => {
    const told = reasonOf(new Error(`cannot store\n'${canary}' in a`), [
      { do: "set", account: "a", value: canary },
    ]);
    expect(told).toBe("cannot store '(hidden)' in a");
  });
});
