import { expect, test } from "vitest";
import { othersIn } from "./access-list.js";

const me = "S-1-5-21-1-2-3-1001";

test.each([
  ["only us, the system and administrators", `D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;${me})`, []],
  ["a profile's inherited list", `D:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIID;FA;;;${me})`, []],
  [
    "a folder of the drive",
    `D:AI(A;OICIID;FA;;;BA)(A;OICIID;0x1200a9;;;BU)(A;ID;0x1301bf;;;AU)`,
    ["BU", "AU"],
  ],
  ["everyone", `D:(A;;FR;;;WD)(A;;FA;;;${me})`, ["WD"]],
  ["another user", `D:(A;;FA;;;S-1-5-21-1-2-3-1002)(A;;FA;;;${me})`, ["S-1-5-21-1-2-3-1002"]],
  ["what is only forbidden", `D:(D;;FA;;;WD)(A;;FA;;;${me})`, []],
  ["what only files made in it get", `D:(A;OICIIO;FR;;;WD)(A;;FA;;;${me})`, ["WD"]],
  ["with a condition", `D:(XA;;FR;;;WD;(@User.a == 1))(A;;FA;;;${me})`, ["WD"]],
  ["the owner's rights", "D:(A;;FA;;;OW)(A;OICIIO;FA;;;CO)", []],
  ["the first administrator", "D:PAI(A;;FA;;;LA)", []],
  [
    "administrators of the machine, of the forest and of our domain, as numbers",
    "D:(A;;FA;;;S-1-5-21-7-8-9-500)(A;;FA;;;S-1-5-21-4-5-6-519)(A;;FA;;;S-1-5-21-1-2-3-512)",
    [],
  ],
  [
    "administrators of another domain, and what only looks like one",
    "D:(A;;FA;;;S-1-5-21-4-5-6-512)(A;;FA;;;S-1-5-21-4-5-6-1500)(A;;FA;;;S-1-5-21-4-5-6-7-500)",
    ["S-1-5-21-4-5-6-512", "S-1-5-21-4-5-6-1500", "S-1-5-21-4-5-6-7-500"],
  ],
  ["services of Windows", `D:(A;;FR;;;LS)(A;;FR;;;NS)(A;;FR;;;RD)`, ["LS", "NS", "RD"]],
  ["users of a domain", `D:(A;;FR;;;DU)(A;;FA;;;DA)(A;;FR;;;DU)`, [undefined]],
  ["an empty list", "D:P", []],
  ["no list, which allows everything", "D:NO_ACCESS_CONTROL", ["WD"]],
  ["in a file as icacls saves it", `x.token\r\nD:AI(A;ID;FR;;;BU)(A;ID;FA;;;${me})\r\n`, ["BU"]],
])("of %s those others are found", (_, sddl, expected) => {
  const sids = {
    BU: "S-1-5-32-545",
    AU: "S-1-5-11",
    WD: "S-1-1-0",
    LS: "S-1-5-19",
    NS: "S-1-5-20",
    RD: "S-1-5-32-555",
  } as Record<string, string>;
  expect(othersIn(sddl, me)?.map(({ sid }) => sid)).toEqual(
    expected.map((name) => (name === undefined ? name : (sids[name] ?? name))),
  );
});

test.each(["", "x.token", "O:BAG:BA", "D:\\state\r\n", "D:(A;;FA;;;WD"])("%j is no access list", (text) => {
  expect(othersIn(text, me)).toBeUndefined();
});
