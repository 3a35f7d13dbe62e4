import {
  FairleadError,
  type Fetch,
  isFairleadError,
  isJsonObject,
  type JsonObject,
  toFairleadError,
} from "@fairlead/core";
import { requestJson } from "./json-request.js";
import { withoutQuery } from "./url-rules.js";

/** Milliseconds for one request of discovery; a login makes up to six. */
export const discoveryDeadlineMs = 5_000;

/** Where to look for a document. */
export interface DocumentSearch {
  readonly fetch: Fetch;
  readonly serverUrl: string;
  /** The first that answers with a usable document counts. */
  readonly urls: readonly URL[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Looks for a JSON document at several places. A place that answers 4xx or something else than JSON, as web sites do for
 * everything, has none; one that fails is passed over, but counts when no other has it.
 * @returns undefined where every place said that it has none
 * @throws FairleadError what `read` threw first, else the first failure of a place
 */
export async function findDocument<Result>(
  search: DocumentSearch,
  read: (document: JsonObject, url: URL) => Result,
): Promise<Result | undefined> {
  let refused: FairleadError | undefined;
  let failed: FairleadError | undefined;
  for (const url of search.urls) {
    try {
      const document = await getDocument(search, url);
      if (document === undefined) continue;
      try {
        return read(document, url);
      } catch (error) {
        refused ??= toFairleadError(error);
      }
    } catch (error) {
      if (!isFairleadError(error) || search.signal?.aborted === true) throw error;
      failed ??= error;
    }
  }
  const error = refused ?? failed;
  if (error !== undefined) throw error;
  return undefined;
}

async function getDocument(search: DocumentSearch, url: URL): Promise<JsonObject | undefined> {
  const { status, body } = await requestJson(search.fetch, {
    url,
    deadlineMs: discoveryDeadlineMs,
    signal: search.signal,
    followFor: search.serverUrl,
  });
  if (status >= 500 || status === 429) {
    throw new FairleadError("unavailable", `${withoutQuery(url.href)} answered ${status}; try again later`, {
      reason: "http_status",
      effect: "none",
      details: { status },
    });
  }
  return status === 200 && isJsonObject(body) ? body : undefined;
}

/** A member of a document that is a text with something in it. */
export function textOf(document: JsonObject, name: string): string | undefined {
  const value = document[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A member of a document that is a list of texts; undefined where it is missing, empty or something else. */
export function textsOf(document: JsonObject, name: string): readonly string[] | undefined {
  const value = document[name];
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return value.every((item) => typeof item === "string") ? value : undefined;
}
