// Tools that need something from the client. Such a tool gets `answers`, by key, in its context; while one is missing it
// gives `{ inputRequests, requestState }` and is called again. How the question travels is not its business.
import { WireError } from "./error.mjs";
import { enumForm, formWithDefaults } from "./forms.mjs";
import { textResult } from "./media.mjs";
import { askForm, askModel, askRoots, hasText } from "./questions.mjs";

const string = { type: "string" };
const nameForm = askForm("What is your name?", { name: string });
const confirmForm = askForm("Please confirm", { ok: { type: "boolean" } });

const requireText = { type: "object", properties: { prompt: string, message: string } };

function describe(answer) {
  return `action=${answer.action}, content=${JSON.stringify(answer.content ?? {})}`;
}

/** A tool that asks one thing and tells the answer. @param isAnswer whether what came under the key will do */
function asksOnce(key, question, { isAnswer = (answer) => answer !== undefined, tell, state }) {
  return (args, { answers }) => {
    const request = typeof question === "function" ? question(args) : question;
    if (isAnswer(answers[key])) return textResult(tell(answers[key]));
    return { inputRequests: { [key]: request }, requestState: state };
  };
}

export const askingTools = {
  test_sampling: {
    description: "Asks the client's model",
    inputSchema: { ...requireText, required: ["prompt"] },
    call: asksOnce("answer", ({ prompt }) => askModel(prompt, 100), {
      tell: ({ content }) => `LLM response: ${content.text}`,
    }),
  },
  test_elicitation: {
    description: "Asks the user for a name and an address",
    inputSchema: { ...requireText, required: ["message"] },
    call: asksOnce(
      "user",
      ({ message }) =>
        askForm(message, {
          username: { ...string, description: "User's response" },
          email: { ...string, description: "User's email address" },
        }),
      { tell: (answer) => `User response: ${describe(answer)}` },
    ),
  },
  test_elicitation_sep1034_defaults: {
    description: "Asks with defaults for every kind of field",
    call: asksOnce("form", formWithDefaults, {
      tell: (answer) => `Elicitation completed: ${describe(answer)}`,
    }),
  },
  test_elicitation_sep1330_enums: {
    description: "Asks with every kind of choice",
    call: asksOnce("form", enumForm, { tell: (answer) => `Elicitation completed: ${describe(answer)}` }),
  },
  test_streaming_elicitation: {
    description: "Asks for a name",
    call: asksOnce("user_name", nameForm, {
      isAnswer: (answer) => hasText(answer, "name"),
      tell: ({ content }) => `Hello, ${content.name}!`,
    }),
  },
  test_input_required_result_elicitation: {
    description: "Asks for a name",
    call: asksOnce("user_name", nameForm, {
      isAnswer: (answer) => hasText(answer, "name"),
      tell: ({ content }) => `Hello, ${content.name}!`,
    }),
  },
  test_input_required_result_sampling: {
    description: "Asks the client's model for a capital",
    call: asksOnce("capital_question", askModel("What is the capital of France?", 100), {
      tell: ({ content }) => content.text,
    }),
  },
  test_input_required_result_list_roots: {
    description: "Asks for the client's roots",
    call: asksOnce("client_roots", askRoots(), {
      isAnswer: (answer) => Array.isArray(answer?.roots),
      tell: ({ roots }) => `Roots: ${roots.map(({ uri }) => uri).join(", ")}`,
    }),
  },
  test_input_required_result_request_state: {
    description: "Asks, and wants its state back",
    call: asksOnce("confirm", confirmForm, { tell: () => "state-ok", state: { step: "confirm" } }),
  },
  test_input_required_result_tampered_state: {
    description: "Asks, and refuses a state that is not its own",
    call: asksOnce("confirm", confirmForm, { tell: () => "state-ok", state: { step: "sealed" } }),
  },
  test_input_required_result_multiple_inputs: {
    description: "Asks three things at once",
    call: (_, { answers }) => {
      const { user_name: user, greeting, client_roots: roots } = answers;
      if (hasText(user, "name") && greeting !== undefined && roots !== undefined) {
        return textResult(`${greeting.content.text} ${user.content.name}, ${roots.roots.length} roots`);
      }
      const inputRequests = {
        user_name: nameForm,
        greeting: askModel("Generate a greeting", 50),
        client_roots: askRoots(),
      };
      return { inputRequests, requestState: { step: "all three" } };
    },
  },
  test_input_required_result_multi_round: {
    description: "Asks for a name, then for a colour",
    call: (_, { answers, state }) => {
      if (hasText(answers.step2, "color") && state?.name !== undefined) {
        return textResult(`${state.name} likes ${answers.step2.content.color}`);
      }
      if (hasText(answers.step1, "name")) {
        const step2 = askForm("Step 2: What is your favorite color?", { color: string });
        return { inputRequests: { step2 }, requestState: { step: 2, name: answers.step1.content.name } };
      }
      const step1 = askForm("Step 1: What is your name?", { name: string });
      return { inputRequests: { step1 }, requestState: { step: 1 } };
    },
  },
  test_input_required_result_capabilities: {
    description: "Asks only what the client can answer",
    call: (_, { answers, capabilities }) => {
      const inputRequests = {
        ...(capabilities.elicitation === undefined ? {} : { user_name: nameForm }),
        ...(capabilities.sampling === undefined ? {} : { greeting: askModel("Generate a greeting", 50) }),
      };
      const keys = Object.keys(inputRequests);
      if (keys.length === 0) {
        const requiredCapabilities = { elicitation: {}, sampling: {} };
        throw new WireError(-32021, "The client can answer nothing", { requiredCapabilities });
      }
      if (keys.every((key) => answers[key] !== undefined)) return textResult(`answered: ${keys.join(", ")}`);
      return { inputRequests };
    },
  },
};
