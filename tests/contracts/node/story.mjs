// The real OpenAI client for Node, unmodified, against the address in BASE_URL; prints what it saw.
import { createRequire } from "node:module";

const OpenAI = createRequire(process.env.NODE_PLACE + "/")("openai");
const client = new OpenAI({
  baseURL: process.env.BASE_URL,
  apiKey: process.env.API_KEY,
  maxRetries: 0,
  timeout: 20000,
});
const model = process.env.MODEL;
const messages = [{ role: "user", content: "hello" }];

async function streamed(extra = {}) {
  const said = [];
  const last = {};
  try {
    const stream = await client.chat.completions.create({ model, messages, stream: true, ...extra });
    for await (const chunk of stream) {
      said.push(chunk.choices[0]?.delta?.content ?? "");
      last.finish = chunk.choices[0]?.finish_reason ?? last.finish;
      last.usage = chunk.usage ?? last.usage;
    }
  } catch (error) {
    last.error = error.message;
    last.kind = error.constructor.name;
  }
  return { said: said.join(""), ...last };
}

async function refused(ask) {
  try {
    await ask();
    return {};
  } catch (error) {
    return { kind: error.constructor.name, status: error.status, code: error.code };
  }
}

const stories = {
  chat: async () => (await client.chat.completions.create({ model, messages })).choices[0].message,
  stream: () => streamed(),
  usage: () => streamed({ stream_options: { include_usage: true } }),
  models: async () => (await client.models.list()).data.map((each) => each.id),
  embeddings: async () =>
    (await client.embeddings.create({ model, input: "hello", encoding_format: "float" })).data[0]
      .embedding,
  responses: async () => (await client.responses.create({ model, input: "hello" })).output_text,
  unknown: () =>
    refused(() => client.chat.completions.create({ model: "nothing", messages })),
  wrongKey: () => refused(() => client.withOptions({ apiKey: "ck-wrong" }).models.list()),
  cancel: async () => {
    const stream = await client.chat.completions.create({ model, messages, stream: true });
    for await (const chunk of stream) {
      stream.controller.abort();
      return chunk.choices[0].delta.content;
    }
  },
};

const story = stories[process.argv[2]];
process.stdout.write(JSON.stringify(await story()) + "\n");
