// A store's integration by plain fetch, as developers write it: what it did is printed as one JSON document.
// Functions have the names that the published guide gives them; docs/guides.md lists them.
const KLAVIYO_BASE_URL = `${process.env.HOST}/api`;

type Method = "GET" | "POST" | "PATCH" | "DELETE";
type Json = any;

let throttled = 0;

async function sent(endpoint: string, method: Method, body?: object): Promise<Response> {
  return fetch(`${KLAVIYO_BASE_URL}${endpoint}`, {
    method,
    headers: {
      Authorization: `Klaviyo-API-Key ${process.env.KLAVIYO_PRIVATE_KEY}`,
      "Content-Type": "application/json",
      revision: "2024-10-15",
    },
    body: body ? JSON.stringify(body) : undefined,
  });
}

// 202 and 204 have no body, here as on the live system
async function read(response: Response): Promise<Json> {
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

async function klaviyoRequest(endpoint: string, method: Method = "GET", body?: object): Promise<Json> {
  const response = await sent(endpoint, method, body);
  if (!response.ok) throw new Error(`Klaviyo API error: ${JSON.stringify(await response.json())}`);
  return read(response);
}

async function klaviyoRequestWithRetry(
  endpoint: string, method: Method = "GET", body?: object, retries = 3,
): Promise<Json> {
  for (let attempt = 0; attempt < retries; attempt++) {
    const response = await sent(endpoint, method, body);
    if (response.status === 429) {
      throttled += 1;
      const seconds = parseInt(response.headers.get("Retry-After") ?? "5");
      await new Promise((done) => setTimeout(done, seconds * 1000));
      continue;
    }
    if (!response.ok) throw new Error(`Klaviyo error: ${response.status}`);
    return read(response);
  }
  throw new Error("Max retries exceeded");
}

// ---- profiles

const upsertProfile = (data: Json) =>
  klaviyoRequest("/profiles", "POST", {
    data: {
      type: "profile",
      attributes: {
        email: data.email,
        phone_number: data.phone,
        first_name: data.firstName,
        last_name: data.lastName,
        properties: { lifetime_value: data.ltv, plan: data.plan, signup_source: data.source },
        location: { city: data.city, region: data.state, country: data.country, zip: data.zip },
      },
    },
  });

async function getProfileByEmail(email: string) {
  return (await klaviyoRequest(`/profiles?filter=equals(email,"${email}")`)).data[0];
}

const getProfileById = (id: string) => klaviyoRequest(`/profiles/${id}`);
const getProfileIdByEmail = async (email: string) => (await getProfileByEmail(email)).id as string;

const updateProfileProperties = (id: string, properties: object) =>
  klaviyoRequest(`/profiles/${id}`, "PATCH", { data: { type: "profile", id, attributes: { properties } } });

// ---- events

const trackEvent = (data: Json) =>
  klaviyoRequest("/events", "POST", {
    data: {
      type: "event",
      attributes: {
        profile: { data: { type: "profile", attributes: { email: data.email } } },
        metric: { data: { type: "metric", attributes: { name: data.eventName } } },
        properties: data.properties,
        value: data.value,
        unique_id: data.uniqueId,
        time: data.timestamp || new Date().toISOString(),
      },
    },
  });

const COAT = { ProductID: "1", ProductName: "Coat", ProductURL: "https://shop.example/coat", Price: 9.99 };
const ADDRESS = { Address1: "1 Main St", City: "Boston", Zip: "02108" };
const ORDER = {
  OrderId: "o1",
  ItemCount: 2,
  Categories: ["Coats"],
  ItemNames: ["Coat"],
  Items: [{ ...COAT, Quantity: 2 }],
  BillingAddress: ADDRESS,
  ShippingAddress: ADDRESS,
};

async function commonEvents(email: string) {
  const said = (eventName: string, properties: object, more: object = {}) =>
    trackEvent({ email, eventName, properties, ...more });
  await said("Viewed Product", { ...COAT, ImageURL: "https://shop.example/coat.png", Categories: ["Coats"] });
  await said("Added to Cart", { ...COAT, Quantity: 2, CartTotal: 19.98, ItemNames: ["Coat"] }, { value: 19.98 });
  await said("Started Checkout", { CheckoutURL: "https://shop.example/c", ItemCount: 2 }, { value: 19.98 });
  // the second is the same order again
  for (let n = 0; n < 2; n++) await said("Placed Order", ORDER, { value: 19.98, uniqueId: "o1" });
  await said("Fulfilled Order", { OrderId: "o1", TrackingNumber: "T1", Carrier: "Post" });
  await said("Cancelled Order", { OrderId: "o1", Reason: "Too warm" }, { value: -19.98 });
}

// ---- lists

const createList = (name: string) =>
  klaviyoRequest("/lists", "POST", { data: { type: "list", attributes: { name } } });

const addToList = (listId: string, emails: string[]) =>
  klaviyoRequest(`/lists/${listId}/relationships/profiles`, "POST", {
    data: emails.map((email) => ({ type: "profile", attributes: { email } })),
  });

const addProfileToList = (listId: string, profileId: string) =>
  klaviyoRequest(`/lists/${listId}/relationships/profiles`, "POST", { data: [{ type: "profile", id: profileId }] });

const removeFromList = (listId: string, profileId: string) =>
  klaviyoRequest(`/lists/${listId}/relationships/profiles`, "DELETE", { data: [{ type: "profile", id: profileId }] });

function getListMembers(listId: string, cursor?: string) {
  const params = new URLSearchParams({ "page[size]": "100" });
  if (cursor) params.set("page[cursor]", cursor);
  return klaviyoRequest(`/lists/${listId}/profiles?${params}`);
}

async function everyPage(page: (cursor?: string) => Promise<Json>): Promise<Json[]> {
  const found: Json[] = [];
  let cursor: string | null | undefined;
  do {
    const answer = await page(cursor ?? undefined);
    found.push(...answer.data);
    cursor = answer.links?.next ? new URL(answer.links.next).searchParams.get("page[cursor]") : undefined;
  } while (cursor);
  return found;
}

function getAllProfiles() {
  return everyPage((cursor) => {
    const params = new URLSearchParams({ "page[size]": "100" });
    if (cursor) params.set("page[cursor]", cursor);
    return klaviyoRequest(`/profiles?${params}`);
  });
}

// ---- campaigns and flows

function getCampaigns(status?: "draft" | "scheduled" | "sent") {
  const params = new URLSearchParams();
  if (status) params.set("filter", `equals(status,"${status}")`);
  return klaviyoRequest(`/campaigns?${params}`);
}

const getCampaignMetrics = (campaignId: string) =>
  klaviyoRequest(`/campaign-recipient-estimations/${campaignId}`, "GET");

const getFlows = () => klaviyoRequest("/flows");
const getFlowById = (flowId: string) => klaviyoRequest(`/flows/${flowId}`);

// ---- patterns

async function syncOrderToKlaviyo(order: Json) {
  await upsertProfile({
    email: order.customerEmail,
    firstName: order.customerFirstName,
    lastName: order.customerLastName,
    phone: order.customerPhone,
  });
  await updateProfileProperties(await getProfileIdByEmail(order.customerEmail), {
    last_order_date: new Date().toISOString(),
    total_orders: order.customerOrderCount,
    lifetime_value: order.customerLifetimeValue,
  });
  await trackEvent({
    email: order.customerEmail,
    eventName: "Placed Order",
    properties: { OrderId: order.id, Items: order.items },
    value: order.total,
    uniqueId: order.id,
  });
}

async function syncSubscriptionStatus(user: Json, status: string) {
  await updateProfileProperties(user.klaviyoProfileId, {
    subscription_status: status,
    subscription_plan: user.plan,
    subscription_updated_at: new Date().toISOString(),
  });
  await trackEvent({
    email: user.email,
    eventName: `Subscription ${status}`,
    properties: { plan: user.plan, mrr: user.mrr },
    value: status === "cancelled" ? -user.mrr : user.mrr,
  });
}

// ---- what is done

const ANNA = "anna@example.com";

async function profiles() {
  const made = await upsertProfile({
    email: ANNA, phone: "+12025550123", firstName: "Anna", lastName: "Ågren", ltv: 1200, plan: "pro", source: "web",
    city: "Boston", state: "MA", country: "United States", zip: "02108",
  });
  const facts = { last_purchase_date: "2026-01-01T00:00:00Z", total_orders: 5, vip_status: true };
  await updateProfileProperties(made.data.id, { ...facts, ltv: 1200 });
  await upsertProfile({ email: "bob@example.com", plan: "pro" });
  for (let n = 0; n < 230; n++) await upsertProfile({ email: `p${n}@example.com` });
  return { byEmail: await getProfileByEmail(ANNA), byId: await getProfileById(made.data.id) };
}

async function lists() {
  const list = (await createList("Newsletter")).data.id;
  await addToList(list, [ANNA, "bob@example.com", ...Array.from({ length: 148 }, (_, n) => `p${n}@example.com`)]);
  await addProfileToList(list, await getProfileIdByEmail("p200@example.com"));
  await removeFromList(list, await getProfileIdByEmail("bob@example.com"));
  return (await everyPage((cursor) => getListMembers(list, cursor))).map((one) => one.attributes.email);
}

async function filters() {
  const emails = async (query: string) => (await klaviyoRequest(query)).data.map((one: Json) => one.attributes.email);
  return {
    vips: await emails("/profiles?filter=equals(properties.vip_status,true)"),
    both: await emails('/profiles?filter=and(equals(properties.plan,"pro"),greater-than(properties.ltv,1000))'),
    newest: await emails("/profiles?sort=-created"),
    sparse: (await klaviyoRequest("/profiles?fields[profile]=email,first_name,properties")).data[0].attributes,
    recent: (await klaviyoRequest("/events?filter=greater-than(datetime,2024-01-01T00:00:00Z)")).data.length,
  };
}

async function campaigns() {
  const campaign = process.env.CAMPAIGN!;
  const ids = async (status?: "draft" | "sent") => (await getCampaigns(status)).data.map((one: Json) => one.id);
  return { all: await ids(), draft: await ids("draft"), sent: await ids("sent"), metrics: await getCampaignMetrics(campaign) };
}

async function flows() {
  const all = (await getFlows()).data;
  return { all: all.map((one: Json) => one.id), one: (await getFlowById(all[0].id)).data.attributes.name };
}

async function patterns() {
  const items = [{ ProductID: "1", Quantity: 1 }];
  await syncOrderToKlaviyo({
    id: "o7", customerEmail: "sync@example.com", customerFirstName: "Sy", customerLastName: "Nc",
    customerPhone: "+12025550124", customerOrderCount: 3, customerLifetimeValue: 300, items, total: 70,
  });
  const id = await getProfileIdByEmail("sync@example.com");
  const user = { klaviyoProfileId: id, email: "sync@example.com", plan: "pro", mrr: 20 };
  for (const status of ["active", "cancelled"]) await syncSubscriptionStatus(user, status);
  return (await getProfileById(id)).data.attributes;
}

async function main() {
  const steps: Record<string, () => Promise<Json>> = {
    profiles, lists, filters, campaigns, flows, patterns,
    events: () => commonEvents(ANNA),
    pages: async () => (await getAllProfiles()).map((one) => one.id),
    burst: async () => {
      // ten a second are allowed, so even a slow machine is too fast
      await Promise.all(Array.from({ length: 25 }, () => klaviyoRequestWithRetry("/metrics")));
      return throttled;
    },
  };
  const done: Record<string, Json> = {};
  for (const step of process.argv.slice(2)) done[step] = await steps[step]!();
  console.log(JSON.stringify(done));
}

await main();
