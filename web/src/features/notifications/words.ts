/** Kinds of notifications as the filter names them. */
export const KINDS: Record<string, string> = {
  "webhook-off": "Webhooks switched off",
  "import-finished": "Imports finished",
  "import-failed": "Imports failed",
  "export-ready": "Exports ready",
  "export-failed": "Exports failed",
  "campaign-sent": "Campaigns sent",
  "campaign-cancelled": "Campaigns cancelled",
  "sending-refused": "Mail refused",
  "sending-not-set-up": "Mail not set up",
  "segment-failed": "Segments not built",
  "deletion-done": "Deletions done",
  "invitation-accepted": "Invitations accepted",
};
