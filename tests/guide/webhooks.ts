// A store's receiver of webhooks, as the developer's guide prints it, in a real Express server.
// It makes its own webhook, and tells on stdout what it was told.
import crypto from "node:crypto";
import { createRequire } from "node:module";

const express = createRequire(`${process.env.WEB}/`)("express");
const KLAVIYO_BASE_URL = `${process.env.HOST}/api`;
const WEBHOOK_SECRET = process.env.KLAVIYO_WEBHOOK_SECRET!;
const app = express();
app.use(express.json());

async function klaviyoRequest(endpoint: string, method: "GET" | "POST" = "GET", body?: object) {
  const response = await fetch(`${KLAVIYO_BASE_URL}${endpoint}`, {
    method,
    headers: {
      Authorization: `Klaviyo-API-Key ${process.env.KLAVIYO_PRIVATE_KEY}`,
      "Content-Type": "application/json",
      revision: "2024-10-15",
    },
    body: body ? JSON.stringify(body) : undefined,
  });
  if (!response.ok) {
    throw new Error(`Klaviyo API error: ${JSON.stringify(await response.json())}`);
  }
  return response.json();
}

async function createWebhook(data: WebhookInput) {
  return klaviyoRequest("/webhooks", "POST", {
    data: {
      type: "webhook",
      attributes: {
        name: data.name,
        endpoint_url: data.url,
        secret_key: data.secret,
        topics: data.topics, // e.g., ["profile.created", "event.created"]
      },
    },
  });
}

function verifyKlaviyoWebhook(payload: string, signature: string, secret: string): boolean {
  const expectedSignature = crypto.createHmac("sha256", secret).update(payload).digest("base64");

  return crypto.timingSafeEqual(Buffer.from(signature), Buffer.from(expectedSignature));
}

// Express handler
app.post("/webhooks/klaviyo", (req, res) => {
  const signature = req.headers["klaviyo-webhook-signature"] as string;

  if (!verifyKlaviyoWebhook(JSON.stringify(req.body), signature, WEBHOOK_SECRET)) {
    return res.status(401).json({ error: "Invalid signature" });
  }

  const { type, data } = req.body;

  switch (type) {
    case "profile.created":
      handleNewProfile(data);
      break;
    case "event.created":
      handleNewEvent(data);
      break;
  }

  res.status(200).json({ received: true });
});

function handleNewProfile(data: any) {
  console.log(JSON.stringify({ profile: data.attributes.email, properties: data.attributes.properties }));
}

function handleNewEvent(data: any) {
  console.log(JSON.stringify({ event: data.id, properties: data.attributes.event_properties }));
}

const server = app.listen(0, "127.0.0.1", async () => {
  const url = `http://127.0.0.1:${server.address().port}/webhooks/klaviyo`;
  const topics = ["profile.created", "event.created"];
  const made = await createWebhook({ name: "Store", url, secret: WEBHOOK_SECRET, topics });
  console.log(JSON.stringify({ webhook: made.data.id, url }));
});
