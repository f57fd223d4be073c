import { useQuery } from "@tanstack/react-query";
import { ask, useSend } from "../../../api/ask";

export const useSettings = () => useQuery(ask("get_campaign_settings"));

interface Change {
  needs_approval: boolean;
  version: string | undefined;
}

export const useSaveSettings = () =>
  useSend("update_campaign_settings", ({ version, ...attributes }: Change) => ({
    version,
    data: { type: "campaign-settings", attributes } as never,
  }));
