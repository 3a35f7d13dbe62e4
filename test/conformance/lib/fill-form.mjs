/**
 * Gives every field of an object schema that has a default its default, and those that must be there and have none a plain
 * value of their type.
 */
export function fillForm({ properties = {}, required = [] } = {}) {
  const filled = {};
  for (const [name, field] of Object.entries(properties)) {
    if (field.default !== undefined) filled[name] = field.default;
    else if (required.includes(name)) filled[name] = plainValue(field);
  }
  return filled;
}

function plainValue({ type, enum: choices, minimum = 1 }) {
  if (choices !== undefined) return choices[0];
  switch (type) {
    case "integer":
    case "number":
      return minimum;
    case "boolean":
      return true;
    case "array":
      return [];
    case "object":
      return {};
    case "null":
      return null;
    default:
      return "text";
  }
}
