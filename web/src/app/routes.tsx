import { createBrowserRouter, type RouteObject } from "react-router";
import { BrokenPage, Lost } from "./Lost";
import { Shell } from "./Shell";

/** Each page is a chunk of its own, fetched when it is first opened. */
const pages: RouteObject[] = [
  { index: true, lazy: async () => ({ Component: (await import("../features/home/Home")).Home }) },
  { path: "messages", lazy: async () => ({ Component: (await import("../features/messages/List")).Messages }) },
  { path: "messages/:id", lazy: async () => ({ Component: (await import("../features/messages/Detail")).MessagePage }) },
  { path: "campaigns", lazy: async () => ({ Component: (await import("../features/campaigns/List")).Campaigns }) },
  { path: "campaigns/:id", lazy: async () => ({ Component: (await import("../features/campaigns/Detail")).CampaignPage }) },
  { path: "profiles", lazy: async () => ({ Component: (await import("../features/profiles/List")).Profiles }) },
  { path: "profiles/:id", lazy: async () => ({ Component: (await import("../features/profiles/Detail")).ProfilePage }) },
  { path: "audiences", lazy: async () => ({ Component: (await import("../features/lists/Audiences")).Audiences }) },
  { path: "audiences/lists/:id", lazy: async () => ({ Component: (await import("../features/lists/Detail")).ListPage }) },
  { path: "audiences/segments/new", lazy: async () => ({ Component: (await import("../features/segments/Edit")).NewSegment }) },
  { path: "audiences/segments/:id", lazy: async () => ({ Component: (await import("../features/segments/Detail")).SegmentPage }) },
  { path: "audiences/segments/:id/edit", lazy: async () => ({ Component: (await import("../features/segments/Edit")).EditSegment }) },
  { path: "flows", lazy: async () => ({ Component: (await import("../features/flows/List")).Flows }) },
  { path: "flows/:id", lazy: async () => ({ Component: (await import("../features/flows/Detail")).FlowPage }) },
  { path: "events", lazy: async () => ({ Component: (await import("../features/events/List")).Events }) },
  { path: "attribution", lazy: async () => ({ Component: (await import("../features/attribution/Attribution")).Attribution }) },
  { path: "orders/:id", lazy: async () => ({ Component: (await import("../features/attribution/Order")).OrderPage }) },
  { path: "webhooks", lazy: async () => ({ Component: (await import("../features/webhooks/List")).Webhooks }) },
  { path: "webhooks/new", lazy: async () => ({ Component: (await import("../features/webhooks/Edit")).NewWebhook }) },
  { path: "webhooks/:id", lazy: async () => ({ Component: (await import("../features/webhooks/Detail")).WebhookPage }) },
  { path: "webhooks/:id/edit", lazy: async () => ({ Component: (await import("../features/webhooks/Edit")).EditWebhook }) },
  { path: "*", Component: Lost },
];

export const router = createBrowserRouter([
  {
    path: "/",
    Component: Shell,
    errorElement: <BrokenPage />,
    HydrateFallback: () => null,
    children: [{ errorElement: <BrokenPage />, children: pages }],
  },
]);
