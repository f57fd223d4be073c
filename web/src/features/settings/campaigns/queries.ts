import { useQuery } from "@tanstack/react-query";
import { ask, useSend } from "../../../api/ask";

export const useSettings = () => useQuery(ask("get_campaign_settings"));

export const useSaveSettings = () =>
  useSend("update_campaign_settings", (attributes: { needs_approval: boolean }) => ({
    data: { type: "campaign-settings", attributes } as never,
  }));
