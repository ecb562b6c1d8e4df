// Does with Google's own client what standard input asks for, and tells what the client gave.
//
//     node client.mjs < {"port":…,"key":…,"do":[{"method":"textDetection","images":[base64…],"hints":[…]}, …]}
//
// A key that is null asks without one, and with a transport that leaves refusals to the client: it reads them itself then,
// throws its GoogleError, and tries again by itself where Google's clients do.
//
// Each thing to do is done for all of its images at once, so many calls of the client. Writes a JSON list with what came
// of each image: {"text","pages","words"} of the annotation and of `textAnnotations`, its error, or what was thrown.
import vision from "@google-cloud/vision";
import {PassThroughClient} from "google-auth-library";
import {readFileSync} from "node:fs";

const asked = JSON.parse(readFileSync(0, "utf8"));
const access = asked.key === null
    ? {authClient: new PassThroughClient({transporterOptions: {validateStatus: () => true}})}
    : {apiKey: asked.key};
const client = new vision.ImageAnnotatorClient(
    {fallback: true, apiEndpoint: "127.0.0.1", port: asked.port, protocol: "http", ...access});

const told = (response) => ({
  text: response.fullTextAnnotation?.text ?? null,
  pages: response.fullTextAnnotation?.pages ?? [],
  words: response.textAnnotations ?? [],
  error: response.error ?? null,
});

const thrown = (error) => ({
  thrown: error.constructor.name,
  code: error.code ?? null,
  message: error.message,
  reason: error.reason ?? null,
  domain: error.domain ?? null,
});

const one = async (task, content) => {
  const image = {content: Buffer.from(content, "base64")};
  const imageContext = task.hints ? {languageHints: task.hints} : undefined;
  return client[task.method]({image, imageContext}).then(([response]) => told(response)).catch(thrown);
};

// One request of many images, with hints of their own.
const batch = async (task) => {
  const requests = task.images.map((content, i) => ({
    image: {content: Buffer.from(content, "base64")},
    features: [{type: task.types?.[i] ?? "TEXT_DETECTION"}],
    imageContext: task.hints?.[i] ? {languageHints: task.hints[i]} : undefined,
  }));
  return client.batchAnnotateImages({requests}).then(([answer]) => answer.responses.map(told)).catch((e) => [thrown(e)]);
};

const file = async (task) => {
  const requests = task.images.map((content) => ({
    inputConfig: {content: Buffer.from(content, "base64"), mimeType: task.type},
    features: [{type: "DOCUMENT_TEXT_DETECTION"}],
    pages: task.pages,
  }));
  return client.batchAnnotateFiles({requests}).then(([answer]) => answer.responses.map((r) => ({
    error: r.error ?? null,
    total: r.totalPages,
    pages: r.responses.map((page) => ({...told(page), number: page.context?.pageNumber})),
  }))).catch((e) => [thrown(e)]);
};

const results = [];
for (const task of asked.do) {
  if (task.method === "batchAnnotateImages")
    results.push(await batch(task));
  else if (task.method === "batchAnnotateFiles")
    results.push(await file(task));
  else
    results.push(await Promise.all(task.images.map((content) => one(task, content))));
}
// The client keeps its connections, and so the process; and a pipe takes what is written only by and by.
process.stdout.write(JSON.stringify(results), () => process.exit(0));
