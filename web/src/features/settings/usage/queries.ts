import { useQuery } from "@tanstack/react-query";
import { ask, type AttributesOf } from "../../../api/ask";
import { CALM } from "../../../api/pace";

export type Counted = AttributesOf<"list_billing_usage">;

export const useUsage = () => useQuery({ ...ask("list_billing_usage"), refetchInterval: CALM });
