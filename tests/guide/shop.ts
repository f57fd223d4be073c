// A store's integration by plain fetch, as developers write it: what it did is printed as one JSON document.
const base = `${process.env.HOST}/api`;
const key = process.env.KLAVIYO_PRIVATE_KEY!;

type Method = "GET" | "POST" | "PATCH" | "DELETE";
type Json = any;

async function request(endpoint: string, method: Method = "GET", body?: object, retries = 3): Promise<Json> {
  for (let attempt = 0; attempt < retries; attempt++) {
    const response = await fetch(`${base}${endpoint}`, {
      method,
      headers: {
        Authorization: `Klaviyo-API-Key ${key}`,
        "Content-Type": "application/json",
        revision: "2024-10-15",
      },
      body: body ? JSON.stringify(body) : undefined,
    });
    if (response.status === 429) {
      throttled += 1;
      const seconds = parseInt(response.headers.get("Retry-After") ?? "5");
      await new Promise((done) => setTimeout(done, seconds * 1000));
      continue;
    }
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${endpoint}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : null; // 202 and 204 have no body
  }
  throw new Error("throttled to the last");
}

let throttled = 0;

const upsert = (attributes: object) => request("/profiles", "POST", { data: { type: "profile", attributes } });
const byEmail = async (email: string) => (await request(`/profiles?filter=equals(email,"${email}")`)).data[0];
const update = (id: string, properties: object) =>
  request(`/profiles/${id}`, "PATCH", { data: { type: "profile", id, attributes: { properties } } });

const track = (email: string, name: string, properties: object, value?: number, unique_id?: string) =>
  request("/events", "POST", {
    data: {
      type: "event",
      attributes: {
        profile: { data: { type: "profile", attributes: { email } } },
        metric: { data: { type: "metric", attributes: { name } } },
        properties,
        value,
        unique_id,
        time: new Date().toISOString(),
      },
    },
  });

async function all(path: string): Promise<Json[]> {
  const found: Json[] = [];
  let cursor: string | null | undefined;
  do {
    const parameters = new URLSearchParams({ "page[size]": "100" });
    if (cursor) parameters.set("page[cursor]", cursor);
    const answer = await request(`${path}?${parameters}`);
    found.push(...answer.data);
    cursor = answer.links?.next ? new URL(answer.links.next).searchParams.get("page[cursor]") : undefined;
  } while (cursor);
  return found;
}

async function profiles() {
  const made = await upsert({
    email: "anna@example.com",
    phone_number: "+12025550123",
    first_name: "Anna",
    last_name: "Ågren",
    properties: { ltv: 1200, plan: "pro", vip_status: true },
    location: { city: "Boston", region: "MA", country: "United States", zip: "02108" },
  });
  await update(made.data.id, { last_purchase_date: "2026-01-01T00:00:00Z", total_orders: 5 });
  await upsert({ email: "bob@example.com", properties: { ltv: 20, plan: "pro", vip_status: false } });
  for (let n = 0; n < 230; n++) await upsert({ email: `p${n}@example.com` });
  return { byEmail: await byEmail("anna@example.com"), byId: await request(`/profiles/${made.data.id}`) };
}

async function events() {
  const email = "anna@example.com";
  await track(email, "Viewed Product", { ProductID: "1", ProductName: "Coat", Price: 9.99, Categories: ["Coats"] });
  await track(email, "Added to Cart", { ProductID: "1", Quantity: 2, ItemNames: ["Coat"] }, 19.98);
  const order = { OrderId: "o1", Items: [{ ProductID: "1", Quantity: 2, Price: 9.99 }], ShippingAddress: { City: "Bo" } };
  await track(email, "Placed Order", order, 19.98, "o1");
  await track(email, "Placed Order", order, 19.98, "o1");
  await track(email, "Cancelled Order", { OrderId: "o1", Reason: "Too warm" }, -19.98);
}

async function lists() {
  const list = await request("/lists", "POST", { data: { type: "list", attributes: { name: "Newsletter" } } });
  const members = `/lists/${list.data.id}/relationships/profiles`;
  const emails = ["anna@example.com", "bob@example.com", ...Array.from({ length: 148 }, (_, n) => `p${n}@example.com`)];
  await request(members, "POST", { data: emails.map((email) => ({ type: "profile", attributes: { email } })) });
  const last = await byEmail("p200@example.com");
  await request(members, "POST", { data: [{ type: "profile", id: last.id }] });
  const bob = await byEmail("bob@example.com");
  await request(members, "DELETE", { data: [{ type: "profile", id: bob.id }] });
  return (await all(`/lists/${list.data.id}/profiles`)).map((one) => one.attributes.email);
}

async function filters() {
  const emails = async (query: string) => (await request(query)).data.map((one: Json) => one.attributes.email);
  return {
    vips: await emails("/profiles?filter=equals(properties.vip_status,true)"),
    both: await emails('/profiles?filter=and(equals(properties.plan,"pro"),greater-than(properties.ltv,1000))'),
    newest: await emails("/profiles?sort=-created"),
    sparse: (await request("/profiles?fields[profile]=email,first_name,properties")).data[0].attributes,
    recent: (await request("/events?filter=greater-than(datetime,2024-01-01T00:00:00Z)")).data.length,
  };
}

async function main() {
  const steps: Record<string, () => Promise<Json>> = {
    profiles, events, lists, filters,
    pages: async () => (await all("/profiles")).map((one) => one.id),
    burst: async () => {
      // ten a second are allowed, so even a slow machine is too fast
      await Promise.all(Array.from({ length: 25 }, () => request("/metrics")));
      return throttled;
    },
  };
  const done: Record<string, Json> = {};
  for (const step of process.argv.slice(2)) done[step] = await steps[step]!();
  console.log(JSON.stringify(done));
}

await main();
