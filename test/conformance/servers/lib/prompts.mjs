import { WireError } from "./error.mjs";
import { embedded, redPixel, textBlock } from "./media.mjs";
import { askForm, hasText } from "./questions.mjs";

const user = (...contents) => ({ messages: contents.map((content) => ({ role: "user", content })) });
const required = (name, description) => ({ name, description, required: true });

const prompts = {
  test_simple_prompt: {
    description: "A text",
    get: () => user(textBlock("This is a simple prompt for testing.")),
  },
  test_prompt_with_arguments: {
    description: "A text with two arguments in it",
    arguments: [required("arg1", "First test argument"), required("arg2", "Second test argument")],
    get: ({ arg1, arg2 }) => user(textBlock(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)),
  },
  test_prompt_with_embedded_resource: {
    description: "A resource",
    arguments: [required("resourceUri", "URI of the resource to embed")],
    get: ({ resourceUri }) =>
      user(
        embedded(resourceUri, "text/plain", "Embedded resource content for testing."),
        textBlock("Please process the embedded resource above."),
      ),
  },
  test_prompt_with_image: {
    description: "A picture",
    get: () => user(redPixel, textBlock("Please analyze the image above.")),
  },
  test_input_required_result_prompt: {
    description: "A text that has to be asked for",
    get: (_, { answers }) => {
      const { user_context: context } = answers;
      if (hasText(context, "context")) return user(textBlock(`Context: ${context.content.context}`));
      const question = askForm("What context should the prompt use?", { context: { type: "string" } });
      return { inputRequests: { user_context: question } };
    },
  },
};

export const promptList = Object.entries(prompts).map(([name, prompt]) => ({
  name,
  description: prompt.description,
  ...(prompt.arguments === undefined ? {} : { arguments: prompt.arguments }),
}));

/** Gets a prompt. @throws WireError if there is none */
export function getPrompt({ name, arguments: args = {} }, context) {
  const prompt = prompts[name];
  if (prompt === undefined) throw new WireError(-32602, `There is no prompt ${name}`);
  return prompt.get(args, context);
}

/** Completes the beginning of an argument. */
export function complete({ argument: { value } }) {
  const values = ["paris", "park", "party"].filter((word) => word.startsWith(value));
  return { completion: { values, total: values.length, hasMore: false } };
}
