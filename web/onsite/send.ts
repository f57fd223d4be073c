/** Requests to the client API, which any website may call. */

import type { Config, Json } from "./config";

const REVISION = "2026-07-15";
const RETRIES = 5;
const LONGEST_WAIT = 30;
/** Browsers let no more than 64 KiB outlive the page. */
const OUTLIVES = 60_000;

/** `status` 0 = there was no answer. `body`: what was answered, {} for nothing. */
export interface Answer {
  status: number;
  body: Json;
}

/** Try again later: the server is busy, or away. */
export const isForLater = (answer: Answer): boolean =>
  answer.status === 0 || answer.status === 429 || answer.status >= 500;

/** POST a resource. Asked to come again (429), it does so up to five times. */
export async function post(config: Config, path: string, data: Json, headers: Json = {}): Promise<Answer> {
  for (let attempt = 0; ; attempt += 1) {
    const answer = await once(config, path, JSON.stringify({ data }), headers);
    if (answer.status !== 429 || attempt === RETRIES) return answer;
    await pause(answer.wait ?? 2 ** attempt);
  }
}

async function once(config: Config, path: string, body: string, headers: Json): Promise<Answer & { wait?: number }> {
  try {
    const answer = await fetch(`${config.server}/client/${path}/?company_id=${config.company}`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json", revision: REVISION, ...headers },
      credentials: "omit",
      keepalive: body.length < OUTLIVES,
    });
    const wait = Number.parseFloat(answer.headers.get("retry-after") ?? "");
    return { status: answer.status, body: read(await answer.text()), ...(wait >= 0 ? { wait } : {}) };
  } catch {
    return { status: 0, body: {} };
  }
}

function read(text: string): Json {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === "object" && found !== null ? { ...found } : {};
  } catch {
    return {};
  }
}

const pause = (seconds: number): Promise<void> =>
  new Promise((done) => setTimeout(done, Math.min(seconds, LONGEST_WAIT) * 1000));
