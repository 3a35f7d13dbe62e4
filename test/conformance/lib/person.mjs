import { isFairleadError } from "@fairlead/core";
import { builtPart } from "./product.mjs";

/**
 * Plays the person who is told that a login is needed, and logs in as `fairlead login` does. Nobody does the same twice: who is
 * told again what did not help gives up.
 * @param product as {@link openProduct} gives it
 * @returns `helping(work)`, which does the work again after each login that it turns out to need
 */
export function createPerson({ server, context }, tell) {
  const tried = new Set();
  let logins = 0;
  let underWay;

  const logInFor = async ({ reason, details }) => {
    const scopes = details.scopes === undefined ? undefined : String(details.scopes).split(",");
    const wish = `${reason} ${scopes?.toSorted()}`;
    if (tried.has(wish)) return false;
    tried.add(wish);
    tell(`${reason}: logging in${scopes === undefined ? "" : ` for ${scopes.join(" ")}`}`);
    const { logIn } = await builtPart("auth/log-in");
    await logIn(server, scopes === undefined ? {} : { scopes }, { context, ui: createUi(tell) });
    // As after a login of another process.
    context.tokens.forget();
    logins += 1;
    return true;
  };

  return {
    async helping(work) {
      for (;;) {
        const before = logins;
        try {
          return await work();
        } catch (error) {
          if (!wantsLogin(error)) throw error;
          // Another call may have been told the same, and its login serves both.
          if (underWay === undefined && logins === before) {
            underWay = logInFor(error).finally(() => {
              underWay = undefined;
            });
          }
          if ((await underWay) === false) throw error;
        }
      }
    },
  };
}

const reasons = ["login_required", "reauthentication_required", "insufficient_scope"];

function wantsLogin(error) {
  return isFairleadError(error) && reasons.includes(error.reason);
}

function createUi(tell) {
  return {
    showUrl: () => tell("a page to open"),
    async openBrowser(url) {
      // A browser that is open says nothing more to whoever opened it.
      browse(url).then(
        (status) => tell(`the browser ended with ${status}`),
        (error) => tell(`the browser failed: ${error.message}`),
      );
      return true;
    },
    pasted: undefined,
    tell,
  };
}

/** The mock servers ask nobody for anything: following redirects is all that a browser has to do. */
async function browse(url) {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.status;
}
