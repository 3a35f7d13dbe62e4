import type * as z from "zod";
import { httpServerSchema } from "./server-schema.js";

/**
 * `[connectors.NAME]`: a remote catalogue of tools that belongs to a login. It has the keys of a server with a `url`, but
 * those that would make it an agent's own: it is never needed for a start, and gets no headers of agents.
 */
export const connectorSchema = httpServerSchema.omit({ required: true, forward_headers: true });

/** A connector after validation, with the defaults of this level filled in. */
export type ParsedConnector = z.output<typeof connectorSchema>;
