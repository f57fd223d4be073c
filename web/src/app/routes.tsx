import { createBrowserRouter, redirect, type RouteObject } from "react-router";
import { BrokenPage, Lost } from "./Lost";
import { Shell } from "./Shell";
import { WIDE } from "./wide";

/** Each page is a chunk of its own, fetched when it is first opened. */
const pages: RouteObject[] = [
  { index: true, lazy: async () => ({ Component: (await import("../features/home/Home")).Home }) },
  { path: "messages", lazy: async () => ({ Component: (await import("../features/messages/List")).Messages }) },
  { path: "messages/:id", lazy: async () => ({ Component: (await import("../features/messages/Detail")).MessagePage }) },
  { path: "campaigns", lazy: async () => ({ Component: (await import("../features/campaigns/List")).Campaigns }) },
  { path: "campaigns/calendar", lazy: async () => ({ Component: (await import("../features/campaigns/calendar/Calendar")).Calendar }) },
  { path: "campaigns/:id", lazy: async () => ({ Component: (await import("../features/campaigns/Detail")).CampaignPage }) },
  { path: "templates", lazy: async () => ({ Component: (await import("../features/templates/List")).Templates }) },
  { path: "templates/new", lazy: async () => ({ Component: (await import("../features/templates/New")).NewTemplate }) },
  { path: "templates/universal", lazy: async () => ({ Component: (await import("../features/templates/universal/List")).UniversalList }) },
  { path: "templates/universal/:id", handle: WIDE, lazy: async () => ({ Component: (await import("../features/templates/universal/Edit")).EditUniversal }) },
  { path: "templates/:id", handle: WIDE, lazy: async () => ({ Component: (await import("../features/templates/Edit")).EditTemplate }) },
  { path: "images", lazy: async () => ({ Component: (await import("../features/images/List")).Images }) },
  { path: "campaigns/:id/edit", lazy: async () => ({ Component: (await import("../features/campaigns/edit/Composer")).Composer }) },
  { path: "profiles", lazy: async () => ({ Component: (await import("../features/profiles/List")).Profiles }) },
  { path: "profiles/new", lazy: async () => ({ Component: (await import("../features/profiles/Edit")).NewProfile }) },
  { path: "profiles/:id/edit", lazy: async () => ({ Component: (await import("../features/profiles/Edit")).EditProfile }) },
  { path: "profiles/:id", lazy: async () => ({ Component: (await import("../features/profiles/Detail")).ProfilePage }) },
  { path: "imports", lazy: async () => ({ Component: (await import("../features/imports/List")).Imports }) },
  { path: "imports/new", lazy: async () => ({ Component: (await import("../features/imports/New")).NewImport }) },
  { path: "imports/:id", lazy: async () => ({ Component: (await import("../features/imports/Detail")).ImportPage }) },
  { path: "audiences", lazy: async () => ({ Component: (await import("../features/lists/Audiences")).Audiences }) },
  { path: "audiences/lists/:id", lazy: async () => ({ Component: (await import("../features/lists/Detail")).ListPage }) },
  { path: "audiences/segments/new", lazy: async () => ({ Component: (await import("../features/segments/Edit")).NewSegment }) },
  { path: "audiences/segments/:id", lazy: async () => ({ Component: (await import("../features/segments/Detail")).SegmentPage }) },
  { path: "audiences/segments/:id/edit", lazy: async () => ({ Component: (await import("../features/segments/Edit")).EditSegment }) },
  { path: "flows", lazy: async () => ({ Component: (await import("../features/flows/List")).Flows }) },
  { path: "flows/new", lazy: async () => ({ Component: (await import("../features/flows/New")).NewFlow }) },
  { path: "flows/:id/edit", handle: WIDE, lazy: async () => ({ Component: (await import("../features/flows/Edit")).EditFlow }) },
  { path: "flows/:id/people/:profile", lazy: async () => ({ Component: (await import("../features/flows/Way")).WayThroughFlow }) },
  { path: "flows/:id/versions", lazy: async () => ({ Component: (await import("../features/flows/Versions")).FlowVersions }) },
  { path: "flows/:id/versions/:version", lazy: async () => ({ Component: (await import("../features/flows/Version")).FlowVersion }) },
  { path: "flows/:id", lazy: async () => ({ Component: (await import("../features/flows/Detail")).FlowPage }) },
  { path: "events", lazy: async () => ({ Component: (await import("../features/events/List")).Events }) },
  { path: "orders/:id", lazy: async () => ({ Component: (await import("../features/settings/attribution/Order")).OrderPage }) },
  { path: "developers", lazy: async () => ({ Component: (await import("../features/developers/Developers")).Developers }) },
  { path: "settings/webhooks/new", lazy: async () => ({ Component: (await import("../features/settings/webhooks/Edit")).NewWebhook }) },
  { path: "settings/webhooks/:id", lazy: async () => ({ Component: (await import("../features/settings/webhooks/Detail")).WebhookPage }) },
  { path: "settings/webhooks/:id/edit", lazy: async () => ({ Component: (await import("../features/settings/webhooks/Edit")).EditWebhook }) },
  { path: "notifications", lazy: async () => ({ Component: (await import("../features/notifications/Notifications")).Notifications }) },
  { path: "you", lazy: async () => ({ Component: (await import("../features/you/You")).YouPage }) },
  { path: "team", lazy: async () => ({ Component: (await import("../features/team/Team")).Team }) },
  { path: "audit", lazy: async () => ({ Component: (await import("../features/audit/Audit")).Audit }) },
  { path: "settings", lazy: async () => ({ Component: (await import("../features/settings/Settings")).Settings }) },
  { path: "settings/:section", lazy: async () => ({ Component: (await import("../features/settings/Settings")).SettingsSection }) },
  // where they were before
  { path: "attribution", loader: () => redirect("/settings/attribution") },
  { path: "webhooks/*", loader: ({ params }) => redirect(`/settings/webhooks/${params["*"] ?? ""}`.replace(/\/$/, "")) },
  { path: "*", Component: Lost },
];

/** For whoever is not signed in. */
const front: RouteObject[] = [
  { path: "sign-in", lazy: async () => ({ Component: (await import("../features/sign-in/SignIn")).SignIn }) },
  { path: "invitation", lazy: async () => ({ Component: (await import("../features/sign-in/Invitation")).InvitationPage }) },
  { path: "confirm-email", lazy: async () => ({ Component: (await import("../features/sign-in/ConfirmEmail")).ConfirmEmail }) },
  { path: "new-password", lazy: async () => ({ Component: (await import("../features/sign-in/NewPassword")).NewPassword }) },
];

export const router = createBrowserRouter([
  ...front.map((route) => ({ ...route, errorElement: <BrokenPage />, HydrateFallback: () => null })),
  {
    path: "/",
    Component: Shell,
    errorElement: <BrokenPage />,
    HydrateFallback: () => null,
    children: [{ errorElement: <BrokenPage />, children: pages }],
  },
]);
