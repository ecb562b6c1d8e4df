// Runs a job with a client whose types are made of docs/openapi.yaml: client.js URL, and the image in base64 on stdin.
// Ends with an error where the service does not do what the types say.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { argv: string[]; stdin: AsyncIterable<Uint8Array> };

type Job = components["schemas"]["Job"];
type Problem = components["schemas"]["Problem"];

function check(holds: boolean, complaint: string): asserts holds {
  if (!holds) throw new Error(complaint);
}

async function readInput(): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of process.stdin) text += decoder.decode(piece, { stream: true });
  return text.trim();
}

const client = createClient<paths>({ baseUrl: process.argv[2] ?? "" });
const body = { images: [{ id: "caption", data: await readInput() }], language_hints: ["en"] };

async function jobAfterItsEnd(id: string): Promise<Job> {
  for (;;) {
    const { data, error } = await client.GET("/ocr/jobs/{id}", { params: { path: { id }, query: { wait: 55 } } });
    // Text is what other forms than JSON come as.
    check(data !== undefined && typeof data !== "string", `no job: ${JSON.stringify(error)}`);
    if (data.status !== "pending" && data.status !== "processing") return data;
  }
}

const quoted = await client.POST("/ocr/jobs", { params: { query: { dry_run: "true" } }, body });
check(quoted.data !== undefined && "accepted" in quoted.data, `no quote: ${JSON.stringify(quoted.error)}`);
check(quoted.data.accepted && quoted.data.images?.new === 1, `another quote: ${JSON.stringify(quoted.data)}`);

const posted = await client.POST("/ocr/jobs", { body });
check(posted.data !== undefined && "message" in posted.data, `no job: ${JSON.stringify(posted.error)}`);
check(posted.response.status === 202, `a new job is answered with ${posted.response.status}`);
const id = posted.data.job_id;

const job = await jobAfterItsEnd(id);
const image = job.result?.results[0];
check(job.status === "completed" && image !== undefined, `the job has ${job.status}: ${job.error}`);
check(image.error === undefined && image.char_count === image.characters.length, `an odd result: ${JSON.stringify(image)}`);

const listed = await client.GET("/ocr/jobs", { params: { query: { status: "completed", limit: 1 } } });
check(listed.data?.jobs[0]?.job_id === id, `another list: ${JSON.stringify(listed.data)}`);

const deleted = await client.DELETE("/ocr/jobs/{id}", { params: { path: { id } } });
check(deleted.response.status === 204, `a job is deleted with ${deleted.response.status}`);

const gone = await client.GET("/ocr/jobs/{id}", { params: { path: { id } } });
const problem: Problem | undefined = gone.error;
check(problem?.type === "urn:glyphgate:problem:job-not-found", `another problem: ${JSON.stringify(problem)}`);

console.log(`"${image.text}", read by ${image.engine}`);
