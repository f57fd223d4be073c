/** `identify`: what is said within 300 ms is one request, and its answer is how the person is remembered. */

import type { Config, Json } from "./config";
import { differ, type Identity, type Names } from "./identity";
import { merged, nothing, sorted, type Said } from "./profile";
import { isForLater, post, type Answer } from "./send";

const DEBOUNCE = 300;
const ONSITE = { "x-klaviyo-onsite": "1" };

export class People {
  private said: Said = nothing();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private waiting: (() => void)[] = [];
  private latest = 0;

  /** `besides`: properties that go with every request. `known`: is called when the server knows the person. */
  constructor(
    private readonly config: Config,
    private readonly identity: Identity,
    private readonly besides: () => Json,
    private readonly known: () => void,
  ) {}

  /** Done when the server has answered, or can't be reached; at once while there is nobody to say it of. */
  say(given: Json): Promise<void> {
    const said = sorted(given, this.config.company);
    if (this.timer !== undefined && differ(this.said.names, said.names)) this.flush();
    this.said = merged(this.said, said);
    this.identity.learn(said.names);
    if (!this.identity.isKnown) return Promise.resolve();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), DEBOUNCE);
    return new Promise((done) => this.waiting.push(done));
  }

  /** Send what waits, without waiting for more: the page may be left. */
  flush(): void {
    if (this.timer === undefined) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    const [said, waiting, number] = [this.said, this.waiting, (this.latest += 1)];
    [this.said, this.waiting] = [nothing(), []];
    void this.send(said, number).finally(() => waiting.forEach((done) => done()));
  }

  private async send(said: Said, number: number): Promise<void> {
    const names = this.identity.names();
    const answer = await post(this.config, "profiles", this.body(said, names), ONSITE);
    const wrong = refused(answer);
    if (wrong && names[wrong]) {
      this.identity.forget(wrong);
      return this.identity.isKnown ? this.send(said, number) : undefined;
    }
    // an older answer must not stand for who was named since
    if (!isForLater(answer) && number === this.latest) this.remember(names, answer);
  }

  private body(said: Said, names: Names): Json {
    const attributes: Json = { ...said.attributes, ...names, properties: { ...this.besides(), ...said.properties } };
    if (Object.keys(said.location).length) attributes["location"] = said.location;
    return { type: "profile", attributes };
  }

  private remember(sent: Names, answer: Answer): void {
    const meta = (answer.body["meta"] ?? {}) as { exchange_id?: string | null; should_clear_cookie?: boolean };
    if (meta.should_clear_cookie && this.identity.exchangeId === sent._kx) this.identity.forget("_kx");
    if (!meta.exchange_id) return;
    this.identity.answered(sent, meta.exchange_id);
    this.known();
  }
}

/** The name that the server can't take, if that is what it refused. */
function refused(answer: Answer): "email" | "phone_number" | null {
  if (answer.status !== 400) return null;
  const errors = (answer.body["errors"] ?? []) as { source?: { pointer?: string } }[];
  const pointer = errors[0]?.source?.pointer ?? "";
  return pointer.endsWith("/email") ? "email" : pointer.endsWith("/phone_number") ? "phone_number" : null;
}
