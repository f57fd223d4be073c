import { createBrowserRouter, type RouteObject } from "react-router";
import { BrokenPage, Lost } from "./Lost";
import { Shell } from "./Shell";

/** Each page is a chunk of its own, fetched when it is first opened. */
const pages: RouteObject[] = [
  { index: true, lazy: async () => ({ Component: (await import("../pages/Home")).Home }) },
  { path: "messages", lazy: async () => ({ Component: (await import("../pages/Messages")).Messages }) },
  { path: "messages/:id", lazy: async () => ({ Component: (await import("../pages/MessagePage")).MessagePage }) },
  { path: "campaigns", lazy: async () => ({ Component: (await import("../pages/Campaigns")).Campaigns }) },
  { path: "campaigns/:id", lazy: async () => ({ Component: (await import("../pages/CampaignPage")).CampaignPage }) },
  { path: "profiles", lazy: async () => ({ Component: (await import("../pages/Profiles")).Profiles }) },
  { path: "profiles/:id", lazy: async () => ({ Component: (await import("../pages/ProfilePage")).ProfilePage }) },
  { path: "audiences", lazy: async () => ({ Component: (await import("../pages/Audiences")).Audiences }) },
  { path: "audiences/lists/:id", lazy: async () => ({ Component: (await import("../pages/ListPage")).ListPage }) },
  { path: "audiences/segments/new", lazy: async () => ({ Component: (await import("../pages/SegmentEditor")).NewSegment }) },
  { path: "audiences/segments/:id", lazy: async () => ({ Component: (await import("../pages/SegmentPage")).SegmentPage }) },
  { path: "audiences/segments/:id/edit", lazy: async () => ({ Component: (await import("../pages/SegmentEditor")).EditSegment }) },
  { path: "flows", lazy: async () => ({ Component: (await import("../pages/Flows")).Flows }) },
  { path: "flows/:id", lazy: async () => ({ Component: (await import("../pages/FlowPage")).FlowPage }) },
  { path: "events", lazy: async () => ({ Component: (await import("../pages/Events")).Events }) },
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
