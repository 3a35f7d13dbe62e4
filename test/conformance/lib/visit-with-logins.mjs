import { openServer } from "@fairlead/host";
import { createPerson } from "./person.mjs";
import { builtPart, openProduct } from "./product.mjs";
import { useServer } from "./use-server.mjs";
import { clientProfile, timeoutMs } from "./visit.mjs";

/**
 * As {@link visit}, but opens the server as `fairlead` opens one that is configured, with a person who logs in when that is
 * wanted; or without one, if the runner gives what a machine logs in with: then that is configured.
 * @param options.context what the runner gave
 */
export async function visitWithLogins(url, { route, context, tell }) {
  const client = context.client_id === undefined ? undefined : context;
  const product = await openProduct({ url, route, client, signal: AbortSignal.timeout(timeoutMs), tell });
  try {
    const person = createPerson(product, tell);
    const { toServerDefinition } = await builtPart("runtime/server-definitions");
    const definition = toServerDefinition(product.server, product.context);
    const options = { ...clientProfile(tell), signal: product.context.signal };
    const connection = await person.helping(() => openServer(definition, options));
    try {
      tell(`connected, ${connection.initializeResult.protocolVersion}`);
      const { initializeResult } = connection;
      const request = (call) => person.helping(() => connection.request(call));
      await useServer({ initializeResult, request }, { toolCalls: context.toolCalls, timeoutMs, tell });
    } finally {
      await connection.close();
    }
  } finally {
    await product.close();
  }
}
