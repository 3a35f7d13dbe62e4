import { rememberLast } from "./remember-last.js";

/** Which kinds of answer an agent takes. */
export interface AcceptedTypes {
  readonly json: boolean;
  readonly events: boolean;
}

/** Reads an Accept header. None at all takes everything, as HTTP has it. */
export function readAcceptedTypes(header: string | undefined): AcceptedTypes {
  return header === undefined ? { json: true, events: true } : parseAccept(header);
}

const parseAccept = rememberLast((header: string): AcceptedTypes => {
  if (header.trim() === "") return { json: true, events: true };
  const ranges = header.split(",").flatMap((part) => {
    const [type = "", ...parameters] = part.split(";").map((piece) => piece.trim().toLowerCase());
    const isRefused = parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
    return isRefused ? [] : [type];
  });
  const takes = (type: string): boolean => {
    const [family] = type.split("/");
    return ranges.some((range) => range === type || range === `${family}/*` || range === "*/*");
  };
  return { json: takes("application/json"), events: takes("text/event-stream") };
});

/** Tells whether a Content-Type says JSON, whatever its parameters. */
export function isJsonType(header: string | undefined): boolean {
  const [type = ""] = (header ?? "").split(";");
  return type.trim().toLowerCase() === "application/json";
}
