import { useQuery } from "@tanstack/react-query";
import { ask, useSend } from "../../api/ask";
import { CALM } from "../../api/pace";

export const useOverview = () => useQuery({ ...ask("get_overview"), refetchInterval: CALM });

export const useFirstSteps = () => useQuery({ ...ask("get_first_steps"), refetchInterval: CALM });

export const useDismiss = () =>
  useSend("update_first_steps", () => ({ data: { type: "first-steps", attributes: { dismissed: true } } as never }));
