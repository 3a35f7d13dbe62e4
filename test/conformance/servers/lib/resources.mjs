import { WireError } from "./error.mjs";
import { redPixel } from "./media.mjs";

const text = (uri, mimeType, value) => ({ contents: [{ uri, mimeType, text: value }] });

const fixed = {
  "test://static-text": {
    name: "static-text",
    description: "A text",
    mimeType: "text/plain",
    read: (uri) => text(uri, "text/plain", "This is the content of the static text resource."),
  },
  "test://static-binary": {
    name: "static-binary",
    description: "A picture",
    mimeType: "image/png",
    read: (uri) => ({ contents: [{ uri, mimeType: "image/png", blob: redPixel.data }] }),
  },
  "test://watched-resource": {
    name: "watched-resource",
    description: "A text to subscribe to",
    mimeType: "text/plain",
    read: (uri) => text(uri, "text/plain", "Watched content."),
  },
};

export const resources = Object.entries(fixed).map(([uri, { name, description, mimeType }]) => ({
  uri,
  name,
  description,
  mimeType,
}));

export const resourceTemplates = [
  {
    uriTemplate: "test://template/{id}/data",
    name: "template",
    description: "Data by id",
    mimeType: "application/json",
  },
];

/** Reads a resource. @throws WireError if there is none */
export function readResource(uri) {
  const known = fixed[uri];
  if (known !== undefined) return known.read(uri);
  const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
  if (id === undefined) throw new WireError(-32602, "Resource not found", { uri });
  return text(
    uri,
    "application/json",
    JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
  );
}
