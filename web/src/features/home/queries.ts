import { useQuery } from "@tanstack/react-query";
import { ask } from "../../api/ask";
import { CALM } from "../../api/pace";

export const useOverview = () => useQuery({ ...ask("get_overview"), refetchInterval: CALM });
