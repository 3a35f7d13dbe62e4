import { askForm } from "./questions.mjs";

const string = { type: "string" };
const options = ["option1", "option2", "option3"];
const titled = (...titles) => titles.map((title, index) => ({ const: `value${index + 1}`, title }));

/** A form whose fields, one of every kind, all have a default. */
export const formWithDefaults = askForm("Please review the defaults", {
  name: { ...string, default: "John Doe" },
  age: { type: "integer", default: 30 },
  score: { type: "number", default: 95.5 },
  status: { ...string, enum: ["active", "inactive", "pending"], default: "active" },
  verified: { type: "boolean", default: true },
});

/** A form with the five kinds of choices. */
export const enumForm = askForm("Please choose", {
  untitledSingle: { ...string, enum: options },
  titledSingle: { ...string, oneOf: titled("First Option", "Second Option", "Third Option") },
  legacyEnum: {
    ...string,
    enum: ["opt1", "opt2", "opt3"],
    enumNames: ["Option One", "Option Two", "Option Three"],
  },
  untitledMulti: { type: "array", items: { ...string, enum: options } },
  titledMulti: { type: "array", items: { anyOf: titled("First Choice", "Second Choice", "Third Choice") } },
});
