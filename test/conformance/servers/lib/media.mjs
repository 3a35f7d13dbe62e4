/** A picture of one red pixel. */
export const redPixel = {
  type: "image",
  data: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  mimeType: "image/png",
};

/** A sound of one silent sample. */
export const silence = {
  type: "audio",
  data: "UklGRiUAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQEAAACA",
  mimeType: "audio/wav",
};

/** A content block that holds a resource. */
export function embedded(uri, mimeType, text) {
  return { type: "resource", resource: { uri, mimeType, text } };
}

/** A content block of text. */
export function textBlock(text) {
  return { type: "text", text };
}

/** A tool's result of one text. */
export function textResult(text) {
  return { content: [textBlock(text)] };
}
