/** What a developer copies: everything is filled in but the private key. */

const KEY = "pk_YOUR_PRIVATE_KEY";

export const scriptTag = (host: string, publicKey: string) => `<script async src="${host}/onsite/js/${publicKey}/klaviyo.js"></script>`;

export function curlExample(host: string): string {
  return [
    `curl "${host}/api/events" \\`,
    `  -H "Authorization: Klaviyo-API-Key ${KEY}" \\`,
    `  -H "revision: 2026-10-15" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -d '{"data":{"type":"event","attributes":{`,
    `    "metric":{"data":{"type":"metric","attributes":{"name":"Placed Order"}}},`,
    `    "profile":{"data":{"type":"profile","attributes":{"email":"ann@example.com"}}},`,
    `    "properties":{"Items":["Tea pot"]},"value":12.5,"unique_id":"order-1"}}}'`,
  ].join("\n");
}

export function pythonExample(host: string): string {
  return [
    `from klaviyo_api import KlaviyoAPI`,
    ``,
    `client = KlaviyoAPI("${KEY}", test_host="${host}")`,
    `client.Events.create_event({"data": {"type": "event", "attributes": {`,
    `    "metric": {"data": {"type": "metric", "attributes": {"name": "Placed Order"}}},`,
    `    "profile": {"data": {"type": "profile", "attributes": {"email": "ann@example.com"}}},`,
    `    "properties": {"Items": ["Tea pot"]}, "value": 12.5, "unique_id": "order-1",`,
    `}}})`,
  ].join("\n");
}
