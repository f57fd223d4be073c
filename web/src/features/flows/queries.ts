import { useQuery } from "@tanstack/react-query";
import { ask } from "../../api/ask";

export const useFlow = (id: string) =>
  useQuery(ask("get_flow", { path: { id }, query: { "additional-fields[flow]": "definition" } }));

export const useFlowOverview = (id: string) =>
  useQuery({ ...ask("get_flow_overview", { path: { id } }), refetchInterval: 5_000 });
