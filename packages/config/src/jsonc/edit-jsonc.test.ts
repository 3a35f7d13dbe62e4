import { describe, expect, test } from "vitest";
import { removeJsoncMember, setJsoncMember } from "./edit-jsonc.js";

const file = "settings.json";
const entry = { command: "fairlead", args: ["serve"] };
const set = (text: string): string => setJsoncMember(text, ["servers", "fairlead"], entry, file);
const remove = (text: string): string => removeJsoncMember(text, ["servers", "fairlead"], file);

describe("setting a member", () => {
  test("a new file gets the objects on the way", () => {
    expect(set("")).toMatchInlineSnapshot(`
      "{
        "servers": {
          "fairlead": {
            "command": "fairlead",
            "args": [
              "serve"
            ]
          }
        }
      }
      "
    `);
  });

  test("a file of comments alone keeps them", () => {
    expect(set("// mine\n")).toMatchInlineSnapshot(`
      "// mine
      {
        "servers": {
          "fairlead": {
            "command": "fairlead",
            "args": [
              "serve"
            ]
          }
        }
      }
      "
    `);
  });

  test("comments, order and the style of commas stay, and the new one goes to the end", () => {
    const text = `// Zed
{
  "theme": "One Dark", // dark
  "servers": {
    /* first */
    "git": { "command": "git-mcp" }, // mine
    // the end
  },
}
`;
    expect(set(text)).toMatchInlineSnapshot(`
      "// Zed
      {
        "theme": "One Dark", // dark
        "servers": {
          /* first */
          "git": { "command": "git-mcp" }, // mine
          // the end
          "fairlead": {
            "command": "fairlead",
            "args": [
              "serve"
            ]
          },
        },
      }
      "
    `);
  });

  test("where there is no comma at the end, none is made there", () => {
    expect(set('{\n\t"servers": {\n\t\t"git": {}\n\t}\n}')).toMatchInlineSnapshot(`
      "{
      	"servers": {
      		"git": {},
      		"fairlead": {
      			"command": "fairlead",
      			"args": [
      				"serve"
      			]
      		}
      	}
      }"
    `);
  });

  test("an object on one line stays there", () => {
    expect(set('{"servers":{"git":{"command":"x"}}}')).toMatchInlineSnapshot(
      `"{"servers":{"git":{"command":"x"}, "fairlead": {"command":"fairlead","args":["serve"]}}}"`,
    );
    expect(set('{"servers":{"git":{},}}')).toMatchInlineSnapshot(
      `"{"servers":{"git":{}, "fairlead": {"command":"fairlead","args":["serve"]},}}"`,
    );
  });

  test("an empty object is opened", () => {
    expect(set('{\r\n    "servers": {}\r\n}\r\n')).toMatchInlineSnapshot(`
      "{
          "servers": {
              "fairlead": {
                  "command": "fairlead",
                  "args": [
                      "serve"
                  ]
              }
          }
      }
      "
    `);
  });

  test("one that is there is replaced where it stands", () => {
    const text = '{\n  "servers": {\n    "fairlead": { "command": "old" },\n    "git": {}\n  }\n}\n';
    expect(set(text)).toMatchInlineSnapshot(`
      "{
        "servers": {
          "fairlead": {
            "command": "fairlead",
            "args": [
              "serve"
            ]
          },
          "git": {}
        }
      }
      "
    `);
    expect(set(set(text))).toBe(set(text));
  });

  test("the one that counts is replaced where a key is there twice", () => {
    const text = '{ "servers": { "fairlead": 1, "fairlead": 2 } }';
    expect(set(text)).toMatchInlineSnapshot(`
      "{ "servers": { "fairlead": 1, "fairlead": {
        "command": "fairlead",
        "args": [
          "serve"
        ]
      } } }"
    `);
  });

  test("what is no object on the way is a refusal", () => {
    expect(() => set('{ "servers": [] }')).toThrow("settings.json was not changed: servers is no object");
    expect(() => set("[]")).toThrow("settings.json was not changed: it is no object");
  });

  test("what is no JSON is a refusal that does not quote it", () => {
    expect(() => set('{\n  "token": "s3cret" "x"\n}')).toThrow("settings.json:2:21 is not valid JSON");
  });
});

test.each([
  "01",
  "+1",
  ".5",
  "1.",
  "[,]",
  "{,}",
  "{'a': 1}",
  "NaN",
  '"a\tb"',
  '"\\x"',
  "/* a",
  "{} {}",
  '{"a" 1}',
  "[",
])("what the parser would guess at is refused: %s", (text) => {
  expect(() => set(text)).toThrow(/^settings\.json:1:\d+ is not valid JSON$/);
});

test("the mark of the byte order and the line breaks stay, and a second time changes nothing", () => {
  const text = '\uFEFF// mine\r\n{\r\n\t"servers": {\r\n\t\t"git": {}, // hers\r\n\t},\r\n}\r\n';
  const edited = set(text);
  expect(edited.startsWith('\uFEFF// mine\r\n{\r\n\t"servers": {\r\n\t\t"git": {}, // hers\r\n')).toBe(true);
  expect(edited).not.toMatch(/[^\r]\n/);
  expect(set(edited)).toBe(edited);
  expect(remove(edited)).toBe(text);
});

describe("removing a member", () => {
  test("its line goes, comments stay", () => {
    const text =
      '{\n  "servers": {\n    // ours\n    "fairlead": {\n      "a": 1\n    }, // x\n    "git": {}\n  }\n}\n';
    expect(remove(text)).toMatchInlineSnapshot(`
      "{
        "servers": {
          // ours
          // x
          "git": {}
        }
      }
      "
    `);
  });

  test("the last one takes the comma before it along", () => {
    expect(
      remove('{\n  "servers": {\n    "git": {}, // mine\n    "fairlead": {}\n  }\n}\n'),
    ).toMatchInlineSnapshot(`
      "{
        "servers": {
          "git": {} // mine
        }
      }
      "
    `);
    expect(remove('{"servers":{"git":{}, "fairlead":{}}}')).toBe('{"servers":{"git":{} }}');
  });

  test("both go where a key is there twice", () => {
    expect(remove('{ "servers": { "fairlead": 1, "a": 0, "fairlead": 2 } }')).toBe(
      '{ "servers": { "a": 0  } }',
    );
  });

  test("what is not there is no change", () => {
    for (const text of ["", "{}", "[]", '{ "servers": 3 }', '{ "servers": { "git": {} } }']) {
      expect(remove(text)).toBe(text);
    }
  });

  test("undoes what setting did", () => {
    for (const text of [
      '{\n  "servers": {\n    "git": {}\n  }\n}\n',
      '{\n  "servers": {\n    "git": {}, // x\n  },\n}',
      '{\r\n\t"servers": {\r\n\t\t"git": []\r\n\t}\r\n}',
    ]) {
      expect(remove(set(text))).toBe(text);
    }
  });
});
